import { IconChevronLeft } from "@tabler/icons-react";
import { Link, type LinkProps } from "@tanstack/react-router";
import { type ReactNode, useEffect } from "react";
import css from "./Page.module.css";

type Props = {
  title: string;
  lead?: ReactNode;
  back?: { label: string; link: LinkProps };
  actions?: ReactNode;
  /** `form` keeps lines short; `wide` is for tables. */
  width?: "form" | "page";
  children: ReactNode;
};

/** The frame of every page: where it came from, its name, one line of meaning, two buttons at most. */
export function Page({ title, lead, back, actions, width = "page", children }: Props) {
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <div className={css.page} data-width={width}>
      {back && (
        <Link {...back.link} className={css.back}>
          <IconChevronLeft size={14} stroke={1.8} aria-hidden="true" />
          {back.label}
        </Link>
      )}
      <header className={css.head}>
        <div className={css.title}>
          <h1>{title}</h1>
          {lead && <div className={css.lead}>{lead}</div>}
        </div>
        {actions && <div className={css.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}

export function Panel({ title, lead, aside, children }: { title?: string; lead?: ReactNode; aside?: ReactNode; children?: ReactNode }) {
  return (
    <section className={`card ${css.panel}`}>
      {title && (
        <header className={css.panelHead}>
          <h2>{title}</h2>
          {aside}
        </header>
      )}
      {lead && <p className={css.quiet}>{lead}</p>}
      {children}
    </section>
  );
}

export function Columns({ main, side }: { main: ReactNode; side: ReactNode }) {
  return (
    <div className={css.columns}>
      <div className={css.stack}>{main}</div>
      <aside className={css.stack}>{side}</aside>
    </div>
  );
}

export const Stack = ({ children }: { children: ReactNode }) => <div className={css.stack}>{children}</div>;

/** Names and values beside each other; empty values are left out. */
export function Facts({ rows }: { rows: [string, ReactNode][] }) {
  return (
    <dl className={css.facts}>
      {rows.map(
        ([name, value]) =>
          value !== undefined &&
          value !== null &&
          value !== "" && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
