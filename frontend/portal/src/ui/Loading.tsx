import { useTranslations } from "use-intl";
import css from "./Loading.module.css";

/** Grey lines that appear only when an answer takes longer than a glance. */
export function Loading() {
  const t = useTranslations("ui");
  return (
    <div className={css.lines} role="status" aria-label={t("loading")}>
      <i />
      <i />
      <i />
      <i />
    </div>
  );
}
