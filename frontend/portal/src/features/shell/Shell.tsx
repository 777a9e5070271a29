import { ActionIcon, UnstyledButton, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { IconMenu2, IconMoon, IconSearch, IconSun } from "@tabler/icons-react";
import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import { useTenant } from "~/app/useTenant.ts";
import { waitingQuery } from "~/features/approvals/queries.ts";
import { sessionQuery } from "~/features/identity/queries.ts";
import { destinationsOf, menuOf } from "./navigation.ts";
import css from "./Shell.module.css";
import { TenantPath } from "./TenantPath.tsx";
import { UserMenu } from "./UserMenu.tsx";
import { useKeys } from "./useKeys.ts";

const Palette = lazy(() => import("./Palette.tsx"));
const KeysHelp = lazy(() => import("./KeysHelp.tsx"));

export default function Shell() {
  const t = useTranslations("shell");
  const tenant = useTenant();
  const { data: session } = useSuspenseQuery(sessionQuery);
  const [nav, setNav] = useState(false);
  const [over, setOver] = useState<"palette" | "keys">();
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme("light") === "dark";
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const acting = tenant.id !== session.home.id;
  const waiting = useQuery({ ...waitingQuery(tenant.id), enabled: tenant.permissions.includes("approvals:read") });
  const count = waiting.data?.items.length ?? 0;

  const destinations = useMemo(() => destinationsOf(tenant), [tenant]);
  const openPalette = useCallback(() => setOver("palette"), []);
  const openHelp = useCallback(() => setOver("keys"), []);
  const close = useCallback(() => setOver(undefined), []);
  useKeys({ tenant: tenant.id, destinations, openPalette, openHelp });

  // A new page begins at its top, for the eye and for a screen reader alike.
  const shown = useRef(pathname);
  useEffect(() => {
    setNav(false);
    if (shown.current === pathname) return;
    shown.current = pathname;
    main.current?.focus({ preventScroll: true });
  }, [pathname]);

  return (
    <div className={css.frame} data-nav={nav || undefined}>
      <a className={css.skip} href="#main">
        {t("skip")}
      </a>
      <nav
        className={css.nav}
        aria-label={t("nav.label")}
        onKeyDown={(event) => {
          if (event.key === "Escape") setNav(false);
        }}
      >
        <Link to="/t/$tenant" params={{ tenant: session.home.id }} className={css.logo} aria-label={session.brand.product} />
        {menuOf(tenant).map((group) => (
          <div key={group.id} className={css.group}>
            {group.id && <div className={css.heading}>{t(`nav.${group.id}`)}</div>}
            {group.items.map((item) => (
              <Link
                key={item.id}
                to={item.to}
                params={{ tenant: tenant.id }}
                className={css.item}
                activeOptions={{ exact: item.id === "today", includeSearch: false }}
                activeProps={{ "data-active": true }}
              >
                <item.icon size={17} stroke={1.6} aria-hidden="true" />
                <span>{t(`nav.${item.id}`)}</span>
                {item.id === "approvals" && count > 0 && (
                  <span className={css.count}>
                    {waiting.data?.next ? `${count}+` : count}
                    <span className="sr-only"> {t("nav.waiting")}</span>
                  </span>
                )}
              </Link>
            ))}
          </div>
        ))}
      </nav>
      {nav && <button type="button" className={css.veil} aria-label={t("menu")} onClick={() => setNav(false)} />}

      <header className={css.top}>
        <ActionIcon
          className={css.burger}
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={t("menu")}
          aria-expanded={nav}
          onClick={() => setNav(!nav)}
        >
          <IconMenu2 size={19} stroke={1.6} />
        </ActionIcon>
        <TenantPath path={tenant.path} home={session.home.id} />
        <UnstyledButton className={css.search} aria-label={t("search")} aria-keyshortcuts="Control+K" onClick={openPalette}>
          <IconSearch size={15} stroke={1.7} aria-hidden="true" />
          <span>{t("search")}</span>
          <kbd>Ctrl K</kbd>
        </UnstyledButton>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={t("scheme")}
          onClick={() => setColorScheme(dark ? "light" : "dark")}
        >
          {dark ? <IconSun size={17} stroke={1.6} /> : <IconMoon size={17} stroke={1.6} />}
        </ActionIcon>
        <UserMenu session={session} tenant={tenant.id} openHelp={openHelp} />
      </header>

      <main id="main" ref={main} className={css.main} tabIndex={-1}>
        {acting && (
          <div className={css.acting} role="status">
            <span>{t("acting", { name: tenant.name })}</span>
            <Link to="/t/$tenant" params={{ tenant: session.home.id }}>
              {t("stopActing")}
            </Link>
          </div>
        )}
        {tenant.status === "suspended" && (
          <div className={css.acting} data-bad>
            <span>{t("suspended", { name: tenant.name })}</span>
          </div>
        )}
        <Outlet />
      </main>
      <Suspense fallback={null}>
        {over === "palette" && <Palette tenant={tenant.id} destinations={destinations} onClose={close} />}
        {over === "keys" && <KeysHelp destinations={destinations} onClose={close} />}
      </Suspense>
    </div>
  );
}
