import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { api, bodyOf, type Schemas } from "~/api/client.ts";
import { ConfirmDanger } from "~/ui/ConfirmDanger.tsx";
import { Dialog } from "~/ui/Dialog.tsx";
import { Form, TextAreaField } from "~/ui/Form.tsx";
import { useFormat } from "~/ui/format.ts";
import { refuse, say } from "~/ui/Notices.tsx";
import { Facts } from "~/ui/Page.tsx";
import { Shape } from "~/ui/Status.tsx";
import { accountQuery } from "./queries.ts";
import css from "./Removal.module.css";

type Account = Schemas["Account"];
type Props = { tenant: string; account: Account };

/** How far an account is on its way out, until when it can come back, and how. Of one that stays it says nothing. */
export function Removal({ tenant, account }: Props) {
  const t = useTranslations("accounts");
  const f = useFormat();
  const client = useQueryClient();
  const [asking, setAsking] = useState<"withdraw" | "purge">();
  const { removal } = account;
  if (!removal) return null;
  const params = { path: { tenant, account: account.id } };
  const keep = (saved: Account) => client.setQueryData(accountQuery(tenant, account.id).queryKey, saved);
  const may = (action: string) => account.actions.includes(action);
  const approval = (id: string, text: string) => (
    <Link to="/t/$tenant/approvals/$approval" params={{ tenant, approval: id }} className="link">
      {text}
    </Link>
  );
  const state = stateOf(account);
  const until = removal.until ? f.date(removal.until) : "";
  return (
    <section className={`card ${css.removal}`} data-state={state} aria-labelledby="removal">
      <Shape of={shapeOf[state]} size={18} />
      <div className={css.text}>
        <h2 id="removal">{t(`removal.${state}.title`, { until })}</h2>
        <p>
          {state === "gone"
            ? t("removal.gone.text", { when: removal.purged_at ? f.moment(removal.purged_at) : "" })
            : t(`removal.${state}.text`, { until: removal.until ? f.agoInWords(removal.until) : "" })}
        </p>
        {state === "deletion_requested" && <p>{approval(removal.approval, t("removal.see"))}</p>}
        {removal.purge_approval && (
          <p>
            {t("removal.purgeWaits")} {approval(removal.purge_approval, t("removal.see"))}
          </p>
        )}
      </div>
      <div className={css.acts}>
        {may("restore") && (
          <Button
            onClick={() =>
              void bodyOf(api.POST("/v1/tenants/{tenant}/accounts/{account}/restore", { params })).then((saved) => {
                keep(saved);
                say(t("removal.restored"));
              }, refuse)
            }
          >
            {t("removal.restore")}
          </Button>
        )}
        {may("purge") && (
          <Button variant="subtle" color="red" onClick={() => setAsking("purge")}>
            {t("removal.purge")}
          </Button>
        )}
        {may("withdraw") && (
          <Button variant="default" onClick={() => setAsking("withdraw")}>
            {t("removal.withdraw")}
          </Button>
        )}
      </div>
      {asking === "withdraw" && (
        <ConfirmDanger
          title={t("removal.withdrawTitle")}
          act={t("removal.withdraw")}
          onClose={() => setAsking(undefined)}
          onConfirm={async () => {
            const path = { tenant, approval: removal.approval };
            await api.POST("/v1/tenants/{tenant}/approvals/{approval}/withdraw", { params: { path } });
            // The account hears of it a moment later.
            await client.invalidateQueries({ queryKey: [tenant] });
            say(t("removal.withdrawn"));
          }}
        >
          {t("removal.withdrawText")}
        </ConfirmDanger>
      )}
      {asking === "purge" && <AskPurge tenant={tenant} account={account} onClose={() => setAsking(undefined)} />}
    </section>
  );
}

/** Whether clients have nothing of the account any more. */
export const away = ({ removal, state }: Account) => Boolean(removal) && state !== "deletion_requested";

const states = ["deletion_requested", "deleting", "in_trash", "restoring", "gone"] as const;
type State = (typeof states)[number];

/** An account that needs a hand on its way out says so by itself; where it is, its dates tell. */
const stateOf = ({ state, removal }: Account): State =>
  states.find((one) => one === state) ?? (removal?.trashed_at ? "in_trash" : "deleting");

const shapeOf = { deletion_requested: "warning", deleting: "running", in_trash: "missed", restoring: "running", gone: "failed" } as const;

type AskProps = Props & { onClose: () => void; used: number; lastGood: string | undefined };

/** Asks a second person to let an account be deleted; says before what will be lost, and what happens then. */
export function AskDeletion({ tenant, account, used, lastGood, onClose }: AskProps) {
  const t = useTranslations("accounts");
  const f = useFormat();
  const client = useQueryClient();
  return (
    <Dialog title={t("removal.askTitle", { name: account.name })} onClose={onClose}>
      <div className={css.ask}>
        <p>{t("removal.askText")}</p>
        <Facts
          rows={[
            [t("field.customer"), account.customer.name],
            [t("column.devices"), account.devices.map((device) => device.name).join(", ")],
            [t("column.used"), <b key="used">{f.bytes(used)}</b>],
            [t("column.lastGood"), f.agoInWords(lastGood)],
          ]}
        />
        <Form
          submit={t("removal.ask")}
          danger
          onSubmit={async ({ reason }) => {
            const params = { path: { tenant, account: account.id } };
            const body = { reason: reason ?? "" };
            const saved = await bodyOf(api.POST("/v1/tenants/{tenant}/accounts/{account}/delete", { params, body }));
            client.setQueryData(accountQuery(tenant, account.id).queryKey, saved);
            onClose();
            say(t("removal.asked"));
          }}
        >
          <TextAreaField name="reason" label={t("removal.reason")} hint={t("removal.reasonHint")} required />
        </Form>
      </div>
    </Dialog>
  );
}

function AskPurge({ tenant, account, onClose }: Props & { onClose: () => void }) {
  const t = useTranslations("accounts");
  const client = useQueryClient();
  return (
    <Dialog title={t("removal.purgeTitle", { name: account.name })} onClose={onClose}>
      <div className={css.ask}>
        <p>{t("removal.purgeText")}</p>
        <Form
          submit={t("removal.ask")}
          danger
          onSubmit={async ({ reason }) => {
            const params = { path: { tenant, account: account.id } };
            const body = { reason: reason ?? "" };
            const saved = await bodyOf(api.POST("/v1/tenants/{tenant}/accounts/{account}/purge", { params, body }));
            client.setQueryData(accountQuery(tenant, account.id).queryKey, saved);
            onClose();
            say(t("removal.asked"));
          }}
        >
          <TextAreaField name="reason" label={t("removal.reason")} hint={t("removal.reasonHint")} required />
        </Form>
      </div>
    </Dialog>
  );
}
