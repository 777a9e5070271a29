import { CloseButton } from "@mantine/core";
import { useEffect, useSyncExternalStore } from "react";
import { useTranslations } from "use-intl";
import { problemOf } from "~/api/client.ts";
import css from "./Notices.module.css";
import { Shape } from "./Status.tsx";
import { useProblemText } from "./useProblemText.ts";

type Notice = { said: string } | { refused: unknown };
let current: Notice | undefined;
const listeners = new Set<() => void>();
const set = (next: Notice | undefined) => {
  current = next;
  for (const tell of listeners) tell();
};

/** Says in one line that something was done. */
export const say = (said: string) => set({ said });
/** Says why something was not done; stays until it is closed. */
export const refuse = (refused: unknown) => set({ refused });

const subscribe = (tell: () => void) => {
  listeners.add(tell);
  return () => listeners.delete(tell);
};

/** One line at the bottom of the window, read out by screen readers. */
export function Notices() {
  const t = useTranslations("ui");
  const text = useProblemText();
  const notice = useSyncExternalStore(subscribe, () => current);
  useEffect(() => {
    if (!notice || "refused" in notice) return;
    const timer = setTimeout(() => set(undefined), 5000);
    return () => clearTimeout(timer);
  }, [notice]);
  const id = notice && "refused" in notice ? problemOf(notice.refused).requestId : "";
  return (
    <div className={css.region} role="status">
      {notice && (
        <div className={css.notice}>
          <Shape of={"refused" in notice ? "failed" : "ok"} size={16} />
          <span>{"said" in notice ? notice.said : text(notice.refused)}</span>
          {id && <small>{t("requestId", { id })}</small>}
          <CloseButton size="sm" aria-label={t("act.close")} onClick={() => set(undefined)} />
        </div>
      )}
    </div>
  );
}
