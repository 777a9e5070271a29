import { Link } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import { EmptyState } from "~/ui/EmptyState.tsx";

export function NotFound() {
  const t = useTranslations("ui");
  return (
    <EmptyState page title={t("notFound.title")} text={t("notFound.text")}>
      <Link to="/" className="link">
        {t("notFound.home")}
      </Link>
    </EmptyState>
  );
}
