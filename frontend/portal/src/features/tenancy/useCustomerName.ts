import { useCallback } from "react";
import { useTranslations } from "use-intl";
import type { Schemas } from "~/api/client.ts";

/** A customer's name; an anonymous one has only a number. */
export function useCustomerName() {
  const t = useTranslations("tenancy");
  return useCallback(({ name, number }: Pick<Schemas["Customer"], "name" | "number">) => name || t("anonymous", { number }), [t]);
}
