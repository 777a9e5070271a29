import { useQuery } from "@tanstack/react-query";
import { type LinkProps, Outlet } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import { useTenant } from "~/app/useTenant.ts";
import { outboxQuery } from "~/features/notifications/queries.ts";
import { Page } from "~/ui/Page.tsx";
import { Tabs } from "~/ui/Tabs.tsx";

export default function SettingsPage() {
  const t = useTranslations("identity");
  const tenant = useTenant();
  const params = { tenant: tenant.id };
  const may = (permission: string) => tenant.permissions.includes(permission);
  // Only a platform that keeps mails instead of sending them has one.
  const outbox = useQuery({ ...outboxQuery(tenant.id), enabled: may("platform:operate") });
  const page = (to: LinkProps["to"]): LinkProps => ({ to, params }) as LinkProps;
  const sells = tenant.level !== "customer" && tenant.level !== "site";
  return (
    <Page title={t("settings.title")} lead={tenant.name}>
      <Tabs
        label={t("settings.title")}
        tabs={[
          ...(may("users:read") ? [{ id: "people", text: t("settings.people"), link: page("/t/$tenant/settings"), exact: true }] : []),
          ...(may("apikeys:manage") ? [{ id: "keys", text: t("settings.keys"), link: page("/t/$tenant/settings/keys") }] : []),
          ...(sells ? [{ id: "brand", text: t("settings.brand"), link: page("/t/$tenant/settings/brand") }] : []),
          ...(may("audit:read") ? [{ id: "activity", text: t("settings.activity"), link: page("/t/$tenant/settings/activity") }] : []),
          ...(outbox.isSuccess ? [{ id: "outbox", text: t("settings.outbox"), link: page("/t/$tenant/settings/outbox") }] : []),
          { id: "me", text: t("settings.me"), link: page("/t/$tenant/settings/me") },
        ]}
      />
      <Outlet />
    </Page>
  );
}
