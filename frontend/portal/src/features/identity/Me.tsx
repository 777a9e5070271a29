import { Button } from "@mantine/core";
import { useQuery, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { api, bodyOf, type Schemas } from "~/api/client.ts";
import { asLocale, locales, setLocale } from "~/i18n/i18n.tsx";
import { type Column, DataTable } from "~/ui/DataTable.tsx";
import { Form, PasswordField, SelectField, TextField } from "~/ui/Form.tsx";
import { useFormat } from "~/ui/format.ts";
import { refuse, say } from "~/ui/Notices.tsx";
import { Panel, Stack } from "~/ui/Page.tsx";
import { sessionQuery, sessionsQuery } from "./queries.ts";
import { SecondFactor } from "./SecondFactor.tsx";

type Row = Schemas["SessionRow"];

export default function Me() {
  const t = useTranslations("identity");
  const ui = useTranslations("ui");
  const f = useFormat();
  const client = useQueryClient();
  const { data: session } = useSuspenseQuery(sessionQuery);
  const sessions = useQuery(sessionsQuery);
  const end = (row: Row) =>
    api
      .DELETE("/v1/session/list/{session}", { params: { path: { session: row.id } } })
      .catch(refuse)
      .finally(() => client.invalidateQueries({ queryKey: sessionsQuery.queryKey }));
  const columns: Column<Row>[] = [
    { id: "client", title: t("me.client"), heads: true, cell: (row) => row.client },
    { id: "address", title: t("me.address"), cell: (row) => row.address },
    { id: "seen", title: t("me.seen"), cell: (row) => f.ago(row.last_seen_at) },
    {
      id: "end",
      title: t("people.actions"),
      cell: (row) =>
        row.current ? (
          <span className="tag">{t("me.this")}</span>
        ) : (
          <Button variant="default" size="compact-sm" onClick={() => void end(row)}>
            {t("me.end")}
          </Button>
        ),
    },
  ];
  return (
    <Stack>
      <Panel title={t("me.details")} lead={session.user.email}>
        <Form
          submit={ui("act.save")}
          onSubmit={async (values) => {
            const locale = asLocale(values.locale ?? "");
            const saved = await bodyOf(api.PATCH("/v1/session", { body: { name: values.name ?? "", locale } }));
            client.setQueryData(sessionQuery.queryKey, saved);
            await setLocale(locale);
            say(ui("saved"));
          }}
        >
          <TextField name="name" label={t("me.name")} value={session.user.name} required autoComplete="name" />
          <SelectField
            name="locale"
            label={t("me.locale")}
            value={session.user.locale}
            options={locales.map((value) => ({ value, label: f.language(value) }))}
          />
        </Form>
      </Panel>
      <Panel title={t("me.password")}>
        <Form
          submit={t("me.change")}
          onSubmit={async (values) => {
            await api.POST("/v1/session/password", { body: { current: values.current ?? "", new: values.new ?? "" } });
            say(t("me.changed"));
          }}
        >
          <PasswordField name="current" label={t("me.current")} required autoComplete="current-password" />
          <PasswordField name="new" label={t("me.new")} hint={t("link.rule")} required autoComplete="new-password" />
        </Form>
      </Panel>
      <SecondFactor />
      {sessions.data && (
        <>
          <h2>{t("me.sessions")}</h2>
          <DataTable label={t("me.sessions")} rows={sessions.data.items} columns={columns} keyOf={(row) => row.id} />
        </>
      )}
    </Stack>
  );
}
