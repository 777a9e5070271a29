import { useState } from "react";
import { useLocale, useTranslations } from "use-intl";
import type { Schemas } from "~/api/client.ts";
import { CheckboxesField, chosen, SelectField, TextField, type Values } from "~/ui/Form.tsx";
import { useAccountWords, weekdayName, weekdays } from "./useAccountWords.ts";

type Placement = Schemas["Placement"];
type Plan = Schemas["Plan"];
export const gigabyte = 1_000_000_000;

/** What a new account needs: where, which type, how much, and its first device. */
export function AccountFields({ places }: { places: Placement[] }) {
  const t = useTranslations("accounts");
  const words = useAccountWords();
  // A server that answers comes first: elsewhere the account would wait.
  const ordered = places.toSorted((a, b) => Number(b.status === "online") - Number(a.status === "online"));
  const [server, setServer] = useState(ordered[0]?.server);
  const types = places.find((place) => place.server === server)?.types ?? [];
  return (
    <>
      <SelectField
        name="server"
        label={t("field.server")}
        value={server}
        onChange={setServer}
        options={ordered.map((place) => ({
          value: place.server,
          label: `${place.name} (${place.status === "online" ? place.host : t("field.silent")})`,
        }))}
      />
      <SelectField name="type" key={server} label={t("field.type")} options={types.map((value) => ({ value, label: words.type(value) }))} />
      <TextField name="quota_bytes" label={t("field.quota")} value="100" required autoComplete="off" />
      <TextField name="device_name" label={t("field.device")} hint={t("field.deviceHint")} autoComplete="off" />
      <PlanFields />
    </>
  );
}

/** When a backup is due: what is missed is measured against it. */
export function PlanFields({ plan }: { plan?: Plan | undefined }) {
  const t = useTranslations("accounts");
  const locale = useLocale();
  const [every, setEvery] = useState<string>(plan?.every ?? "day");
  return (
    <>
      <SelectField
        name="plan.every"
        label={t("field.every")}
        value={every}
        onChange={setEvery}
        options={(["day", "week", "hour", "none"] as const).map((value) => ({ value, label: t(`every.${value}`) }))}
      />
      {every === "week" && (
        <CheckboxesField
          name="plan.days"
          label={t("field.days")}
          value={plan?.days?.join(",") ?? "mon"}
          options={weekdays.map((value) => ({ value, label: weekdayName(locale, value, "long") }))}
        />
      )}
      {(every === "day" || every === "week") && (
        <TextField name="plan.at" type="time" label={t("field.at")} value={plan?.at ?? "20:00"} required />
      )}
    </>
  );
}

export function planInput(values: Values, timeZone: string | undefined): Plan {
  const every = (values["plan.every"] ?? "day") as Plan["every"];
  const days = chosen(values, "plan.days");
  return {
    every,
    at: values["plan.at"] ?? "00:00",
    ...(timeZone && { time_zone: timeZone }),
    ...(every === "week" && { days }),
  };
}

/** Bytes of a quota typed in gigabytes; a comma is a decimal point too. */
export const quotaBytes = (typed: string | undefined): number => Math.round(Number((typed ?? "").replace(",", ".")) * gigabyte) || 0;

export const accountInput = (values: Values, customer: string, timeZone: string | undefined): Schemas["CreateAccountRequest"] => ({
  customer,
  server: values.server ?? "",
  type: values.type === "basic" ? "basic" : "online",
  quota_bytes: quotaBytes(values.quota_bytes),
  ...(values.device_name && { device_name: values.device_name }),
  plan: planInput(values, timeZone),
});
