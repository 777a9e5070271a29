import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { api, bodyOf, type Schemas } from "~/api/client.ts";
import { Copyable } from "~/ui/CopyOnce.tsx";
import { useFormat } from "~/ui/format.ts";
import { refuse } from "~/ui/Notices.tsx";
import { Panel } from "~/ui/Page.tsx";
import { Shape } from "~/ui/Status.tsx";
import css from "./ServerPage.module.css";

type Made = { command: string; expires_at: string; enrolled: string | undefined };

/** One command with a short-lived token; the page is read again every second and turns green when the agent has called. */
export function Enrolment({ tenant, server }: { tenant: string; server: Schemas["Server"] }) {
  const t = useTranslations("servers");
  const f = useFormat();
  const [made, setMade] = useState<Made>();
  const [busy, setBusy] = useState(false);
  const again = Boolean(server.agent);
  const make = () => {
    setBusy(true);
    bodyOf(api.POST("/v1/tenants/{tenant}/servers/{server}/enrolments", { params: { path: { tenant, server: server.id } } }))
      .then((reply) => setMade({ command: reply.command, expires_at: reply.expires_at, enrolled: server.agent?.enrolled_at }), refuse)
      .finally(() => setBusy(false));
  };
  const arrived = made && server.status === "online" && server.agent?.enrolled_at !== made.enrolled;
  if (arrived)
    return (
      <Panel title={t("enrol.title")}>
        <p className={css.verdict}>
          <Shape of="ok" size={18} />
          {t("enrol.done")}
        </p>
      </Panel>
    );
  return (
    <Panel title={again ? t("enrol.again") : t("enrol.title")} lead={again ? t("enrol.leadAgain") : t("enrol.lead")}>
      {made ? (
        <>
          <Copyable block label={t("enrol.command")} value={`${made.command} && tierkeep-agent run`} />
          <p className="quiet">{t("enrol.expires", { when: f.moment(made.expires_at) })}</p>
          <p className={css.waiting} role="status">
            <Shape of="running" size={16} />
            {t("enrol.waiting")}
          </p>
        </>
      ) : (
        <Button variant={again ? "default" : "filled"} onClick={make} loading={busy}>
          {t("enrol.make")}
        </Button>
      )}
    </Panel>
  );
}
