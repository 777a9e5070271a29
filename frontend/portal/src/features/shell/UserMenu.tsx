import { Menu, UnstyledButton } from "@mantine/core";
import { IconKeyboard, IconLogout, IconUserCircle } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useLocale, useTranslations } from "use-intl";
import { api, type Schemas } from "~/api/client.ts";
import { asLocale, type Locale, locales, setLocale } from "~/i18n/i18n.tsx";
import { refuse } from "~/ui/Notices.tsx";
import css from "./Shell.module.css";

const initials = (name: string) =>
  name
    .split(/\s+/)
    .map((part) => part[0] ?? "")
    .filter((_, i, all) => i === 0 || i === all.length - 1)
    .join("")
    .toUpperCase();

export function UserMenu({ session, tenant, openHelp }: { session: Schemas["Session"]; tenant: string; openHelp: () => void }) {
  const t = useTranslations("shell");
  const locale = useLocale();
  const go = useNavigate();
  const client = useQueryClient();
  const speak = (wanted: Locale) => {
    void setLocale(wanted);
    api.PATCH("/v1/session", { body: { locale: wanted } }).catch(refuse);
  };
  const signOut = async () => {
    try {
      await api.DELETE("/v1/session");
      client.clear();
      await go({ to: "/sign-in", search: {} });
    } catch (thrown) {
      refuse(thrown);
    }
  };
  return (
    <Menu position="bottom-end" width={230}>
      <Menu.Target>
        <UnstyledButton className={css.me} aria-label={t("me.menu")}>
          {initials(session.user.name)}
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {session.user.name}
          <br />
          {session.user.email}
        </Menu.Label>
        <Menu.Item
          leftSection={<IconUserCircle size={16} stroke={1.6} />}
          onClick={() => void go({ to: "/t/$tenant/settings/me", params: { tenant } })}
        >
          {t("me.settings")}
        </Menu.Item>
        <Menu.Item leftSection={<IconKeyboard size={16} stroke={1.6} />} onClick={openHelp}>
          {t("me.keys")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>{t("me.language")}</Menu.Label>
        <Menu.RadioGroup value={locale} onChange={(wanted) => speak(asLocale(wanted))}>
          {locales.map((other) => (
            <Menu.RadioItem key={other} value={other} lang={other} closeMenuOnClick>
              {new Intl.DisplayNames(other, { type: "language" }).of(other)}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} stroke={1.6} />} onClick={() => void signOut()}>
          {t("me.signOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
