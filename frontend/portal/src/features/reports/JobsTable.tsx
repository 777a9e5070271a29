import { Link } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import type { Schemas } from "~/api/client.ts";
import { type Column, DataTable } from "~/ui/DataTable.tsx";
import { useFormat } from "~/ui/format.ts";
import type { Rest } from "~/ui/List.tsx";
import { Status } from "~/ui/Status.tsx";
import { useJobWords } from "./useJobWords.ts";

type Job = Schemas["Job"];
type Props = { tenant: string; label: string; rows: Job[]; ofOneAccount?: boolean } & Rest;

/** Jobs, the newest first; on an account's own page the account is not repeated. */
export function JobsTable({ tenant, label, rows, ofOneAccount = false, ...rest }: Props) {
  const t = useTranslations("reports");
  const f = useFormat();
  const words = useJobWords();
  const columns: Column<Job>[] = [
    { id: "state", title: t("column.state"), corner: true, cell: (job) => <Status of={job.health} label={words.state(job.state)} /> },
    {
      id: "started",
      title: t("column.started"),
      heads: ofOneAccount,
      cell: (job) => (
        <Link to="/t/$tenant/backups/$job" params={{ tenant, job: job.id }}>
          <time dateTime={job.started_at}>{f.moment(job.started_at)}</time>
        </Link>
      ),
    },
    { id: "device", title: t("column.device"), cell: (job) => job.device_name },
    { id: "kind", title: t("column.kind"), cell: (job) => words.kind(job.kind) },
    { id: "took", title: t("column.took"), figure: true, cell: (job) => f.duration(job.started_at, job.ended_at) },
    { id: "uploaded", title: t("column.uploaded"), figure: true, cell: (job) => f.bytes(job.uploaded_bytes) },
  ];
  if (!ofOneAccount)
    columns.splice(
      1,
      0,
      {
        id: "account",
        title: t("column.account"),
        heads: true,
        cell: (job) => (
          <Link to="/t/$tenant/accounts/$account" params={{ tenant, account: job.account }}>
            {job.account_name}
          </Link>
        ),
      },
      { id: "customer", title: t("column.customer"), cell: (job) => job.customer_name },
    );
  return <DataTable label={label} rows={rows} columns={columns} keyOf={(job) => job.id} {...rest} />;
}
