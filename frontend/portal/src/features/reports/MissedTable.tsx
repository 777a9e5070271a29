import { Link } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import type { Schemas } from "~/api/client.ts";
import { type Column, DataTable } from "~/ui/DataTable.tsx";
import { useFormat } from "~/ui/format.ts";
import type { Rest } from "~/ui/List.tsx";
import { Status } from "~/ui/Status.tsx";

type Expectation = Schemas["Expectation"];

/** Backups that were due and never began: they are expectations, not jobs, so there is no log. */
export function MissedTable({ tenant, label, rows, ...rest }: { tenant: string; label: string; rows: Expectation[] } & Rest) {
  const t = useTranslations("reports");
  const ui = useTranslations("ui");
  const f = useFormat();
  const columns: Column<Expectation>[] = [
    { id: "state", title: t("column.state"), corner: true, cell: (row) => <Status of={row.state} label={ui(`health.${row.state}`)} /> },
    {
      id: "account",
      title: t("column.account"),
      heads: true,
      cell: (row) => (
        <Link to="/t/$tenant/accounts/$account" params={{ tenant, account: row.account }}>
          {row.account_name}
        </Link>
      ),
    },
    { id: "customer", title: t("column.customer"), cell: (row) => row.customer_name },
    { id: "set", title: t("column.set"), cell: (row) => row.set_name },
    { id: "due", title: t("column.due"), cell: (row) => <time dateTime={row.due_at}>{f.moment(row.due_at)}</time> },
  ];
  return <DataTable label={label} rows={rows} columns={columns} keyOf={(row) => row.id} {...rest} />;
}
