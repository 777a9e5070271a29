import { useTranslations } from "use-intl";
import type { Messages } from "~/i18n/messages.gen.ts";

type Verdict = keyof Messages["reports"]["job"]["verdict"];

/** Kinds and states of jobs in the reader's language; a word that is not known here stays as it is. */
export function useJobWords() {
  const t = useTranslations("reports");
  return {
    kind: (kind: string) => {
      const key = `kind.${kind as "backup"}` as const;
      return t.has(key) ? t(key) : kind;
    },
    state: (state: string) => {
      const key = `state.${state as keyof Messages["reports"]["state"]}` as const;
      return t.has(key) ? t(key) : state;
    },
    verdict: (state: string) => {
      const key = `job.verdict.${state as Verdict}` as const;
      return t.has(key) ? t(key) : t("job.verdict.unknown");
    },
  };
}
