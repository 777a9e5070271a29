import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useDeferredValue, useState } from "react";
import { useTranslations } from "use-intl";
import { api, type Schemas } from "~/api/client.ts";
import { useTenant } from "~/app/useTenant.ts";
import { ConfirmDanger } from "~/ui/ConfirmDanger.tsx";
import { type Column, DataTable } from "~/ui/DataTable.tsx";
import { EmptyState } from "~/ui/EmptyState.tsx";
import { Filters, FindField } from "~/ui/Filters.tsx";
import { useFormat } from "~/ui/format.ts";
import { List } from "~/ui/List.tsx";
import { refuse, say } from "~/ui/Notices.tsx";
import { Page } from "~/ui/Page.tsx";
import { StatusTag } from "~/ui/StatusTag.tsx";
import { childrenQuery } from "./queries.ts";
import { sellerLevels, useTenantWords } from "./useTenantWords.ts";

type Row = Schemas["Seller"];

export default function ResellersPage() {
  const t = useTranslations("tenancy");
  const ui = useTranslations("ui");
  const f = useFormat();
  const words = useTenantWords();
  const tenant = useTenant();
  const client = useQueryClient();
  const { q } = useSearch({ from: "/t/$tenant/resellers" });
  const go = useNavigate({ from: "/t/$tenant/resellers" });
  const query = useInfiniteQuery(childrenQuery(tenant.id, useDeferredValue(q)));
  const [suspending, setSuspending] = useState<Row>();
  const renew = () => client.invalidateQueries({ queryKey: [tenant.id, "children"] });
  const create = sellerLevels(tenant).length > 0 && (
    <Button
      leftSection={<IconPlus size={16} stroke={1.8} />}
      renderRoot={(props) => <Link to="/t/$tenant/resellers/new" params={{ tenant: tenant.id }} {...props} />}
    >
      {t("resellers.create")}
    </Button>
  );

  const columns: Column<Row>[] = [
    {
      id: "name",
      title: t("resellers.name"),
      heads: true,
      cell: (row) =>
        row.actions.includes("act") ? (
          <Link to="/t/$tenant" params={{ tenant: row.id }}>
            {row.name}
          </Link>
        ) : (
          row.name
        ),
    },
    { id: "number", title: t("customers.number"), cell: (row) => row.number },
    { id: "level", title: t("resellers.level"), cell: (row) => words.level(row.level) },
    { id: "variant", title: t("field.variant"), cell: (row) => row.variant && words.variant(row.variant) },
    { id: "edition", title: t("field.edition"), cell: (row) => row.edition && words.edition(row.edition) },
    { id: "country", title: t("customers.country"), wideOnly: true, cell: (row) => row.country && f.country(row.country) },
    { id: "status", title: t("customers.status"), corner: true, cell: (row) => <StatusTag status={row.status} /> },
    {
      id: "actions",
      title: t("resellers.actions"),
      cell: (row) => (
        <span className="buttons">
          {row.actions.includes("act") && (
            <Button
              variant="default"
              size="compact-sm"
              aria-label={`${t("resellers.act")} ${row.name}`}
              renderRoot={(props) => <Link to="/t/$tenant" params={{ tenant: row.id }} {...props} />}
            >
              {t("resellers.act")}
            </Button>
          )}
          {row.actions.includes("suspend") && (
            <Button variant="subtle" color="gray" size="compact-sm" onClick={() => setSuspending(row)}>
              {t("customer.suspend")}
            </Button>
          )}
          {row.actions.includes("resume") && (
            <Button
              variant="default"
              size="compact-sm"
              onClick={() =>
                void api
                  .POST("/v1/tenants/{tenant}/children/{child}/resume", { params: { path: { tenant: tenant.id, child: row.id } } })
                  .then(() => say(ui("saved")), refuse)
                  .finally(renew)
              }
            >
              {t("customer.resume")}
            </Button>
          )}
        </span>
      ),
    },
  ];

  return (
    <Page title={t("resellers.title")} lead={t("resellers.lead", { name: tenant.name })} actions={create}>
      <Filters>
        <FindField
          label={t("resellers.find")}
          value={q ?? ""}
          onChange={(text) => void go({ search: { q: text || undefined }, replace: true })}
        />
      </Filters>
      <List
        query={query}
        empty={
          q ? (
            <EmptyState title={t("customers.noneTitle")} text={t("customers.noneText")} />
          ) : (
            <EmptyState title={t("resellers.emptyTitle")} text={t("resellers.emptyText")}>
              {create}
            </EmptyState>
          )
        }
      >
        {(rows, rest) => <DataTable label={t("resellers.title")} rows={rows} columns={columns} keyOf={(row) => row.id} {...rest} />}
      </List>
      {suspending && (
        <ConfirmDanger
          title={t("customer.suspendTitle", { name: suspending.name })}
          name={suspending.name}
          act={t("customer.suspend")}
          onClose={() => setSuspending(undefined)}
          onConfirm={async () => {
            await api.POST("/v1/tenants/{tenant}/children/{child}/suspend", {
              params: { path: { tenant: tenant.id, child: suspending.id } },
              body: {},
            });
            await renew();
          }}
        >
          {t("resellers.suspendText")}
        </ConfirmDanger>
      )}
    </Page>
  );
}
