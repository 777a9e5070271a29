import { Button } from "@mantine/core";
import { useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useLocale, useTranslations } from "use-intl";
import { api, bodyOf, ifMatch } from "~/api/client.ts";
import { useTenantId } from "~/app/useTenant.ts";
import { Dialog } from "~/ui/Dialog.tsx";
import { chosen, Form } from "~/ui/Form.tsx";
import { duration, useFormat } from "~/ui/format.ts";
import { say } from "~/ui/Notices.tsx";
import { Columns, Facts, Page, Panel, Stack } from "~/ui/Page.tsx";
import { Shape } from "~/ui/Status.tsx";
import { Access } from "./Access.tsx";
import { Enrolment } from "./Enrolment.tsx";
import { serverQuery } from "./queries.ts";
import { ServerFields } from "./ServerFields.tsx";
import css from "./ServerPage.module.css";
import { Space } from "./ServersPage.tsx";
import { shapeOfServer, tolerableClockMs } from "./serverStatus.ts";

export default function ServerPage() {
  const t = useTranslations("servers");
  const ui = useTranslations("ui");
  const f = useFormat();
  const locale = useLocale();
  const tenant = useTenantId();
  const { server: id } = useParams({ from: "/t/$tenant/servers/$server" });
  const client = useQueryClient();
  const { data: server } = useSuspenseQuery(serverQuery(tenant, id));
  const [editing, setEditing] = useState(false);
  const key = serverQuery(tenant, id).queryKey;
  const agent = server.agent;
  // Told as how far the platform is ahead of the agent; people ask how far the agent is off.
  const offset = -(agent?.clock_offset_ms ?? 0);
  const span = duration(locale, Math.abs(offset));
  const clock =
    Math.abs(offset) < tolerableClockMs
      ? t("agent.clockGood")
      : offset > 0
        ? t("agent.clockAhead", { span })
        : t("agent.clockBehind", { span });

  const manages = server.actions.includes("enrol") || server.actions.includes("set_access");
  const work = (
    <>
      {server.actions.includes("enrol") && <Enrolment tenant={tenant} server={server} />}
      {server.actions.includes("set_access") && <Access tenant={tenant} server={server} />}
    </>
  );
  const facts = (
    <>
      {server.total_bytes ? (
        <Panel title={t("column.space")}>
          <Space server={server} />
        </Panel>
      ) : null}
      <Panel title={t("details")}>
        <Facts
          rows={[
            [t("column.host"), server.host],
            [t("column.owner"), server.owner.name],
            [
              t("field.types"),
              server.types.map((type) => (type === "basic" ? ui("accountType.basic") : ui("accountType.online"))).join(", "),
            ],
            [t("product"), server.product],
            [t("software"), server.software],
          ]}
        />
        <p className={css.note}>
          <Link to="/t/$tenant/accounts" params={{ tenant }} search={{ server: server.id }} className="link">
            {t("itsAccounts")}
          </Link>
        </p>
      </Panel>
      {agent && (
        <Panel title={t("agent.title")}>
          <Facts
            rows={[
              [t("agent.version"), agent.version],
              [t("agent.enrolled"), f.moment(agent.enrolled_at)],
              [t("column.seen"), f.agoInWords(agent.last_seen_at)],
              [
                t("agent.clock"),
                Math.abs(offset) < tolerableClockMs ? (
                  clock
                ) : (
                  <span key="clock" className="tag" data-tone="attention">
                    {clock}
                  </span>
                ),
              ],
              [t("agent.quarantined"), f.number(agent.quarantined)],
            ]}
          />
          {agent.quarantined > 0 && <p className={css.note}>{t("agent.quarantineText")}</p>}
        </Panel>
      )}
    </>
  );

  return (
    <Page
      width={manages ? "page" : "form"}
      title={server.name}
      lead={
        <div className={css.verdict} role="status">
          <Shape of={shapeOfServer[server.status] ?? "unknown"} size={16} />
          <span>{t(`verdict.${server.status}`, { when: f.agoInWords(agent?.last_seen_at) })}</span>
        </div>
      }
      back={{ label: t("title"), link: { to: "/t/$tenant/servers", params: { tenant } } }}
      actions={
        server.actions.includes("edit") && (
          <Button variant="default" onClick={() => setEditing(true)}>
            {t("edit")}
          </Button>
        )
      }
    >
      {manages ? <Columns main={work} side={facts} /> : <Stack>{facts}</Stack>}
      {editing && (
        <Dialog onClose={() => setEditing(false)} title={t("edit")}>
          <Form
            key={server.version}
            submit={ui("act.save")}
            onReload={() => void client.invalidateQueries({ queryKey: key })}
            onSubmit={async (values) => {
              const saved = await bodyOf(
                api.PATCH("/v1/tenants/{tenant}/servers/{server}", {
                  params: { path: { tenant, server: id }, header: ifMatch(server.version) },
                  body: { name: values.name ?? "", host: values.host ?? "", types: chosen(values, "types") },
                }),
              );
              client.setQueryData(key, saved);
              setEditing(false);
              say(ui("saved"));
            }}
          >
            <ServerFields server={server} />
          </Form>
        </Dialog>
      )}
    </Page>
  );
}
