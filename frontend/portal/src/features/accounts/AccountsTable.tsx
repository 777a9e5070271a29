import { Link } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import type { Schemas } from "~/api/client.ts";
import { type Column, DataTable } from "~/ui/DataTable.tsx";
import { useFormat } from "~/ui/format.ts";
import type { Rest } from "~/ui/List.tsx";
import { Meter } from "~/ui/Meter.tsx";
import { Status } from "~/ui/Status.tsx";
import { Strip } from "~/ui/Strip.tsx";
import { useDaysLabel } from "~/ui/useDaysLabel.ts";
import css from "./AccountsTable.module.css";
import type { ColumnId } from "./search.ts";
import { useAccountWords } from "./useAccountWords.ts";

type Row = Schemas["AccountRow"];
type Props = { tenant: string; label: string; rows: Row[]; columns: readonly ColumnId[] } & Rest;

/** Accounts with their health: the morning's table, of a whole tenant or of one customer. */
export function AccountsTable({ tenant, label, rows, columns, ...rest }: Props) {
  const t = useTranslations("accounts");
  const ui = useTranslations("ui");
  const f = useFormat();
  const words = useAccountWords();
  const daysLabel = useDaysLabel();
  const all: Record<ColumnId, Omit<Column<Row>, "id" | "title">> = {
    health: { corner: true, cell: (row) => <Status of={row.health} label={ui(`health.${row.health}`)} /> },
    name: {
      heads: true,
      cell: (row) => (
        <Link to="/t/$tenant/accounts/$account" params={{ tenant, account: row.id }}>
          {row.name}
        </Link>
      ),
    },
    customer: {
      cell: (row) => (
        <Link to="/t/$tenant/customers/$customer" params={{ tenant, customer: row.customer.id }}>
          {row.customer.name}
        </Link>
      ),
    },
    devices: { cell: (row) => row.device_names.join(", "), wideOnly: true },
    days: { cell: (row) => <Strip days={row.days} label={daysLabel(row.days)} /> },
    lastGood: {
      cell: (row) => (row.last_good_at ? <time dateTime={row.last_good_at}>{f.ago(row.last_good_at)}</time> : ui("never")),
      wideOnly: true,
    },
    used: {
      cell: (row) => (
        <div className={css.used}>
          <Meter
            used={row.used_bytes}
            quota={row.quota_bytes}
            label={`${ui("share")}: ${row.name}`}
            text={
              row.quota_bytes ? ui("usedOf", { used: f.bytes(row.used_bytes), quota: f.bytes(row.quota_bytes) }) : f.bytes(row.used_bytes)
            }
          />
        </div>
      ),
    },
    type: { cell: (row) => words.type(row.type), wideOnly: true },
    server: { cell: (row) => row.server.name, wideOnly: true },
    lastSeen: { cell: (row) => f.ago(row.last_seen_at), wideOnly: true },
    state: { cell: (row) => words.state(row.state) },
  };
  return (
    <DataTable
      label={label}
      rows={rows}
      columns={columns.map((id) => ({ id, title: t(`column.${id}`), ...all[id] }))}
      keyOf={(row) => row.id}
      {...rest}
    />
  );
}
