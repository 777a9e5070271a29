import { useTranslations } from "use-intl";
import type { Schemas } from "~/api/client.ts";
import type { Messages } from "~/i18n/messages.gen.ts";

type NewSeller = Schemas["NewSeller"];
export type SellerLevel = NewSeller["level"];

/** The levels of sellers that may be created directly below. */
export const sellerLevels = (tenant: Schemas["Tenant"]) =>
  (["reseller", "distributor", "sub_distributor"] as const).filter((level) => tenant.actions.includes(`create_${level}`));

/** Level, variant and edition in the reader's language; words that this portal does not know stay as they are. */
export function useTenantWords() {
  const t = useTranslations("tenancy");
  const ui = useTranslations("ui");
  return {
    level: (level: string) => {
      const key = `level.${level as keyof Messages["ui"]["level"]}` as const;
      return ui.has(key) ? ui(key) : level;
    },
    variant: (variant: string) => {
      const key = `variant.${variant as keyof Messages["ui"]["variant"]}` as const;
      return ui.has(key) ? ui(key) : variant;
    },
    edition: (edition: string) => {
      const key = `edition.${edition as keyof Messages["tenancy"]["edition"]}` as const;
      return t.has(key) ? t(key) : edition;
    },
  };
}
