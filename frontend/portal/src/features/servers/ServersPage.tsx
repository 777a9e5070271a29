import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useSuspenseQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import type { Schemas } from "~/api/client.ts";
import { useTenant } from "~/app/useTenant.ts";
import { type Column, DataTable } from "~/ui/DataTable.tsx";
import { EmptyState } from "~/ui/EmptyState.tsx";
import { useFormat } from "~/ui/format.ts";
import { Meter } from "~/ui/Meter.tsx";
import { Page } from "~/ui/Page.tsx";
import { Status } from "~/ui/Status.tsx";
import { serversQuery } from "./queries.ts";
import css from "./ServerPage.module.css";
import { shapeOfServer } from "./serverStatus.ts";

type Server = Schemas["Server"];

export default function ServersPage() {
  const t = useTranslations("servers");
  const f = useFormat();
  const tenant = useTenant();
  const { data } = useSuspenseQuery(serversQuery(tenant.id));
  const create = tenant.permissions.includes("servers:manage") && (
    <Button
      leftSection={<IconPlus size={16} stroke={1.8} />}
      renderRoot={(props) => <Link to="/t/$tenant/servers/new" params={{ tenant: tenant.id }} {...props} />}
    >
      {t("create")}
    </Button>
  );
  const columns: Column<Server>[] = [
    {
      id: "status",
      title: t("column.status"),
      corner: true,
      cell: (server) => <Status of={shapeOfServer[server.status] ?? "unknown"} label={t(`status.${server.status}`)} />,
    },
    {
      id: "name",
      title: t("column.name"),
      heads: true,
      cell: (server) => (
        <Link to="/t/$tenant/servers/$server" params={{ tenant: tenant.id, server: server.id }}>
          {server.name}
        </Link>
      ),
    },
    { id: "host", title: t("column.host"), cell: (server) => server.host },
    { id: "owner", title: t("column.owner"), cell: (server) => server.owner.name, wideOnly: true },
    {
      id: "space",
      title: t("column.space"),
      cell: (server) => <Space server={server} />,
    },
    { id: "seen", title: t("column.seen"), cell: (server) => f.ago(server.agent?.last_seen_at) },
  ];
  return (
    <Page title={t("title")} actions={create}>
      {data.items.length ? (
        <DataTable label={t("title")} rows={data.items} columns={columns} keyOf={(server) => server.id} />
      ) : (
        <EmptyState title={t("emptyTitle")} text={t("emptyText")}>
          {create}
        </EmptyState>
      )}
    </Page>
  );
}

/** How full the server's disk is; nothing while nobody has told. */
export function Space({ server }: { server: Server }) {
  const t = useTranslations("servers");
  const ui = useTranslations("ui");
  const f = useFormat();
  if (!server.total_bytes) return null;
  const used = server.total_bytes - (server.free_bytes ?? 0);
  return (
    <div className={css.space}>
      <Meter
        used={used}
        quota={server.total_bytes}
        soft={0.9}
        label={`${t("column.space")}: ${server.name}`}
        text={ui("usedOf", { used: f.bytes(used), quota: f.bytes(server.total_bytes) })}
      />
    </div>
  );
}
