import { Button, Textarea } from "@mantine/core";
import { useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { api, bodyOf } from "~/api/client.ts";
import { useTenant } from "~/app/useTenant.ts";
import { sessionQuery } from "~/features/identity/queries.ts";
import { ConfirmDanger } from "~/ui/ConfirmDanger.tsx";
import { Dialog } from "~/ui/Dialog.tsx";
import { Form, TextAreaField } from "~/ui/Form.tsx";
import { useFormat } from "~/ui/format.ts";
import { say } from "~/ui/Notices.tsx";
import { Columns, Facts, Page, Panel } from "~/ui/Page.tsx";
import { Shape } from "~/ui/Status.tsx";
import css from "./Approvals.module.css";
import { Loss } from "./Loss.tsx";
import { type Approval, approvalQuery } from "./queries.ts";
import { StateTag } from "./StateTag.tsx";
import { WhyNot } from "./WhyNot.tsx";

export default function ApprovalPage() {
  const t = useTranslations("approvals");
  const f = useFormat();
  const tenant = useTenant();
  const { approval: id } = useParams({ from: "/t/$tenant/approvals/$approval" });
  const { data: approval } = useSuspenseQuery(approvalQuery(tenant.id, id));
  const account = (approval.loss_now ?? approval.loss).account || approval.loss.account;
  return (
    <Page
      title={t(`kind.${approval.kind}`, { account, quota: f.bytes(approval.loss.quota_bytes ?? 0) })}
      lead={
        <span className={css.lead}>
          <StateTag state={approval.state} />
          {t("asked", { name: approval.requested_by.name, when: f.agoInWords(approval.requested_at) })}
        </span>
      }
      back={{ label: t("title"), link: { to: "/t/$tenant/approvals", params: { tenant: tenant.id } } }}
    >
      {approval.trouble && (
        <p className={`card ${css.trouble}`} role="status">
          <Shape of="warning" />
          {t("trouble")}
        </p>
      )}
      <Columns
        main={<Loss approval={approval} />}
        side={
          <>
            <Decision approval={approval} account={account} />
            <Panel title={t("why")}>
              <blockquote className={css.reason}>{approval.reason}</blockquote>
              <Facts
                rows={[
                  [t("fact.by"), approval.requested_by.name],
                  [t("fact.at"), f.moment(approval.requested_at)],
                  [t("fact.reminded"), approval.reminded_at && f.moment(approval.reminded_at)],
                  [t("fact.expires"), approval.state === "waiting" && f.moment(approval.expires_at)],
                ]}
              />
            </Panel>
          </>
        }
      />
    </Page>
  );
}

/** What the reader may do about it, or what somebody did. */
function Decision({ approval, account }: { approval: Approval; account: string }) {
  const t = useTranslations("approvals");
  const f = useFormat();
  const tenant = useTenant();
  const client = useQueryClient();
  const { data: session } = useSuspenseQuery(sessionQuery);
  const [open, setOpen] = useState<"approve" | "refuse" | "withdraw">();
  const [reason, setReason] = useState("");
  const close = () => setOpen(undefined);
  const params = { path: { tenant: tenant.id, approval: approval.id } };
  const done = (ended: Approval, text: string) => {
    client.setQueryData(approvalQuery(tenant.id, approval.id).queryKey, ended);
    void client.invalidateQueries({ queryKey: [tenant.id, "approvals"] });
    void client.invalidateQueries({ queryKey: [tenant.id, "account", approval.account] });
    say(text);
  };
  const may = (action: string) => approval.actions.includes(action);

  if (approval.state !== "waiting")
    return (
      <Panel title={t(`outcome.${approval.state}`)}>
        {approval.answer && <blockquote className={css.reason}>{approval.answer}</blockquote>}
        <Facts
          rows={[
            [t("fact.decidedBy"), approval.decided_by?.name],
            [t("fact.ended"), approval.decided_at && f.moment(approval.decided_at)],
          ]}
        />
        <p className={css.then}>{t(`then.${approval.state}`)}</p>
      </Panel>
    );

  return (
    <Panel title={may("approve") ? t("decide") : t("waits")} lead={t("deadline", { when: f.agoInWords(approval.expires_at) })}>
      {may("approve") && (
        <div className={css.buttons}>
          <Button color="red" onClick={() => setOpen("approve")}>
            {t(`approve.${approval.kind}`)}
          </Button>
          <Button variant="default" onClick={() => setOpen("refuse")}>
            {t("refuse")}
          </Button>
        </div>
      )}
      {approval.why_not && <WhyNot why={approval.why_not} seller={approval.seller.name} home={session.home.id} />}
      {may("withdraw") && (
        <Button variant="default" mt={10} onClick={() => setOpen("withdraw")}>
          {t("withdraw")}
        </Button>
      )}

      {open === "approve" && (
        <ConfirmDanger
          title={t(`confirm.${approval.kind}`, { account, quota: f.bytes(approval.loss.quota_bytes ?? 0) })}
          name={account}
          act={t(`approve.${approval.kind}`)}
          onClose={close}
          onConfirm={async () =>
            done(
              await bodyOf(
                api.POST("/v1/tenants/{tenant}/approvals/{approval}/approve", {
                  params,
                  body: reason.trim() ? { reason: reason.trim() } : {},
                }),
              ),
              t("approved"),
            )
          }
        >
          <p>
            {t(`confirmText.${approval.kind}`, {
              used: f.bytes((approval.loss_now ?? approval.loss).used_bytes),
              customer: approval.customer.name,
              days: approval.loss.retention_days,
              quota: f.bytes(approval.loss.quota_bytes ?? 0),
            })}
          </p>
          <Textarea
            label={t("answer")}
            description={t("answerHint")}
            rows={2}
            mt={12}
            maxLength={1000}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        </ConfirmDanger>
      )}
      {open === "refuse" && (
        <Dialog title={t("refuseTitle")} onClose={close}>
          <Form
            submit={t("refuse")}
            onSubmit={async (values) => {
              done(
                await bodyOf(
                  api.POST("/v1/tenants/{tenant}/approvals/{approval}/refuse", { params, body: { reason: values.reason ?? "" } }),
                ),
                t("refused"),
              );
              close();
            }}
          >
            <TextAreaField name="reason" label={t("refuseReason")} hint={t("refuseHint", { name: approval.requested_by.name })} required />
          </Form>
        </Dialog>
      )}
      {open === "withdraw" && (
        <ConfirmDanger
          title={t("withdrawTitle")}
          act={t("withdraw")}
          onClose={close}
          onConfirm={async () =>
            done(await bodyOf(api.POST("/v1/tenants/{tenant}/approvals/{approval}/withdraw", { params })), t("withdrawn"))
          }
        >
          {t("withdrawText")}
        </ConfirmDanger>
      )}
    </Panel>
  );
}
