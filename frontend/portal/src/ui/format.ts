import { useMemo, useSyncExternalStore } from "react";
import { useLocale, useTranslations } from "use-intl";

/** Making an Intl formatter costs far more than using it, and a table uses thousands: each is made once. */
const kept = new Map<string, unknown>();
function keep<T>(key: string, make: () => T): T {
  if (!kept.has(key)) kept.set(key, make());
  return kept.get(key) as T;
}

const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte", "petabyte"] as const;

/** Bytes in powers of ten, at most three significant digits, with the unit as the language writes it. */
export function bytes(locale: string, value: number, least = 1): string {
  let step = 0;
  let left = value;
  // Rounding may carry over into the next unit: 999 950 is 1 MB, not 1,000 kB.
  while (Number(left.toPrecision(3)) >= 1000 && step < units.length - 1) {
    left /= 1000;
    step += 1;
  }
  const unit = units[step] ?? "byte";
  return keep(
    `${locale} ${unit} ${least}`,
    () =>
      new Intl.NumberFormat(locale, {
        style: "unit",
        unit,
        unitDisplay: step ? "short" : "long",
        minimumSignificantDigits: left ? least : 1,
        maximumSignificantDigits: 3,
      }),
  ).format(left);
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** How long before or after `now` (ms) an instant is; undefined below a minute, which each language words as "just now". */
export function ago(locale: string, iso: string, now: number, style: "short" | "long" = "short"): string | undefined {
  const seconds = Math.round((Date.parse(iso) - now) / 1000);
  const format = keep(`${locale} ago ${style}`, () => new Intl.RelativeTimeFormat(locale, { numeric: "auto", style }));
  for (const [unit, size] of steps) if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  return undefined;
}

/** A span in its two largest units, "1 hr, 12 min"; below a second it reads as one second. */
export function duration(locale: string, milliseconds: number): string {
  let seconds = Math.max(1, Math.round(milliseconds / 1000));
  const parts: string[] = [];
  for (const [unit, size] of [...steps, ["second", 1]] as const) {
    const whole = Math.floor(seconds / size);
    if (!whole) {
      if (parts.length) break;
      continue;
    }
    seconds -= whole * size;
    parts.push(
      keep(
        `${locale} for ${unit}`,
        () =>
          new Intl.NumberFormat(locale, { style: "unit", unit: unit as Intl.NumberFormatOptions["unit"] & string, unitDisplay: "short" }),
      ).format(whole),
    );
    if (parts.length === 2 || !seconds) break;
  }
  return parts.join(" ");
}

const pace = 20_000;
const rounded = () => Math.floor(Date.now() / pace) * pace;
const subscribe = (tell: () => void) => {
  const timer = setInterval(tell, pace);
  return () => clearInterval(timer);
};

/** The present, renewed three times a minute, so that "2 minutes ago" stays true on a page left open. */
export const useNow = () => useSyncExternalStore(subscribe, rounded) + pace;

export function useFormat() {
  const locale = useLocale();
  const t = useTranslations("ui");
  const now = useNow();
  return useMemo(() => {
    const number = keep(`${locale} number`, () => new Intl.NumberFormat(locale));
    const percent = keep(`${locale} percent`, () => new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 }));
    // English is read on this side of the ocean: day before month, and 24 hours.
    const dated = locale === "en" ? "en-GB" : locale;
    const date = (key: string, options: Intl.DateTimeFormatOptions) =>
      keep(`${locale} ${key}`, () => new Intl.DateTimeFormat(dated, options));
    return {
      bytes: (value: number) => bytes(locale, value),
      /** A headline always shows three digits, so that 2.00 PB and 1.99 PB read alike. */
      headline: (value: number) => bytes(locale, value, 3),
      ago: (iso: string | undefined | null) => (iso ? (ago(locale, iso, now) ?? t("justNow")) : t("never")),
      agoInWords: (iso: string | undefined | null) => (iso ? (ago(locale, iso, now, "long") ?? t("justNow")) : t("never")),
      duration: (from: string, to: string | undefined | null) => duration(locale, (to ? Date.parse(to) : now) - Date.parse(from)),
      number: (value: number) => number.format(value),
      percent: (value: number) => percent.format(value),
      day: (value: Date) => date("day", { day: "numeric", month: "short" }).format(value),
      date: (iso: string) => date("date", { day: "numeric", month: "short", year: "numeric" }).format(Date.parse(iso)),
      moment: (iso: string) =>
        date("moment", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" }).format(Date.parse(iso)),
      clock: (iso: string) => date("clock", { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(Date.parse(iso)),
      country: (code: string) => keep(`${locale} countries`, () => new Intl.DisplayNames(locale, { type: "region" })).of(code) ?? code,
      language: (code: string) => keep(`${locale} languages`, () => new Intl.DisplayNames(locale, { type: "language" })).of(code) ?? code,
      now,
    };
  }, [locale, now, t]);
}

export type Format = ReturnType<typeof useFormat>;
