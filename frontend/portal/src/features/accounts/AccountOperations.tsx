import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { OperationsTable } from "~/features/operations/OperationsTable.tsx";
import { operationsQuery } from "~/features/operations/queries.ts";
import { EmptyState } from "~/ui/EmptyState.tsx";
import { List } from "~/ui/List.tsx";
import { useAccount } from "./useAccount.ts";

export default function AccountOperations() {
  const t = useTranslations("accounts");
  const operations = useTranslations("operations");
  const { tenant, account } = useAccount();
  const query = useInfiniteQuery(operationsQuery(tenant.id, { account: account.id }));
  return (
    <List query={query} empty={<EmptyState title={operations("emptyTitle")} text={operations("emptyText")} />}>
      {(rows, rest) => <OperationsTable tenant={tenant.id} label={t("tab.operations")} rows={rows} ofOneAccount {...rest} />}
    </List>
  );
}
