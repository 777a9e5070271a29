import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useDeferredValue } from "react";
import { useTranslations } from "use-intl";
import type { Schemas } from "~/api/client.ts";
import { useTenant } from "~/app/useTenant.ts";
import { type Column, DataTable } from "~/ui/DataTable.tsx";
import { EmptyState } from "~/ui/EmptyState.tsx";
import { ChoiceField, Filters, FindField } from "~/ui/Filters.tsx";
import { useFormat } from "~/ui/format.ts";
import { List } from "~/ui/List.tsx";
import { Page } from "~/ui/Page.tsx";
import { StatusTag } from "~/ui/StatusTag.tsx";
import { customersQuery } from "./queries.ts";
import { type CustomersSearch, kinds, statuses } from "./search.ts";
import { useCustomerName } from "./useCustomerName.ts";

type Customer = Schemas["Customer"];

export default function CustomersPage() {
  const t = useTranslations("tenancy");
  const ui = useTranslations("ui");
  const f = useFormat();
  const nameOf = useCustomerName();
  const tenant = useTenant();
  const search = useSearch({ from: "/t/$tenant/customers" });
  const go = useNavigate({ from: "/t/$tenant/customers" });
  const set = (change: CustomersSearch) => void go({ search: (old) => ({ ...old, ...change }), replace: true });
  const query = useInfiniteQuery(customersQuery(tenant.id, useDeferredValue(search)));
  const filtered = Boolean(search.q || search.kind || search.status);
  const create = tenant.actions.includes("create_customer") && (
    <Button
      leftSection={<IconPlus size={16} stroke={1.8} />}
      renderRoot={(props) => <Link to="/t/$tenant/customers/new" params={{ tenant: tenant.id }} {...props} />}
    >
      {t("customers.create")}
    </Button>
  );

  const columns: Column<Customer>[] = [
    {
      id: "name",
      title: t("customers.name"),
      heads: true,
      cell: (customer) => (
        <Link to="/t/$tenant/customers/$customer" params={{ tenant: tenant.id, customer: customer.id }}>
          {nameOf(customer)}
        </Link>
      ),
    },
    { id: "number", title: t("customers.number"), cell: (customer) => customer.number },
    { id: "kind", title: t("customers.kind"), cell: (customer) => t(`kind.${customer.kind}`) },
    { id: "contact", title: t("customers.contact"), cell: (customer) => customer.contact_name || customer.email },
    { id: "country", title: t("customers.country"), cell: (customer) => customer.country && f.country(customer.country), wideOnly: true },
    { id: "status", title: t("customers.status"), corner: true, cell: (customer) => <StatusTag status={customer.status} /> },
    { id: "since", title: t("customers.since"), wideOnly: true, cell: (customer) => f.day(new Date(customer.created_at)) },
  ];

  return (
    <Page title={t("customers.title")} actions={create}>
      <Filters>
        <FindField label={t("customers.find")} value={search.q ?? ""} onChange={(q) => set({ q: q || undefined })} />
        <ChoiceField
          label={t("customers.kind")}
          all={t("customers.anyKind")}
          value={search.kind ?? ""}
          options={kinds.map((value) => ({ value, label: t(`kind.${value}`) }))}
          onChange={(kind) => set({ kind: kinds.find((known) => known === kind) })}
        />
        <ChoiceField
          label={t("customers.status")}
          all={t("customers.anyStatus")}
          value={search.status ?? ""}
          options={statuses.map((value) => ({ value, label: ui(`status.${value}`) }))}
          onChange={(status) => set({ status: statuses.find((known) => known === status) })}
        />
      </Filters>
      <List
        query={query}
        empty={
          filtered ? (
            <EmptyState title={t("customers.noneTitle")} text={t("customers.noneText")} />
          ) : (
            <EmptyState title={t("customers.emptyTitle")} text={t("customers.emptyText")}>
              {create}
            </EmptyState>
          )
        }
      >
        {(rows, rest) => (
          <DataTable label={t("customers.title")} rows={rows} columns={columns} keyOf={(customer) => customer.id} {...rest} />
        )}
      </List>
    </Page>
  );
}
