import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useLocale, useTranslations } from "use-intl";
import { api, bodyOf } from "~/api/client.ts";
import { useTenant } from "~/app/useTenant.ts";
import { locales } from "~/i18n/i18n.tsx";
import { CopyOnce } from "~/ui/CopyOnce.tsx";
import { FieldGroup, Form, SelectField, TextField } from "~/ui/Form.tsx";
import { useFormat } from "~/ui/format.ts";
import { Page, Panel } from "~/ui/Page.tsx";
import { countries, timeZones } from "./countries.ts";
import { type SellerLevel, sellerLevels, useTenantWords } from "./useTenantWords.ts";

const variants = ["value_added", "graylabel", "whitelabel"] as const;
const editions = ["basic", "premium"] as const;

export default function NewResellerPage() {
  const t = useTranslations("tenancy");
  const f = useFormat();
  const locale = useLocale();
  const words = useTenantWords();
  const tenant = useTenant();
  const client = useQueryClient();
  const levels = sellerLevels(tenant);
  const [level, setLevel] = useState<SellerLevel>(levels[0] ?? "reseller");
  const [variant, setVariant] = useState<(typeof variants)[number]>("value_added");
  const [made, setMade] = useState<{ id: string; name: string; link: string | undefined }>();
  const back = { label: t("resellers.title"), link: { to: "/t/$tenant/resellers", params: { tenant: tenant.id } } } as const;

  if (made)
    return (
      <Page width="form" title={t("reseller.created", { name: made.name })} back={back}>
        {made.link ? (
          <CopyOnce
            title={t("reseller.invitation")}
            values={[[t("reseller.link"), made.link]]}
            onKept={() => setMade({ ...made, link: undefined })}
          />
        ) : (
          <Button renderRoot={(props) => <Link to="/t/$tenant" params={{ tenant: made.id }} {...props} />}>
            {t("resellers.act")} {made.name}
          </Button>
        )}
      </Page>
    );

  return (
    <Page width="form" title={t("resellers.create")} lead={t("reseller.lead", { name: tenant.name })} back={back}>
      <Panel>
        <Form
          submit={t("resellers.create")}
          onSubmit={async (values) => {
            const reply = await bodyOf(
              api.POST("/v1/tenants/{tenant}/children", {
                params: { path: { tenant: tenant.id } },
                body: {
                  name: values.name ?? "",
                  level,
                  variant: level === "reseller" ? variant : "distributor",
                  edition: values.edition === "premium" ? "premium" : "basic",
                  country: values.country ?? "",
                  time_zone: values.time_zone ?? "",
                  language: values.language ?? "",
                  ...(values["owner.email"] && { owner: { name: values["owner.name"] ?? "", email: values["owner.email"] } }),
                },
              }),
            );
            setMade({ id: reply.tenant.id, name: reply.tenant.name, link: reply.link });
            await client.invalidateQueries({ queryKey: [tenant.id] });
          }}
        >
          <TextField name="name" label={t("field.name")} required autoFocus autoComplete="off" />
          <SelectField
            name="level"
            label={t("field.level")}
            value={level}
            onChange={(value) => setLevel(levels.find((known) => known === value) ?? "reseller")}
            options={levels.map((value) => ({ value, label: words.level(value) }))}
          />
          {level === "reseller" && (
            <SelectField
              name="variant"
              label={t("field.variant")}
              hint={t(`variantHint.${variant}`)}
              value={variant}
              onChange={(value) => setVariant(variants.find((known) => known === value) ?? "value_added")}
              options={variants.map((value) => ({ value, label: words.variant(value) }))}
            />
          )}
          <SelectField
            name="edition"
            label={t("field.edition")}
            options={editions.map((value) => ({ value, label: words.edition(value) }))}
          />
          <SelectField
            name="country"
            label={t("field.country")}
            value={tenant.country}
            options={countries.map((value) => ({ value, label: f.country(value) }))}
          />
          <SelectField
            name="time_zone"
            label={t("field.timeZone")}
            value={tenant.time_zone}
            options={[...new Set([tenant.time_zone ?? "UTC", ...timeZones])].map((value) => ({ value, label: value }))}
          />
          <SelectField
            name="language"
            label={t("field.language")}
            value={tenant.language || locale}
            options={locales.map((value) => ({ value, label: f.language(value) }))}
          />
          <FieldGroup title={t("reseller.owner")}>
            <TextField name="owner.name" label={t("reseller.ownerName")} required autoComplete="off" />
            <TextField name="owner.email" type="email" label={t("reseller.ownerEmail")} required autoComplete="off" />
          </FieldGroup>
        </Form>
      </Panel>
    </Page>
  );
}
