import { useTranslations } from "use-intl";
import type { Messages } from "~/i18n/messages.gen.ts";

type Known = keyof Messages["ui"]["status"];
const tone: Record<Known, string> = { active: "ok", suspended: "attention", closed: "off" };

/** Whether a company or customer may work, in a word. */
export function StatusTag({ status }: { status: string }) {
  const t = useTranslations("ui");
  return (
    <span className="tag" data-tone={tone[status as Known]}>
      {t.has(`status.${status as Known}`) ? t(`status.${status as Known}`) : status}
    </span>
  );
}
