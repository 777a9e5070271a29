import { useTranslations } from "use-intl";
import type { Schemas } from "~/api/client.ts";
import type { Messages } from "~/i18n/messages.gen.ts";

type Plan = Schemas["Plan"];
export const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** 2024-01-01 was a Monday: the names of the days come from the language, not from us. */
export const weekdayName = (locale: string, day: string, weekday: "short" | "long" = "short") => {
  const at = (weekdays as readonly string[]).indexOf(day);
  return at < 0 ? day : new Intl.DateTimeFormat(locale, { weekday, timeZone: "UTC" }).format(Date.UTC(2024, 0, 1 + at));
};

/** Types, states and schedules of accounts in the reader's language; unknown words stay as they are. */
export function useAccountWords() {
  const t = useTranslations("accounts");
  const ui = useTranslations("ui");
  return {
    type: (type: string) => {
      const key = `accountType.${type as keyof Messages["ui"]["accountType"]}` as const;
      return ui.has(key) ? ui(key) : type;
    },
    state: (state: string) => {
      const key = `accountState.${state as keyof Messages["ui"]["accountState"]}` as const;
      return ui.has(key) ? ui(key) : state;
    },
    plan: (plan: Plan | undefined, locale: string) => {
      if (plan?.every === "day") return t("plan.day", { at: plan.at ?? "" });
      if (plan?.every === "hour") return t("plan.hour");
      if (plan?.every === "week")
        return t("plan.week", { days: (plan.days ?? []).map((day) => weekdayName(locale, day)).join(", "), at: plan.at ?? "" });
      return t("plan.none");
    },
  };
}
