import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import { useTenant } from "~/app/useTenant.ts";
import { EmptyState } from "~/ui/EmptyState.tsx";
import { ChoiceField, Filters } from "~/ui/Filters.tsx";
import { List } from "~/ui/List.tsx";
import { Page } from "~/ui/Page.tsx";
import { OperationsTable } from "./OperationsTable.tsx";
import { operationsQuery } from "./queries.ts";
import { operationStates } from "./search.ts";

export default function OperationsPage() {
  const t = useTranslations("operations");
  const ui = useTranslations("ui");
  const tenant = useTenant();
  const { state } = useSearch({ from: "/t/$tenant/operations" });
  const go = useNavigate({ from: "/t/$tenant/operations" });
  const query = useInfiniteQuery(operationsQuery(tenant.id, { state }));
  return (
    <Page title={t("title")} lead={<p>{t("lead")}</p>}>
      <Filters>
        <ChoiceField
          label={t("filter.state")}
          all={t("filter.any")}
          value={state ?? ""}
          options={operationStates.map((value) => ({ value, label: ui(`operation.${value}`) }))}
          onChange={(value) => void go({ search: { state: operationStates.find((known) => known === value) }, replace: true })}
        />
      </Filters>
      <List query={query} empty={<EmptyState title={t("emptyTitle")} text={t("emptyText")} />}>
        {(rows, rest) => <OperationsTable tenant={tenant.id} label={t("title")} rows={rows} {...rest} />}
      </List>
    </Page>
  );
}
