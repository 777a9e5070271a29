import { Link, type LinkProps } from "@tanstack/react-router";
import css from "./Tabs.module.css";

type Tab = {
  id: string;
  text: string;
  link: LinkProps;
  exact?: boolean;
  /** Says whether this one is open, where the path alone does not tell. */
  on?: boolean;
};

/** Tabs are routes: each has an address, so that a link to one can be sent. */
export function Tabs({ label, tabs }: { label: string; tabs: Tab[] }) {
  return (
    <nav className={css.tabs} aria-label={label}>
      {tabs.map(({ id, text, link, exact, on }) =>
        on === undefined ? (
          <Link key={id} {...link} activeOptions={{ exact: exact ?? false, includeSearch: false }} activeProps={{ "data-active": true }}>
            {text}
          </Link>
        ) : (
          <Link key={id} {...link} activeOptions={{ exact: true, explicitUndefined: true }} data-active={on || undefined}>
            {text}
          </Link>
        ),
      )}
    </nav>
  );
}
