import { useCallback } from "react";
import { useTranslations } from "use-intl";
import { type FieldProblem, problemOf } from "~/api/client.ts";
import type { Messages } from "~/i18n/messages.gen.ts";

type Code = keyof Messages["ui"]["problem"];
type FieldCode = keyof Messages["ui"]["field"];

/** Words a refusal in the reader's language; a code that is not known here keeps the platform's own sentence. */
export function useProblemText() {
  const t = useTranslations("ui");
  return useCallback(
    (thrown: unknown): string => {
      const problem = problemOf(thrown);
      if (problem.code === "rate_limited") return t("problem.rate_limited", { seconds: Math.max(1, problem.retryAfter) });
      if (t.has(`problem.${problem.code}` as "problem.internal")) return t(`problem.${problem.code as Exclude<Code, "rate_limited">}`);
      return problem.detail || t("problem.internal");
    },
    [t],
  );
}

export function useFieldText() {
  const t = useTranslations("ui");
  return useCallback(
    (field: FieldProblem): string => {
      if (t.has(`field.${field.code}` as "field.other")) return t(`field.${field.code as FieldCode}`);
      return field.detail || t("field.other");
    },
    [t],
  );
}
