import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, type LinkProps, useSearch } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import { useTenant } from "~/app/useTenant.ts";
import { type Column, DataTable } from "~/ui/DataTable.tsx";
import { EmptyState } from "~/ui/EmptyState.tsx";
import { useFormat } from "~/ui/format.ts";
import { List } from "~/ui/List.tsx";
import { Page } from "~/ui/Page.tsx";
import { Tabs } from "~/ui/Tabs.tsx";
import { type Approval, approvalsQuery } from "./queries.ts";
import { StateTag } from "./StateTag.tsx";
import { boxes } from "./search.ts";

export default function ApprovalsPage() {
  const t = useTranslations("approvals");
  const tenant = useTenant();
  const { box: chosen } = useSearch({ from: "/t/$tenant/approvals" });
  // Whoever decides nothing looks at what was asked for.
  const decides = tenant.permissions.includes("approvals:decide");
  const box = chosen ?? (decides ? "waiting" : "requested");
  const shown = boxes.filter((one) => decides || one === "requested" || one === chosen);
  const link = (one: (typeof boxes)[number]): LinkProps => ({
    to: "/t/$tenant/approvals",
    params: { tenant: tenant.id },
    search: { box: one },
  });
  return (
    <Page title={t("title")} lead={t("lead")}>
      <Tabs label={t("title")} tabs={shown.map((one) => ({ id: one, text: t(`box.${one}`), link: link(one), on: one === box }))} />
      <Approvals box={box} />
    </Page>
  );
}

function Approvals({ box }: { box: (typeof boxes)[number] }) {
  const t = useTranslations("approvals");
  const f = useFormat();
  const tenant = useTenant();
  const query = useInfiniteQuery(approvalsQuery(tenant.id, box));
  const columns: Column<Approval>[] = [
    {
      id: "what",
      title: t("column.what"),
      heads: true,
      cell: (row) => (
        <Link to="/t/$tenant/approvals/$approval" params={{ tenant: tenant.id, approval: row.id }} className="link">
          {t(`kind.${row.kind}`, { account: row.loss.account, quota: f.bytes(row.loss.quota_bytes ?? 0) })}
        </Link>
      ),
    },
    { id: "state", title: t("column.state"), corner: true, cell: (row) => <StateTag state={row.state} /> },
    { id: "customer", title: t("column.customer"), cell: (row) => row.customer.name },
    ...(box === "requested" ? [] : [{ id: "seller", title: t("column.seller"), cell: (row: Approval) => row.seller.name }]),
    { id: "used", title: t("column.used"), figure: true, cell: (row) => f.bytes(row.loss.used_bytes) },
    { id: "by", title: t("column.by"), cell: (row) => row.requested_by.name },
    { id: "asked", title: t("column.asked"), cell: (row) => <time dateTime={row.requested_at}>{f.ago(row.requested_at)}</time> },
    box === "decided"
      ? {
          id: "ended",
          title: t("column.ended"),
          cell: (row) => row.decided_at && <time dateTime={row.decided_at}>{f.ago(row.decided_at)}</time>,
        }
      : {
          id: "until",
          title: t("column.until"),
          cell: (row) => row.state === "waiting" && <time dateTime={row.expires_at}>{f.ago(row.expires_at)}</time>,
        },
  ];
  return (
    <List query={query} empty={<EmptyState title={t(`empty.${box}.title`)} text={t(`empty.${box}.text`)} />}>
      {(rows, rest) => <DataTable label={t(`box.${box}`)} rows={rows} columns={columns} keyOf={(row) => row.id} {...rest} />}
    </List>
  );
}
