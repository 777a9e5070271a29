import { useTranslations } from "use-intl";
import type { Approval } from "./queries.ts";

const tone: Record<Approval["state"], string> = { waiting: "attention", approved: "ok", refused: "bad", withdrawn: "off", expired: "off" };

/** Where a request stands, in a word. */
export function StateTag({ state }: { state: Approval["state"] }) {
  const t = useTranslations("approvals");
  return (
    <span className="tag" data-tone={tone[state]}>
      {t(`state.${state}`)}
    </span>
  );
}
