import type { ReactNode } from "react";
import css from "./EmptyState.module.css";

/** Says why nothing is here and offers the one thing to do next. */
export function EmptyState({ title, text, children }: { title: string; text: string; children?: ReactNode }) {
  return (
    <div className={css.empty}>
      <h2>{title}</h2>
      <p>{text}</p>
      {children}
    </div>
  );
}
