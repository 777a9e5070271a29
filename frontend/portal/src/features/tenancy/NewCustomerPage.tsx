import { Checkbox } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { useLocale, useTranslations } from "use-intl";
import { api, bodyOf, type Schemas } from "~/api/client.ts";
import { useTenant } from "~/app/useTenant.ts";
import { AccountFields, accountInput } from "~/features/accounts/AccountFields.tsx";
import { loginsKey } from "~/features/accounts/queries.ts";
import { placementsQuery } from "~/features/servers/queries.ts";
import { FieldGroup, Form } from "~/ui/Form.tsx";
import { say } from "~/ui/Notices.tsx";
import { Page } from "~/ui/Page.tsx";
import { CustomerFields, customerInput } from "./CustomerFields.tsx";
import css from "./NewCustomerPage.module.css";
import { kinds } from "./search.ts";

export default function NewCustomerPage() {
  const t = useTranslations("tenancy");
  const locale = useLocale();
  const tenant = useTenant();
  const go = useNavigate();
  const client = useQueryClient();
  const placements = useQuery(placementsQuery(tenant.id));
  const places = placements.data?.items ?? [];
  const [kind, setKind] = useState<(typeof kinds)[number]>("business");
  const [wanted, setWanted] = useState(true);
  const withAccount = wanted && places.length > 0;
  const made = useRef<Schemas["Customer"]>(undefined);
  const allowed = kinds.filter((other) => other !== "anonymous" || tenant.actions.includes("create_anonymous_customer"));

  return (
    <Page
      width="form"
      title={t("customers.create")}
      lead={<p>{t("create.lead")}</p>}
      back={{ label: t("customers.title"), link: { to: "/t/$tenant/customers", params: { tenant: tenant.id } } }}
    >
      <div className={`card ${css.card}`}>
        <fieldset className={css.kinds}>
          <legend>{t("field.kind")}</legend>
          {allowed.map((other) => (
            <label key={other} data-chosen={other === kind || undefined}>
              <input type="radio" name="customer-kind" value={other} checked={other === kind} onChange={() => setKind(other)} />
              <b>{t(`kind.${other}`)}</b>
              <small>{t(`kindHint.${other}`)}</small>
            </label>
          ))}
        </fieldset>
        <Form
          submit={withAccount ? t("create.submitBoth") : t("create.submit")}
          onSubmit={async (values) => {
            const path = { tenant: tenant.id };
            // The account may be refused after the customer exists; sending again then makes only the account.
            made.current ??= await bodyOf(
              api.POST("/v1/tenants/{tenant}/customers", { params: { path }, body: { kind, ...customerInput(values) } }),
            );
            const customer = made.current;
            await client.invalidateQueries({ queryKey: [tenant.id, "customers"] });
            if (!withAccount) return go({ to: "/t/$tenant/customers/$customer", params: { ...path, customer: customer.id } });
            try {
              const created = await bodyOf(
                api.POST("/v1/tenants/{tenant}/accounts", { params: { path }, body: accountInput(values, customer.id, tenant.time_zone) }),
              );
              client.setQueryData(loginsKey(tenant.id, created.account.id), created.logins);
              return go({ to: "/t/$tenant/accounts/$account/connect", params: { ...path, account: created.account.id } });
            } catch (refused) {
              say(t("create.half"));
              throw refused;
            }
          }}
        >
          <CustomerFields key={kind} kind={kind} country={tenant.country ?? ""} language={tenant.language || locale} />
          {places.length > 0 && (
            <FieldGroup title={t("create.account")}>
              <Checkbox
                size="xs"
                label={t("create.withAccount")}
                checked={wanted}
                onChange={(event) => setWanted(event.currentTarget.checked)}
              />
              {withAccount && <AccountFields places={places} />}
            </FieldGroup>
          )}
        </Form>
      </div>
    </Page>
  );
}
