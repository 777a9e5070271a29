import { useTranslations } from "use-intl";
import type { Messages } from "~/i18n/messages.gen.ts";

type Role = keyof Messages["identity"]["role"];

/** A role's name in the reader's language; one that this portal does not know yet keeps its own. */
export function useRoleName() {
  const t = useTranslations("identity");
  return (role: string) => (t.has(`role.${role as Role}`) ? t(`role.${role as Role}`) : role);
}
