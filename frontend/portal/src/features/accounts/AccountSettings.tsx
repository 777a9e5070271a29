import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useLocale, useTranslations } from "use-intl";
import { api, bodyOf, ifMatch, problemOf, type Schemas } from "~/api/client.ts";
import { Dialog } from "~/ui/Dialog.tsx";
import { CheckboxesField, chosen, Form, TextAreaField, TextField } from "~/ui/Form.tsx";
import { useFormat } from "~/ui/format.ts";
import { say } from "~/ui/Notices.tsx";
import { Facts, Panel, Stack } from "~/ui/Page.tsx";
import { gigabyte, PlanFields, planInput, quotaBytes } from "./AccountFields.tsx";
import css from "./AccountPage.module.css";
import { accountQuery, loginsKey } from "./queries.ts";
import { useAccount } from "./useAccount.ts";
import { useAccountWords } from "./useAccountWords.ts";

type Account = Schemas["Account"];
type Device = Schemas["Device"];
type BackupSet = Schemas["Set"];

export default function AccountSettings() {
  const t = useTranslations("accounts");
  const ui = useTranslations("ui");
  const f = useFormat();
  const locale = useLocale();
  const words = useAccountWords();
  const go = useNavigate();
  const client = useQueryClient();
  const { tenant, account } = useAccount();
  const [cutting, setCutting] = useState(false);
  const [open, setOpen] = useState<"device" | { device: Device; set: BackupSet }>();
  const path = { tenant: tenant.id, account: account.id };
  const key = accountQuery(tenant.id, account.id).queryKey;
  const reload = () => void client.invalidateQueries({ queryKey: key });
  const may = (action: string) => account.actions.includes(action);
  const keep = (saved: Account) => {
    client.setQueryData(key, saved);
    say(ui("saved"));
  };
  const change = (body: { quota_bytes?: number; modules?: string[]; reason?: string }) =>
    bodyOf(api.PATCH("/v1/tenants/{tenant}/accounts/{account}", { params: { path, header: ifMatch(account.version) }, body })).then(keep);

  return (
    <Stack>
      <Panel title={t("settings.quota")}>
        {account.quota_cut && (
          <p>
            {t("cut.waits", { quota: f.bytes(account.quota_cut.quota_bytes) })}{" "}
            <Link to="/t/$tenant/approvals/$approval" params={{ tenant: tenant.id, approval: account.quota_cut.approval }} className="link">
              {t("removal.see")}
            </Link>
          </p>
        )}
        {may("change_quota") ? (
          <Form
            key={`quota ${account.version}`}
            submit={ui("act.save")}
            onReload={reload}
            onSubmit={({ quota_bytes, reason }) =>
              change({ quota_bytes: quotaBytes(quota_bytes), ...(reason && { reason }) }).catch((thrown) => {
                // The platform says when a second person has to agree: what he needs to read is asked for then.
                if (problemOf(thrown).code === "approval_required") setCutting(true);
                throw thrown;
              })
            }
          >
            <TextField
              name="quota_bytes"
              label={t("field.quota")}
              value={String(account.quota_bytes / gigabyte)}
              required
              autoComplete="off"
            />
            {cutting && <TextAreaField name="reason" label={t("cut.reason")} hint={t("cut.hint")} required />}
          </Form>
        ) : (
          <Facts rows={[[t("field.quota"), String(account.quota_bytes / gigabyte)]]} />
        )}
      </Panel>
      {may("change_modules") && account.modules.length > 0 && (
        <Panel title={t("settings.modules")}>
          <Form
            key={`modules ${account.version}`}
            submit={ui("act.save")}
            onReload={reload}
            onSubmit={(values) => change({ modules: chosen(values, "modules") })}
          >
            <CheckboxesField
              name="modules"
              label={t("settings.modules")}
              value={account.modules.join(",")}
              options={account.modules.map((value) => ({ value, label: value }))}
            />
          </Form>
        </Panel>
      )}
      <Panel
        title={t("settings.devices")}
        aside={
          may("add_device") && (
            <Button variant="default" size="compact-sm" leftSection={<IconPlus size={14} />} onClick={() => setOpen("device")}>
              {t("settings.addDevice")}
            </Button>
          )
        }
      >
        {account.devices.map((device) => (
          <div key={device.id} className={css.device}>
            <div className={css.deviceHead}>
              <b>{device.name}</b>
              <code className="mono">{device.login}</code>
            </div>
            <ul className={css.sets}>
              {device.sets.map((set) => (
                <li key={set.id}>
                  <span>
                    {set.name} · {words.plan(set.plan, locale)}
                    {set.plan && set.plan.every !== "none" && ` (${set.plan.time_zone})`}
                  </span>
                  {may("edit_sets") && (
                    <Button
                      variant="subtle"
                      size="compact-sm"
                      aria-label={`${t("settings.editSet")}: ${device.name}`}
                      onClick={() => setOpen({ device, set })}
                    >
                      {t("settings.editSet")}
                    </Button>
                  )}
                </li>
              ))}
            </ul>
          </div>
        ))}
      </Panel>
      {open === "device" && (
        <Dialog onClose={() => setOpen(undefined)} title={t("settings.addDevice")}>
          <Form
            submit={t("settings.addDevice")}
            onSubmit={async (values) => {
              const made = await bodyOf(
                api.POST("/v1/tenants/{tenant}/accounts/{account}/devices", {
                  params: { path },
                  body: { name: values.name ?? "", plan: planInput(values, tenant.time_zone) },
                }),
              );
              client.setQueryData(key, made.account);
              client.setQueryData<Schemas["Login"][]>(loginsKey(tenant.id, account.id), (old) => [...(old ?? []), ...made.logins]);
              await go({ to: "/t/$tenant/accounts/$account/connect", params: path });
            }}
          >
            <TextField name="name" label={t("settings.deviceName")} required autoFocus autoComplete="off" />
            <PlanFields />
          </Form>
        </Dialog>
      )}
      {typeof open === "object" && (
        <Dialog onClose={() => setOpen(undefined)} title={`${t("settings.editSet")}: ${open.device.name}`}>
          <Form
            submit={ui("act.save")}
            onReload={reload}
            onSubmit={async (values) => {
              const saved = await bodyOf(
                api.PATCH("/v1/tenants/{tenant}/accounts/{account}/devices/{device}/sets/{set}", {
                  params: { path: { ...path, device: open.device.id, set: open.set.id } },
                  body: { name: values.name ?? open.set.name, plan: planInput(values, open.set.plan?.time_zone || tenant.time_zone) },
                }),
              );
              keep(saved);
              setOpen(undefined);
            }}
          >
            <TextField name="name" label={t("settings.setName")} value={open.set.name} required autoComplete="off" />
            <PlanFields plan={open.set.plan} />
          </Form>
        </Dialog>
      )}
    </Stack>
  );
}
