import { useCallback } from "react";
import { useTranslations } from "use-intl";

/** Says a strip of days in words. */
export function useDaysLabel() {
  const t = useTranslations("ui");
  return useCallback(
    (days: string) => {
      const count = (letter: string) => days.split(letter).length - 1;
      return t("days", {
        count: days.length,
        good: count("s"),
        warned: count("w"),
        failed: count("f"),
        missed: count("m"),
        unknown: count("u"),
      });
    },
    [t],
  );
}
