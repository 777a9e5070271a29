import { Button, Checkbox, CloseButton, Menu, Popover } from "@mantine/core";
import { IconColumns3, IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useDeferredValue } from "react";
import { useTranslations } from "use-intl";
import { useTenant } from "~/app/useTenant.ts";
import { serversQuery } from "~/features/servers/queries.ts";
import { EmptyState } from "~/ui/EmptyState.tsx";
import { ChoiceField, Filters, FindField } from "~/ui/Filters.tsx";
import { List } from "~/ui/List.tsx";
import { Page } from "~/ui/Page.tsx";
import { Shape } from "~/ui/Status.tsx";
import { Tabs } from "~/ui/Tabs.tsx";
import css from "./AccountsPage.module.css";
import { AccountsTable } from "./AccountsTable.tsx";
import { accountRowsQuery } from "./queries.ts";
import { type AccountsSearch, columnIds, healths, standardColumns, states, views } from "./search.ts";
import { useAccountWords } from "./useAccountWords.ts";

const toggled = <T,>(list: readonly T[], item: T): T[] => (list.includes(item) ? list.filter((other) => other !== item) : [...list, item]);
const same = (a: readonly string[] = [], b: readonly string[] = []) => a.length === b.length && a.every((item) => b.includes(item));

export default function AccountsPage() {
  const t = useTranslations("accounts");
  const ui = useTranslations("ui");
  const words = useAccountWords();
  const tenant = useTenant();
  const search = useSearch({ from: "/t/$tenant/accounts" });
  const go = useNavigate({ from: "/t/$tenant/accounts" });
  const set = (change: AccountsSearch) => void go({ search: (old) => ({ ...old, ...change }), replace: true });
  const query = useInfiniteQuery(accountRowsQuery(tenant.id, useDeferredValue(search)));
  const servers = useQuery({ ...serversQuery(tenant.id), enabled: tenant.permissions.includes("servers:read") });
  const columns = search.columns?.length ? columnIds.filter((id) => search.columns?.includes(id)) : standardColumns;
  const total = query.data?.pages[0] && "total" in query.data.pages[0] ? (query.data.pages[0].total as number | undefined) : undefined;
  const filtered = Boolean(search.q || search.health?.length || search.customer || search.server || search.state);
  const chosenView = views.find((view) => same(view.search.health, search.health) && view.search.state === search.state)?.id;
  const create = tenant.permissions.includes("accounts:create") && tenant.level === "reseller" && (
    <Button
      leftSection={<IconPlus size={16} stroke={1.8} />}
      renderRoot={(props) => <Link to="/t/$tenant/accounts/new" params={{ tenant: tenant.id }} {...props} />}
    >
      {t("create")}
    </Button>
  );

  return (
    <Page title={t("title")} lead={total !== undefined && t("total", { count: total })} actions={create}>
      <Tabs
        label={t("views.label")}
        tabs={views.map((view) => ({
          id: view.id,
          text: t(`views.${view.id}`),
          on: view.id === chosenView,
          link: { to: "/t/$tenant/accounts", params: { tenant: tenant.id }, search: view.search },
        }))}
      />
      <Filters>
        <FindField label={t("find")} value={search.q ?? ""} onChange={(q) => set({ q: q || undefined })} />
        <Menu closeOnItemClick={false} position="bottom-start">
          <Menu.Target>
            <Button variant="default" className={css.filter}>
              {t("filter.health")}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {healths.map((state) => (
              <Menu.CheckboxItem
                key={state}
                checked={search.health?.includes(state) ?? false}
                rightSection={<Shape of={state} />}
                onChange={() => set({ health: toggled(search.health ?? [], state) })}
              >
                {ui(`health.${state}`)}
              </Menu.CheckboxItem>
            ))}
          </Menu.Dropdown>
        </Menu>
        {(servers.data?.items.length ?? 0) > 1 && (
          <ChoiceField
            label={t("filter.server")}
            all={t("filter.anyServer")}
            value={search.server ?? ""}
            options={servers.data?.items.map((server) => ({ value: server.id, label: server.name })) ?? []}
            onChange={(server) => set({ server: server || undefined })}
          />
        )}
        <ChoiceField
          label={t("filter.state")}
          all={t("filter.anyState")}
          value={search.state ?? ""}
          options={states.map((value) => ({ value, label: words.state(value) }))}
          onChange={(state) => set({ state: states.find((known) => known === state) })}
        />
        {search.health?.map((state) => (
          <span key={state} className={css.chip}>
            <Shape of={state} size={12} />
            {ui(`health.${state}`)}
            <CloseButton
              size="xs"
              aria-label={t("filter.remove", { name: ui(`health.${state}`) })}
              onClick={() => set({ health: toggled(search.health ?? [], state) })}
            />
          </span>
        ))}
        {search.customer && (
          <span className={css.chip}>
            {t("filter.customer")}
            <CloseButton
              size="xs"
              aria-label={t("filter.remove", { name: t("filter.customer") })}
              onClick={() => set({ customer: undefined })}
            />
          </span>
        )}
        <Popover position="bottom-end" withRoles>
          <Popover.Target>
            <Button variant="default" className={css.columns} leftSection={<IconColumns3 size={15} stroke={1.7} />}>
              {t("columns")}
            </Button>
          </Popover.Target>
          <Popover.Dropdown aria-label={t("columns")}>
            <div className={css.chooser}>
              {columnIds.map((id) => (
                <Checkbox
                  key={id}
                  size="xs"
                  label={t(`column.${id}`)}
                  checked={columns.includes(id)}
                  disabled={id === "name"}
                  onChange={() => set({ columns: toggled(columns, id) })}
                />
              ))}
            </div>
          </Popover.Dropdown>
        </Popover>
      </Filters>
      <List
        query={query}
        empty={
          filtered ? (
            <EmptyState title={t("noneTitle")} text={t("noneText")} />
          ) : (
            <EmptyState title={t("emptyTitle")} text={t("emptyText")}>
              {create}
            </EmptyState>
          )
        }
      >
        {(rows, rest) => <AccountsTable tenant={tenant.id} label={t("title")} rows={rows} columns={columns} {...rest} />}
      </List>
    </Page>
  );
}
