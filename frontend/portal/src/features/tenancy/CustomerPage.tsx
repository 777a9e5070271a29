import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { api, bodyOf, ifMatch } from "~/api/client.ts";
import { useTenant } from "~/app/useTenant.ts";
import { AccountsTable } from "~/features/accounts/AccountsTable.tsx";
import { accountRowsQuery } from "~/features/accounts/queries.ts";
import { ConfirmDanger } from "~/ui/ConfirmDanger.tsx";
import { Dialog } from "~/ui/Dialog.tsx";
import { EmptyState } from "~/ui/EmptyState.tsx";
import { Form } from "~/ui/Form.tsx";
import { useFormat } from "~/ui/format.ts";
import { List } from "~/ui/List.tsx";
import { refuse, say } from "~/ui/Notices.tsx";
import { Columns, Facts, Page, Panel } from "~/ui/Page.tsx";
import { StatusTag } from "~/ui/StatusTag.tsx";
import { CustomerFields, customerEdit } from "./CustomerFields.tsx";
import { customerQuery } from "./queries.ts";
import { useCustomerName } from "./useCustomerName.ts";

export default function CustomerPage() {
  const t = useTranslations("tenancy");
  const ui = useTranslations("ui");
  const f = useFormat();
  const tenant = useTenant();
  const { customer: id } = useParams({ from: "/t/$tenant/customers/$customer" });
  const client = useQueryClient();
  const nameOf = useCustomerName();
  const { data: customer } = useSuspenseQuery(customerQuery(tenant.id, id));
  const accounts = useInfiniteQuery(accountRowsQuery(tenant.id, { customer: id }));
  const [open, setOpen] = useState<"edit" | "suspend">();
  const path = { tenant: tenant.id, customer: id };
  const name = nameOf(customer);
  const renew = async () => {
    await client.invalidateQueries({ queryKey: customerQuery(tenant.id, id).queryKey });
    await client.invalidateQueries({ queryKey: [tenant.id, "customers"] });
  };
  const may = (action: string) => customer.actions.includes(action);
  const newAccount = tenant.permissions.includes("accounts:create") && (
    <Button
      leftSection={<IconPlus size={16} stroke={1.8} />}
      renderRoot={(props) => <Link to="/t/$tenant/accounts/new" params={{ tenant: tenant.id }} search={{ customer: id }} {...props} />}
    >
      {t("customer.newAccount")}
    </Button>
  );

  return (
    <Page
      title={name}
      lead={
        <span className="buttons">
          <StatusTag status={customer.status} /> {t(`kind.${customer.kind}`)} · {customer.number}
        </span>
      }
      back={{ label: t("customers.title"), link: { to: "/t/$tenant/customers", params: { tenant: tenant.id } } }}
      actions={
        <>
          {may("suspend") && (
            <Button variant="default" onClick={() => setOpen("suspend")}>
              {t("customer.suspend")}
            </Button>
          )}
          {may("resume") && (
            <Button
              variant="default"
              onClick={() =>
                void api
                  .POST("/v1/tenants/{tenant}/customers/{customer}/resume", { params: { path } })
                  .then(() => say(ui("saved")), refuse)
                  .finally(renew)
              }
            >
              {t("customer.resume")}
            </Button>
          )}
          {newAccount}
        </>
      }
    >
      <Columns
        main={
          <>
            <h2>{t("customer.accounts")}</h2>
            <List query={accounts} empty={<EmptyState title={t("customer.noAccounts")} text={t("customer.noAccountsText")} />}>
              {(rows, rest) => (
                <AccountsTable
                  tenant={tenant.id}
                  label={t("customer.accounts")}
                  rows={rows}
                  columns={["health", "name", "devices", "lastGood", "used", "server"]}
                  {...rest}
                />
              )}
            </List>
          </>
        }
        side={
          <Panel
            title={t("customer.details")}
            aside={
              may("edit") && (
                <Button variant="subtle" size="compact-sm" onClick={() => setOpen("edit")}>
                  {t("customer.edit")}
                </Button>
              )
            }
          >
            <Facts
              rows={[
                [t("field.contact"), customer.contact_name],
                [t("field.email"), customer.email],
                [t("field.phone"), customer.phone],
                [t("field.street"), customer.address?.street],
                [t("field.city"), [customer.address?.postal_code, customer.address?.city].filter(Boolean).join(" ")],
                [t("field.country"), customer.country && f.country(customer.country)],
                [t("field.chamber"), customer.chamber_number],
                [t("field.vat"), customer.vat_number],
                [t("field.language"), customer.language && f.language(customer.language)],
                [t("customers.since"), f.moment(customer.created_at)],
              ]}
            />
          </Panel>
        }
      />
      {open === "edit" && (
        <Dialog onClose={() => setOpen(undefined)} title={t("customer.edit")}>
          <Form
            key={customer.version}
            submit={ui("act.save")}
            onReload={() => void renew()}
            onSubmit={async (values) => {
              const saved = await bodyOf(
                api.PATCH("/v1/tenants/{tenant}/customers/{customer}", {
                  params: { path, header: ifMatch(customer.version) },
                  body: customerEdit(values, customer.kind),
                }),
              );
              client.setQueryData(customerQuery(tenant.id, id).queryKey, saved);
              setOpen(undefined);
              say(ui("saved"));
              await renew();
            }}
          >
            <CustomerFields kind={customer.kind} customer={customer} country={tenant.country ?? ""} language={tenant.language ?? ""} />
          </Form>
        </Dialog>
      )}
      {open === "suspend" && (
        <ConfirmDanger
          title={t("customer.suspendTitle", { name })}
          act={t("customer.suspend")}
          onClose={() => setOpen(undefined)}
          onConfirm={async () => {
            await api.POST("/v1/tenants/{tenant}/customers/{customer}/suspend", { params: { path }, body: {} });
            await renew();
          }}
        >
          {t("customer.suspendText")}
        </ConfirmDanger>
      )}
    </Page>
  );
}
