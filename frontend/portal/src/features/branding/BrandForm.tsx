import { useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { type ChangeEvent, useState } from "react";
import { useTranslations } from "use-intl";
import { api, bodyOf, ifMatch, type Schemas } from "~/api/client.ts";
import { useTenantId } from "~/app/useTenant.ts";
import { FieldGroup, Form, TextField } from "~/ui/Form.tsx";
import { useFormat } from "~/ui/format.ts";
import { say } from "~/ui/Notices.tsx";
import { Columns, Facts, Panel } from "~/ui/Page.tsx";
import css from "./BrandForm.module.css";
import { contrast, isColour, readable } from "./contrast.ts";
import { brandQuery } from "./queries.ts";

type Brand = Schemas["Brand"];
const colours = ["accent", "accent_dark", "on_accent", "nav", "nav_ink", "nav_dark", "nav_ink_dark"] as const;
type Colour = (typeof colours)[number];

/** What each colour has to be read on: our own surfaces, or another colour of the brand. */
const groundOf = (colour: Colour, set: Record<Colour, string>): string | undefined =>
  ({
    accent: "#f5f7f8",
    accent_dark: "#14191e",
    on_accent: set.accent,
    nav: undefined,
    nav_ink: set.nav,
    nav_dark: undefined,
    nav_ink_dark: set.nav_dark,
  })[colour];

export default function BrandForm() {
  const t = useTranslations("branding");
  const tenant = useTenantId();
  const client = useQueryClient();
  const { data: brand } = useSuspenseQuery(brandQuery(tenant));
  const [set, setSet] = useState<Record<Colour, string>>(() => coloursOf(brand));
  const editable = brand.actions.includes("edit");

  if (!editable)
    return (
      <Panel title={brand.product} lead={brand.inherited ? t("inherited") : undefined}>
        <Facts
          rows={[
            [t("field.company"), brand.company],
            [t("field.slug"), brand.slug],
            [t("field.email"), brand.support_email],
            [t("field.phone"), brand.support_phone],
            [t("field.website"), brand.website],
          ]}
        />
      </Panel>
    );

  return (
    <Columns
      main={
        <Panel title={t("own")} lead={brand.address && t("address", { address: brand.address })}>
          <Form
            key={brand.version}
            submit={t("publish")}
            onReload={() => void client.invalidateQueries({ queryKey: brandQuery(tenant).queryKey })}
            onSubmit={async (values) => {
              const saved = await bodyOf(
                api.PUT("/v1/tenants/{tenant}/brand", {
                  params: { path: { tenant }, header: ifMatch(brand.version) },
                  body: {
                    ...set,
                    product: values.product ?? "",
                    company: values.company ?? "",
                    slug: values.slug ?? "",
                    radius: Number(values.radius ?? brand.radius),
                    ...(values.support_email && { support_email: values.support_email }),
                    ...(values.support_phone && { support_phone: values.support_phone }),
                    ...(values.website && { website: values.website }),
                  },
                }),
              );
              client.setQueryData(brandQuery(tenant).queryKey, saved);
              say(t("published"));
            }}
          >
            <TextField name="product" label={t("field.product")} value={brand.product} required autoComplete="off" />
            <TextField name="company" label={t("field.company")} value={brand.company} required autoComplete="off" />
            <TextField name="slug" label={t("field.slug")} hint={t("field.slugHint")} value={brand.slug} required autoComplete="off" />
            <FieldGroup title={t("group.colours")}>
              {colours.map((name) => (
                <ColourField
                  key={name}
                  name={name}
                  value={set[name]}
                  ground={groundOf(name, set)}
                  onChange={(value) => setSet({ ...set, [name]: value })}
                />
              ))}
              <TextField name="radius" label={t("field.radius")} value={String(brand.radius)} required autoComplete="off" />
            </FieldGroup>
            <FieldGroup title={t("group.support")}>
              <TextField name="support_email" type="email" label={t("field.email")} value={brand.support_email} autoComplete="off" />
              <TextField name="support_phone" type="tel" label={t("field.phone")} value={brand.support_phone} autoComplete="off" />
              <TextField name="website" type="url" label={t("field.website")} value={brand.website} autoComplete="off" />
            </FieldGroup>
          </Form>
        </Panel>
      }
      side={
        <Panel title={t("preview")}>
          <Preview set={set} product={brand.product} />
        </Panel>
      }
    />
  );
}

const coloursOf = (brand: Brand) => Object.fromEntries(colours.map((name) => [name, brand[name]])) as Record<Colour, string>;

type ColourProps = { name: Colour; value: string; ground: string | undefined; onChange: (value: string) => void };

/** A colour as text and as a picker, with the contrast that it has where it will be read. */
function ColourField({ name, value, ground, onChange }: ColourProps) {
  const t = useTranslations("branding");
  const f = useFormat();
  const ratio = ground && isColour(value) && isColour(ground) ? contrast(value, ground) : undefined;
  const low = ratio !== undefined && ratio < readable;
  const take = (event: ChangeEvent<HTMLInputElement>) => onChange(event.currentTarget.value.toLowerCase());
  return (
    <div className={css.colour}>
      <TextField
        name={name}
        label={t(`colour.${name}`)}
        current={value}
        onChange={take}
        required
        autoComplete="off"
        {...(ratio !== undefined && {
          hint: `${t("ratio", { ratio: f.number(Math.round(ratio * 10) / 10) })}${low ? `: ${t("tooLow")}` : ""}`,
        })}
      />
      <input type="color" aria-label={t(`colour.${name}`)} value={isColour(value) ? value : "#000000"} onChange={take} />
    </div>
  );
}

function Preview({ set, product }: { set: Record<Colour, string>; product: string }) {
  const t = useTranslations("branding");
  return (
    <div className={css.preview} aria-hidden="true">
      {(["nav", "nav_dark"] as const).map((nav) => (
        <div key={nav} style={{ background: set[nav], color: nav === "nav" ? set.nav_ink : set.nav_ink_dark }}>
          <b>{product}</b>
          <i style={{ background: set.accent, color: set.on_accent }}>{t("previewButton")}</i>
        </div>
      ))}
    </div>
  );
}
