import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { JobsTable } from "~/features/reports/JobsTable.tsx";
import { jobsQuery } from "~/features/reports/queries.ts";
import { EmptyState } from "~/ui/EmptyState.tsx";
import { List } from "~/ui/List.tsx";
import { useAccount } from "./useAccount.ts";

export default function AccountBackups() {
  const t = useTranslations("accounts");
  const reports = useTranslations("reports");
  const { tenant, account } = useAccount();
  const query = useInfiniteQuery(jobsQuery(tenant.id, { account: account.id }));
  return (
    <List query={query} empty={<EmptyState title={reports("emptyTitle")} text={reports("emptyAccount")} />}>
      {(rows, rest) => <JobsTable tenant={tenant.id} label={t("tab.backups")} rows={rows} ofOneAccount {...rest} />}
    </List>
  );
}
