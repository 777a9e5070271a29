import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { api, bodyOf, type Schemas } from "~/api/client.ts";
import { useTenantId } from "~/app/useTenant.ts";
import { ConfirmDanger } from "~/ui/ConfirmDanger.tsx";
import { CopyOnce } from "~/ui/CopyOnce.tsx";
import { type Column, DataTable } from "~/ui/DataTable.tsx";
import { Dialog } from "~/ui/Dialog.tsx";
import { EmptyState } from "~/ui/EmptyState.tsx";
import { ErrorPanel } from "~/ui/ErrorPanel.tsx";
import { CheckboxesField, chosen, Form, TextField } from "~/ui/Form.tsx";
import { useFormat } from "~/ui/format.ts";
import { Loading } from "~/ui/Loading.tsx";
import { Stack } from "~/ui/Page.tsx";
import { keysQuery, scopesQuery } from "./queries.ts";

type Key = Schemas["Key"];

export default function Keys() {
  const t = useTranslations("identity");
  const f = useFormat();
  const tenant = useTenantId();
  const client = useQueryClient();
  const keys = useQuery(keysQuery(tenant));
  const scopes = useQuery(scopesQuery(tenant));
  const [making, setMaking] = useState(false);
  const [secret, setSecret] = useState<string>();
  const [revoking, setRevoking] = useState<Key>();
  const renew = () => client.invalidateQueries({ queryKey: keysQuery(tenant).queryKey, exact: true });

  const columns: Column<Key>[] = [
    { id: "name", title: t("keys.name"), heads: true, cell: (key) => key.name },
    { id: "owner", title: t("keys.owner"), cell: (key) => key.user_name },
    {
      id: "scopes",
      title: t("keys.scopes"),
      cell: (key) => (
        <span className="buttons">
          {key.scopes.map((scope) => (
            <span key={scope} className="tag">
              {scope}
            </span>
          ))}
        </span>
      ),
    },
    { id: "used", title: t("keys.used"), cell: (key) => f.ago(key.last_used_at) },
    { id: "expires", title: t("keys.expires"), cell: (key) => (key.expires_at ? f.moment(key.expires_at) : t("keys.noEnd")) },
    {
      id: "actions",
      title: t("keys.actions"),
      cell: (key) =>
        key.actions.includes("revoke") && (
          <Button variant="subtle" color="red" size="compact-sm" onClick={() => setRevoking(key)}>
            {t("keys.revoke")}
          </Button>
        ),
    },
  ];

  return (
    <Stack>
      <div>
        <Button leftSection={<IconPlus size={16} stroke={1.8} />} onClick={() => setMaking(true)}>
          {t("keys.create")}
        </Button>
      </div>
      {secret && <CopyOnce title={t("keys.secretTitle")} values={[[t("keys.secret"), secret]]} onKept={() => setSecret(undefined)} />}
      {keys.isPending ? (
        <Loading />
      ) : keys.isError ? (
        <ErrorPanel error={keys.error} retry={() => void keys.refetch()} />
      ) : keys.data.items.length ? (
        <DataTable label={t("settings.keys")} rows={keys.data.items} columns={columns} keyOf={(key) => key.id} />
      ) : (
        <EmptyState title={t("keys.emptyTitle")} text={t("keys.emptyText")} />
      )}
      {making && (
        <Dialog onClose={() => setMaking(false)} title={t("keys.create")}>
          <Form
            submit={t("keys.create")}
            onSubmit={async (values) => {
              const made = await bodyOf(
                api.POST("/v1/tenants/{tenant}/keys", {
                  params: { path: { tenant } },
                  body: {
                    name: values.name ?? "",
                    scopes: chosen(values, "scopes"),
                    ...(values.expires_at && { expires_at: new Date(values.expires_at).toISOString() }),
                  },
                }),
              );
              setMaking(false);
              setSecret(made.secret);
              await renew();
            }}
          >
            <TextField name="name" label={t("keys.name")} hint={t("keys.nameHint")} required autoFocus autoComplete="off" />
            <CheckboxesField
              name="scopes"
              label={t("keys.scopes")}
              hint={t("keys.scopesHint")}
              options={(scopes.data?.items ?? []).map((scope) => ({ value: scope, label: scope }))}
            />
            <TextField name="expires_at" type="date" label={t("keys.expires")} />
          </Form>
        </Dialog>
      )}
      {revoking && (
        <ConfirmDanger
          title={t("keys.revokeTitle", { name: revoking.name })}
          act={t("keys.revoke")}
          onClose={() => setRevoking(undefined)}
          onConfirm={async () => {
            await api.DELETE("/v1/tenants/{tenant}/keys/{key}", { params: { path: { tenant, key: revoking.id } } });
            await renew();
          }}
        >
          {t("keys.revokeText")}
        </ConfirmDanger>
      )}
    </Stack>
  );
}
