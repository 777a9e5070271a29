import { useTranslations } from "use-intl";
import type { Schemas } from "~/api/client.ts";
import { locales } from "~/i18n/i18n.tsx";
import { SelectField, TextField, type Values } from "~/ui/Form.tsx";
import { useFormat } from "~/ui/format.ts";
import { countries } from "./countries.ts";

type Customer = Schemas["Customer"];

/** The fields that a customer of this kind has; an anonymous one has no personal data at all. */
export function CustomerFields({
  kind,
  customer,
  country,
  language,
}: {
  kind: string;
  customer?: Customer;
  country: string;
  language: string;
}) {
  const t = useTranslations("tenancy");
  const f = useFormat();
  const named = kind !== "anonymous";
  return (
    <>
      {named && (
        <TextField
          name="name"
          label={kind === "business" ? t("field.company") : t("field.person")}
          value={customer?.name}
          required
          autoFocus={!customer}
          autoComplete="off"
        />
      )}
      {kind === "business" && (
        <TextField name="contact_name" label={t("field.contact")} value={customer?.contact_name} autoComplete="off" />
      )}
      {named && (
        <>
          <TextField name="email" type="email" label={t("field.email")} value={customer?.email} autoComplete="off" />
          <TextField name="phone" type="tel" label={t("field.phone")} value={customer?.phone} autoComplete="off" />
          <TextField name="address.street" label={t("field.street")} value={customer?.address?.street} autoComplete="off" />
          <TextField name="address.postal_code" label={t("field.postal_code")} value={customer?.address?.postal_code} autoComplete="off" />
          <TextField name="address.city" label={t("field.city")} value={customer?.address?.city} autoComplete="off" />
        </>
      )}
      <SelectField
        name="country"
        label={t("field.country")}
        value={customer?.country ?? country}
        options={countries.map((value) => ({ value, label: f.country(value) }))}
      />
      {kind === "business" && (
        <>
          <TextField name="chamber_number" label={t("field.chamber")} value={customer?.chamber_number} autoComplete="off" />
          <TextField name="vat_number" label={t("field.vat")} value={customer?.vat_number} autoComplete="off" />
        </>
      )}
      <SelectField
        name="language"
        label={t("field.language")}
        value={customer?.language ?? language}
        options={locales.map((value) => ({ value, label: f.language(value) }))}
      />
    </>
  );
}

const plain = ["name", "email", "phone", "chamber_number", "vat_number", "contact_name", "language"] as const;
const ofCompanies = new Set<string>(["contact_name", "chamber_number", "vat_number"]);

/** What an edited customer becomes: a field that was emptied is emptied there too. */
export function customerEdit(values: Values, kind: string): Schemas["CustomerEdit"] {
  const { country, ...data } = customerInput(values);
  if (kind === "anonymous") return { ...data, ...(country && { country }) };
  const emptied = Object.fromEntries(plain.filter((name) => kind === "business" || !ofCompanies.has(name)).map((name) => [name, ""]));
  const address = { street: "", postal_code: "", city: "", ...data.address };
  return { ...emptied, ...data, address, ...(country && { country }) };
}

/** What the fields hold, as the platform takes it; fields that are empty are left out. */
export function customerInput(values: Values): Schemas["CustomerData"] {
  const address = {
    ...(values["address.street"] && { street: values["address.street"] }),
    ...(values["address.postal_code"] && { postal_code: values["address.postal_code"] }),
    ...(values["address.city"] && { city: values["address.city"] }),
  };
  return {
    country: values.country ?? "",
    ...Object.fromEntries(plain.filter((name) => values[name]).map((name) => [name, values[name]])),
    ...(Object.keys(address).length && { address }),
  };
}
