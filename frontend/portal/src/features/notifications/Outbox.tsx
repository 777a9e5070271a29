import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import type { Schemas } from "~/api/client.ts";
import { useTenantId } from "~/app/useTenant.ts";
import { type Column, DataTable } from "~/ui/DataTable.tsx";
import { EmptyState } from "~/ui/EmptyState.tsx";
import { ErrorPanel } from "~/ui/ErrorPanel.tsx";
import { useFormat } from "~/ui/format.ts";
import { Loading } from "~/ui/Loading.tsx";
import css from "./Outbox.module.css";
import { outboxQuery } from "./queries.ts";

type Mail = Schemas["Mail"];

/** What a platform without a mail server would have sent. */
export default function Outbox() {
  const t = useTranslations("notifications");
  const f = useFormat();
  const tenant = useTenantId();
  const query = useQuery({ ...outboxQuery(tenant), refetchInterval: 5000 });
  if (query.isPending) return <Loading />;
  if (!query.data) return <ErrorPanel error={query.error} retry={() => void query.refetch()} />;
  if (!query.data.items.length) return <EmptyState title={t("emptyTitle")} text={t("emptyText")} />;
  const columns: Column<Mail>[] = [
    {
      id: "subject",
      title: t("subject"),
      heads: true,
      cell: (mail) => (
        <Link to="/t/$tenant/settings/outbox/$mail" params={{ tenant, mail: mail.id }}>
          {mail.subject}
        </Link>
      ),
    },
    { id: "to", title: t("to"), cell: (mail) => mail.to },
    { id: "at", title: t("at"), corner: true, cell: (mail) => <time dateTime={mail.at}>{f.moment(mail.at)}</time> },
  ];
  return (
    <>
      <p className={css.lead}>{t("lead")}</p>
      <DataTable label={t("title")} rows={query.data.items} columns={columns} keyOf={(mail) => mail.id} />
    </>
  );
}
