import type { ReactNode } from "react";
import css from "./EmptyState.module.css";

type Props = {
  title: string;
  text: string;
  /** Set where it is the whole page, and so carries the page's heading. */
  page?: boolean;
  children?: ReactNode;
};

/** Says why nothing is here and offers the one thing to do next. */
export function EmptyState({ title, text, page = false, children }: Props) {
  const Heading = page ? "h1" : "h2";
  return (
    <div className={css.empty}>
      <Heading>{title}</Heading>
      <p>{text}</p>
      {children}
    </div>
  );
}
