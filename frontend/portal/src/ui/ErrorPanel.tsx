import { Button } from "@mantine/core";
import { useTranslations } from "use-intl";
import { problemOf } from "~/api/client.ts";
import css from "./ErrorPanel.module.css";
import { Shape } from "./Status.tsx";
import { useProblemText } from "./useProblemText.ts";

/** An error stays in its panel, says what may be done and carries the id that support can look up. */
export function ErrorPanel({ error, retry }: { error: unknown; retry?: (() => void) | undefined }) {
  const t = useTranslations("ui");
  const text = useProblemText();
  const problem = problemOf(error);
  return (
    <div className={`card ${css.panel}`} role="alert">
      <Shape of="failed" size={18} />
      <div>
        <h2>{t("error.title")}</h2>
        <p>{text(problem)}</p>
        {problem.requestId && <p className={css.id}>{t("requestId", { id: problem.requestId })}</p>}
      </div>
      {retry && (
        <Button variant="default" onClick={retry}>
          {t("act.retry")}
        </Button>
      )}
    </div>
  );
}
