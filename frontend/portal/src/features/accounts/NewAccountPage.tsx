import { Button } from "@mantine/core";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import { api, bodyOf } from "~/api/client.ts";
import { useTenant } from "~/app/useTenant.ts";
import { placementsQuery } from "~/features/servers/queries.ts";
import { customersQuery } from "~/features/tenancy/queries.ts";
import { EmptyState } from "~/ui/EmptyState.tsx";
import { ErrorPanel } from "~/ui/ErrorPanel.tsx";
import { Form, SelectField } from "~/ui/Form.tsx";
import { Loading } from "~/ui/Loading.tsx";
import { Page, Panel } from "~/ui/Page.tsx";
import { AccountFields, accountInput } from "./AccountFields.tsx";
import { loginsKey } from "./queries.ts";

export default function NewAccountPage() {
  const t = useTranslations("accounts");
  const tenant = useTenant();
  const { customer } = useSearch({ from: "/t/$tenant/accounts/new" });
  const go = useNavigate();
  const client = useQueryClient();
  const placements = useQuery(placementsQuery(tenant.id));
  const customers = useInfiniteQuery(customersQuery(tenant.id, { status: "active" }));
  const people = customers.data?.pages.flatMap((page) => page.items) ?? [];
  const places = placements.data?.items ?? [];

  const body = () => {
    const failed = placements.error ?? customers.error;
    if (failed) return <ErrorPanel error={failed} retry={() => void Promise.all([placements.refetch(), customers.refetch()])} />;
    if (placements.isPending || customers.isPending) return <Loading />;
    if (!places.length)
      return (
        <EmptyState title={t("noPlace.title")} text={t("noPlace.text")}>
          {tenant.permissions.includes("servers:manage") && (
            <Button renderRoot={(props) => <Link to="/t/$tenant/servers/new" params={{ tenant: tenant.id }} {...props} />}>
              {t("noPlace.act")}
            </Button>
          )}
        </EmptyState>
      );
    if (!people.length)
      return (
        <EmptyState title={t("noCustomer.title")} text={t("noCustomer.text")}>
          <Button renderRoot={(props) => <Link to="/t/$tenant/customers/new" params={{ tenant: tenant.id }} {...props} />}>
            {t("noCustomer.act")}
          </Button>
        </EmptyState>
      );
    return (
      <Panel>
        <Form
          submit={t("create")}
          onSubmit={async (values) => {
            const created = await bodyOf(
              api.POST("/v1/tenants/{tenant}/accounts", {
                params: { path: { tenant: tenant.id } },
                body: accountInput(values, values.customer ?? "", tenant.time_zone),
              }),
            );
            client.setQueryData(loginsKey(tenant.id, created.account.id), created.logins);
            await client.invalidateQueries({ queryKey: [tenant.id, "accounts"] });
            await go({ to: "/t/$tenant/accounts/$account/connect", params: { tenant: tenant.id, account: created.account.id } });
          }}
        >
          <SelectField
            name="customer"
            label={t("field.customer")}
            value={customer || people[0]?.id}
            options={people.map((one) => ({ value: one.id, label: one.name ? `${one.name} (${one.number})` : one.number }))}
          />
          <AccountFields places={places} />
        </Form>
      </Panel>
    );
  };

  return (
    <Page
      width="form"
      title={t("create")}
      lead={<p>{t("created.lead")}</p>}
      back={{ label: t("title"), link: { to: "/t/$tenant/accounts", params: { tenant: tenant.id } } }}
    >
      {body()}
    </Page>
  );
}
