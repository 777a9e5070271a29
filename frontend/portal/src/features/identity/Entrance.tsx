import { useSuspenseQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useLocale, useTranslations } from "use-intl";
import { publicBrandQuery } from "~/features/branding/queries.ts";
import { locales, setLocale } from "~/i18n/i18n.tsx";
import css from "./SignIn.module.css";

/** A drawing of the product's own sign: rows of days, nearly all of them calm. */
const bar = (i: number, row: number) => {
  const tall = (row * 31 + i * 17) % 23 === 0 ? 26 : (row * 13 + i * 29) % 31 === 0 ? 17 : 9;
  return `M${i * 17} ${row * 40 + 30 - tall}h10v${tall}h-10z`;
};
const rows = Array.from({ length: 16 }, (_, row) => ({
  id: `row ${row}`,
  d: Array.from({ length: 28 }, (_, i) => bar(i, row)).join(""),
  opacity: 0.16 + ((row * 5) % 7) * 0.035,
}));

/** The frame of the pages before signing in: the brand of this host, its help and the languages. */
export function Entrance({ children }: { children: ReactNode }) {
  const t = useTranslations("identity");
  const locale = useLocale();
  const { data: brand } = useSuspenseQuery(publicBrandQuery);
  const phone = brand.support_phone;
  const mail = brand.support_email;
  return (
    <div className={css.page}>
      <div className={css.side}>
        <header className={css.brand}>
          <div className={css.logo} role="img" aria-label={brand.product} />
        </header>
        <main className={css.form}>{children}</main>
        <footer className={css.foot}>
          <p>
            {(phone || mail) && t("signIn.help")} {phone && <a href={`tel:${phone.replaceAll(" ", "")}`}>{phone}</a>}{" "}
            {mail && <a href={`mailto:${mail}`}>{mail}</a>}
          </p>
          <nav aria-label={t("language")}>
            {locales.map((l) => (
              <button key={l} type="button" lang={l} aria-pressed={l === locale} onClick={() => void setLocale(l)}>
                {new Intl.DisplayNames(l, { type: "language" }).of(l)}
              </button>
            ))}
          </nav>
        </footer>
      </div>
      <div className={css.art} aria-hidden="true">
        <svg aria-hidden="true" viewBox="0 0 476 640" preserveAspectRatio="xMinYMid slice">
          {rows.map(({ id, d, opacity }) => (
            <path key={id} d={d} opacity={opacity} />
          ))}
        </svg>
      </div>
    </div>
  );
}
