import { Button, NativeSelect } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocale, useTranslations } from "use-intl";
import { api, bodyOf, ifMatch, type Schemas } from "~/api/client.ts";
import { useTenant } from "~/app/useTenant.ts";
import { locales } from "~/i18n/i18n.tsx";
import { ConfirmDanger } from "~/ui/ConfirmDanger.tsx";
import { CopyOnce } from "~/ui/CopyOnce.tsx";
import { type Column, DataTable } from "~/ui/DataTable.tsx";
import { Dialog } from "~/ui/Dialog.tsx";
import { EmptyState } from "~/ui/EmptyState.tsx";
import { ErrorPanel } from "~/ui/ErrorPanel.tsx";
import { Form, SelectField, TextField } from "~/ui/Form.tsx";
import { useFormat } from "~/ui/format.ts";
import { Loading } from "~/ui/Loading.tsx";
import { refuse, say } from "~/ui/Notices.tsx";
import { Stack } from "~/ui/Page.tsx";
import { RowMenu } from "~/ui/RowMenu.tsx";
import { rolesQuery, usersQuery } from "./queries.ts";
import { useRoleName } from "./useRoleName.ts";

type User = Schemas["User"];
const tone = { invited: "attention", active: "ok", disabled: "bad" } as const;

export default function People() {
  const t = useTranslations("identity");
  const ui = useTranslations("ui");
  const f = useFormat();
  const tenant = useTenant();
  const client = useQueryClient();
  const roleName = useRoleName();
  const users = useQuery(usersQuery(tenant.id));
  const manages = tenant.permissions.includes("users:manage");
  const roles = useQuery({ ...rolesQuery(tenant.id), enabled: manages });
  const [inviting, setInviting] = useState(false);
  const [removing, setRemoving] = useState<User>();
  const [resetting, setResetting] = useState<User>();
  const [link, setLink] = useState<{ name: string; url: string }>();
  const renew = () => client.invalidateQueries({ queryKey: usersQuery(tenant.id).queryKey });

  const given = (roles.data?.items ?? []).filter((role) => role.may_give).map(({ role }) => ({ value: role, label: roleName(role) }));
  const changeRole = (user: User, role: string) =>
    api
      .PATCH("/v1/tenants/{tenant}/users/{user}", {
        params: { path: { tenant: tenant.id, user: user.id }, header: ifMatch(user.version) },
        body: { role },
      })
      .then(() => say(ui("saved")), refuse)
      .finally(renew);
  const newLink = (user: User) =>
    bodyOf(api.POST("/v1/tenants/{tenant}/users/{user}/link", { params: { path: { tenant: tenant.id, user: user.id } } })).then(
      (made) => setLink({ name: user.name, url: made.link }),
      refuse,
    );

  const columns: Column<User>[] = [
    { id: "name", title: t("people.name"), heads: true, cell: (user) => user.name },
    { id: "email", title: t("people.email"), cell: (user) => user.email },
    {
      id: "role",
      title: t("people.role"),
      cell: (user) =>
        user.actions.includes("change_role") && given.some((role) => role.value === user.role) ? (
          <NativeSelect
            aria-label={`${t("people.role")}: ${user.name}`}
            data={given}
            value={user.role}
            onChange={(event) => void changeRole(user, event.currentTarget.value)}
          />
        ) : (
          roleName(user.role)
        ),
    },
    {
      id: "status",
      title: t("people.status"),
      corner: true,
      cell: (user) => (
        <span className="tag" data-tone={tone[user.status]}>
          {t(`people.state.${user.status}`)}
        </span>
      ),
    },
    {
      id: "factor",
      title: t("factor.title"),
      cell: (user) =>
        user.second_factor_since ? t("people.factorSince", { since: f.date(user.second_factor_since) }) : t("people.factorNone"),
    },
    {
      id: "seen",
      title: t("people.seen"),
      cell: (user) => (user.made_below ? `${f.ago(user.last_seen_at)} · ${t("people.below")}` : f.ago(user.last_seen_at)),
    },
    {
      id: "actions",
      title: t("people.actions"),
      cell: (user) => (
        <RowMenu
          name={user.name}
          acts={[
            ...(user.actions.includes("send_link") ? [{ text: t("people.newLink"), act: () => void newLink(user) }] : []),
            ...(user.actions.includes("reset_second_factor") ? [{ text: t("people.resetFactor"), act: () => setResetting(user) }] : []),
            ...(user.actions.includes("remove") ? [{ text: t("people.remove"), act: () => setRemoving(user), danger: true }] : []),
          ]}
        />
      ),
    },
  ];

  return (
    <Stack>
      {manages && (
        <div>
          <Button leftSection={<IconPlus size={16} stroke={1.8} />} onClick={() => setInviting(true)}>
            {t("people.invite")}
          </Button>
        </div>
      )}
      {link && (
        <CopyOnce
          title={`${t("people.linkTitle", { name: link.name })}. ${t("people.linkText")}`}
          values={[[t("people.link"), link.url]]}
          onKept={() => setLink(undefined)}
        />
      )}
      {users.isPending ? (
        <Loading />
      ) : users.isError ? (
        <ErrorPanel error={users.error} retry={() => void users.refetch()} />
      ) : users.data.items.length ? (
        <DataTable label={t("settings.people")} rows={users.data.items} columns={columns} keyOf={(user) => user.id} />
      ) : (
        <EmptyState title={t("people.emptyTitle")} text={t("people.emptyText")} />
      )}
      {inviting && (
        <Dialog onClose={() => setInviting(false)} title={t("people.invite")}>
          <Invite
            tenant={tenant.id}
            roles={given}
            onDone={(name, url) => {
              setInviting(false);
              setLink({ name, url });
              void renew();
            }}
          />
        </Dialog>
      )}
      {resetting && (
        <ConfirmDanger
          title={t("people.resetTitle", { name: resetting.name })}
          act={t("people.resetFactor")}
          onClose={() => setResetting(undefined)}
          onConfirm={async () => {
            const path = { tenant: tenant.id, user: resetting.id };
            await api.DELETE("/v1/tenants/{tenant}/users/{user}/second-factor", { params: { path } });
            say(t("people.resetDone"));
            await renew();
          }}
        >
          {t("people.resetText", { name: resetting.name })}
        </ConfirmDanger>
      )}
      {removing && (
        <ConfirmDanger
          title={t("people.removeTitle", { name: removing.name })}
          name={removing.name}
          act={t("people.remove")}
          onClose={() => setRemoving(undefined)}
          onConfirm={async () => {
            await api.DELETE("/v1/tenants/{tenant}/users/{user}", { params: { path: { tenant: tenant.id, user: removing.id } } });
            say(t("people.removed"));
            await renew();
          }}
        >
          {t("people.removeText")}
        </ConfirmDanger>
      )}
    </Stack>
  );
}

type InviteProps = { tenant: string; roles: { value: string; label: string }[]; onDone: (name: string, url: string) => void };

function Invite({ tenant, roles, onDone }: InviteProps) {
  const t = useTranslations("identity");
  const f = useFormat();
  const locale = useLocale();
  return (
    <Form
      submit={t("people.invite")}
      onSubmit={async (values) => {
        const made = await bodyOf(
          api.POST("/v1/tenants/{tenant}/users", {
            params: { path: { tenant } },
            body: {
              name: values.name ?? "",
              email: values.email ?? "",
              role: values.role ?? "",
              locale: values.locale ?? locale,
            },
          }),
        );
        onDone(made.user.name, made.link);
      }}
    >
      <TextField name="name" label={t("people.name")} required autoFocus autoComplete="off" />
      <TextField name="email" type="email" label={t("people.email")} required autoComplete="off" />
      <SelectField name="role" label={t("people.role")} options={roles.toReversed()} />
      <SelectField
        name="locale"
        label={t("people.locale")}
        value={locale}
        options={locales.map((value) => ({ value, label: f.language(value) }))}
      />
    </Form>
  );
}
