import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { api, bodyOf, type Schemas } from "~/api/client.ts";
import { ConfirmDanger } from "~/ui/ConfirmDanger.tsx";
import { Copyable, CopyOnce } from "~/ui/CopyOnce.tsx";
import { Panel, Stack } from "~/ui/Page.tsx";
import { accountQuery, loginsKey } from "./queries.ts";
import { useAccount } from "./useAccount.ts";

type Device = Schemas["Device"];
type Login = Schemas["Login"];

/** Without the login in it: restic looks at its environment only where the address names nobody. */
export const bareAddress = (address: string) => address.replace(/\/\/[^@/]*@/, "//");

/** In single quotes a shell takes every character as it stands. */
export const quoted = (value: string) => `'${value.replaceAll("'", String.raw`'\''`)}'`;

export default function AccountConnect() {
  const t = useTranslations("accounts");
  const client = useQueryClient();
  const { tenant, account } = useAccount();
  const [renewing, setRenewing] = useState<Device>();
  const key = loginsKey(tenant.id, account.id);
  const { data: logins } = useQuery<Login[]>({ queryKey: key, queryFn: () => [], enabled: false, gcTime: Number.POSITIVE_INFINITY });
  const shown = logins ?? [];
  const deviceName = (login: Login) => account.devices.find((device) => device.login === login.login)?.name ?? login.login;

  return (
    <Stack>
      {shown.map((login) => (
        <CopyOnce
          key={login.login}
          title={t("connect.logins", { device: deviceName(login) })}
          values={[
            [t("connect.login"), login.login],
            [t("connect.password"), login.password],
          ]}
          onKept={() =>
            client.setQueryData(
              key,
              shown.filter((other) => other !== login),
            )
          }
        />
      ))}
      <p className="quiet">{t("connect.lead")}</p>
      {account.devices.map((device) => {
        const password = shown.find((login) => login.login === device.login)?.password;
        return (
          <Panel
            key={device.id}
            title={device.name}
            aside={
              account.actions.includes("new_password") && (
                <Button variant="default" size="compact-sm" onClick={() => setRenewing(device)}>
                  {t("connect.newPassword")}
                </Button>
              )
            }
          >
            <Copyable label={t("connect.login")} value={device.login} />
            <Copyable label={t("connect.address")} value={bareAddress(device.address)} />
            <Copyable
              block
              label={t("connect.env")}
              value={[
                `export RESTIC_REPOSITORY=${quoted(bareAddress(device.address))}`,
                `export RESTIC_REST_USERNAME=${quoted(device.login)}`,
                `export RESTIC_REST_PASSWORD=${password ? quoted(password) : `'…'   # ${t("connect.yourPassword")}`}`,
              ].join("\n")}
            />
            <Copyable block label={t("connect.init")} value="restic init" />
            <Copyable block label={t("connect.backup")} value="restic backup ~/Documents" />
            <Copyable block label={t("connect.list")} value="restic snapshots" />
            <Copyable block label={t("connect.restore")} value="restic restore latest --target ~/restored" />
          </Panel>
        );
      })}
      {renewing && (
        <ConfirmDanger
          title={t("connect.newPasswordTitle", { device: renewing.name })}
          act={t("connect.newPassword")}
          onClose={() => setRenewing(undefined)}
          onConfirm={async () => {
            const made = await bodyOf(
              api.POST("/v1/tenants/{tenant}/accounts/{account}/devices/{device}/password", {
                params: { path: { tenant: tenant.id, account: account.id, device: renewing.id } },
              }),
            );
            client.setQueryData(key, [...shown.filter((login) => login.login !== made.login), made]);
            await client.invalidateQueries({ queryKey: accountQuery(tenant.id, account.id).queryKey });
          }}
        >
          {t("connect.newPasswordText")}
        </ConfirmDanger>
      )}
    </Stack>
  );
}
