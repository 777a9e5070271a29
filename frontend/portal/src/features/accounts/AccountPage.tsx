import { Button, Menu } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { api, bodyOf } from "~/api/client.ts";
import { useOperation } from "~/features/operations/queries.ts";
import { ConfirmDanger } from "~/ui/ConfirmDanger.tsx";
import { useFormat } from "~/ui/format.ts";
import { refuse } from "~/ui/Notices.tsx";
import { OperationChip } from "~/ui/OperationChip.tsx";
import { Page } from "~/ui/Page.tsx";
import { Shape } from "~/ui/Status.tsx";
import { Tabs } from "~/ui/Tabs.tsx";
import css from "./AccountPage.module.css";
import { accountQuery, settled } from "./queries.ts";
import { AskDeletion, away, Removal } from "./Removal.tsx";
import { useAccount } from "./useAccount.ts";
import { useAccountWords } from "./useAccountWords.ts";

const worded = ["ok", "warning", "failed", "quota", "interrupted", "missed", "running", "cancelled", "unknown", "none"] as const;

/** What the server says in its own word has a sentence of its own. */
const sentenceOf: Record<string, (typeof worded)[number]> = { quota_exceeded: "quota", client_gone: "interrupted" };

export default function AccountPage() {
  const t = useTranslations("accounts");
  const ui = useTranslations("ui");
  const f = useFormat();
  const words = useAccountWords();
  const go = useNavigate();
  const client = useQueryClient();
  const { tenant, account, health } = useAccount();
  const operation = useOperation(tenant.id, settled(account) ? undefined : account.operation);
  const [suspending, setSuspending] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const params = { tenant: tenant.id, account: account.id };
  const state = health?.health ?? "none";
  const reason = sentenceOf[health?.reason ?? ""] ?? health?.reason;
  const verdict = worded.find((word) => word === reason) ?? state;
  const next = state === "failed" || state === "missed" || state === "none" ? state : "other";
  const keep = (saved: typeof account) => client.setQueryData(accountQuery(tenant.id, account.id).queryKey, saved);

  return (
    <Page
      title={account.name}
      lead={
        <div className={css.verdict}>
          <Shape of={state} size={16} />
          <span>{t(`verdict.${verdict}`, { when: f.agoInWords(health?.last_good_at), seen: f.agoInWords(health?.last_seen_at) })}</span>
          {account.state !== "active" && (
            <span className="tag" data-tone="attention">
              {words.state(account.state)}
            </span>
          )}
        </div>
      }
      back={{ label: t("title"), link: { to: "/t/$tenant/accounts", params: { tenant: tenant.id } } }}
      actions={
        <>
          {!away(account) && (
            <Button
              variant={state === "failed" || state === "missed" || state === "none" ? "filled" : "default"}
              renderRoot={(props) => (
                <Link
                  to={next === "none" ? "/t/$tenant/accounts/$account/connect" : "/t/$tenant/accounts/$account/backups"}
                  params={params}
                  {...props}
                />
              )}
            >
              {t(`next.${next}`)}
            </Button>
          )}
          <Menu position="bottom-end">
            <Menu.Target>
              <Button variant="default" px={8} aria-label={ui("act.more")}>
                <IconDots size={17} stroke={1.7} />
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {account.actions.includes("change_quota") && (
                <Menu.Item onClick={() => void go({ to: "/t/$tenant/accounts/$account/settings", params })}>
                  {t("act.changeQuota")}
                </Menu.Item>
              )}
              <Menu.Item onClick={() => void go({ to: "/t/$tenant/accounts/$account/connect", params })}>{t("tab.connect")}</Menu.Item>
              {account.actions.includes("suspend") && <Menu.Item onClick={() => setSuspending(true)}>{t("act.suspend")}</Menu.Item>}
              {account.actions.includes("resume") && (
                <Menu.Item
                  onClick={() =>
                    void bodyOf(api.POST("/v1/tenants/{tenant}/accounts/{account}/resume", { params: { path: params } })).then(keep, refuse)
                  }
                >
                  {t("act.resume")}
                </Menu.Item>
              )}
              {account.actions.includes("delete") && (
                <Menu.Item color="red" onClick={() => setDeleting(true)}>
                  {t("act.delete")}
                </Menu.Item>
              )}
            </Menu.Dropdown>
          </Menu>
        </>
      }
    >
      {account.state === "attention" && (
        <div className={`card ${css.working}`} data-bad role="status">
          <Shape of="failed" />
          <Link to="/t/$tenant/accounts/$account/operations" params={params}>
            {t("attention")}
          </Link>
        </div>
      )}
      <Removal tenant={tenant.id} account={account} />
      {!settled(account) && (
        <div className={`card ${css.working}`} role="status">
          {operation ? <OperationChip operation={operation} /> : <Shape of="running" />}
          <Link to="/t/$tenant/accounts/$account/operations" params={params}>
            {t("working")}
          </Link>
        </div>
      )}
      <Tabs
        label={account.name}
        tabs={[
          { id: "overview", text: t("tab.overview"), link: { to: "/t/$tenant/accounts/$account", params }, exact: true },
          { id: "backups", text: t("tab.backups"), link: { to: "/t/$tenant/accounts/$account/backups", params } },
          { id: "connect", text: t("tab.connect"), link: { to: "/t/$tenant/accounts/$account/connect", params } },
          { id: "settings", text: t("tab.settings"), link: { to: "/t/$tenant/accounts/$account/settings", params } },
          { id: "operations", text: t("tab.operations"), link: { to: "/t/$tenant/accounts/$account/operations", params } },
        ]}
      />
      <Outlet />
      {deleting && (
        <AskDeletion
          tenant={tenant.id}
          account={account}
          used={health?.used_bytes ?? account.used_bytes}
          lastGood={health?.last_good_at}
          onClose={() => setDeleting(false)}
        />
      )}
      {suspending && (
        <ConfirmDanger
          title={t("settings.suspendTitle", { name: account.name })}
          name={account.name}
          act={t("act.suspend")}
          onClose={() => setSuspending(false)}
          onConfirm={async () =>
            keep(await bodyOf(api.POST("/v1/tenants/{tenant}/accounts/{account}/suspend", { params: { path: params } })))
          }
        >
          {t("settings.stateText")}
        </ConfirmDanger>
      )}
    </Page>
  );
}
