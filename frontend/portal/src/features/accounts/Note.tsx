import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { api, bodyOf, problemOf } from "~/api/client.ts";
import { ErrorPanel } from "~/ui/ErrorPanel.tsx";
import { Form, TextAreaField } from "~/ui/Form.tsx";
import { useFormat } from "~/ui/format.ts";
import { say } from "~/ui/Notices.tsx";
import { Panel } from "~/ui/Page.tsx";
import { noteQuery } from "./queries.ts";

/** A private note: the platform shows it to the writer's own people only, so elsewhere it does not exist. */
export function Note({ tenant, account }: { tenant: string; account: string }) {
  const t = useTranslations("accounts");
  const ui = useTranslations("ui");
  const f = useFormat();
  const client = useQueryClient();
  const note = useQuery(noteQuery(tenant, account));
  if (note.isPending) return null;
  if (note.error && problemOf(note.error).code !== "not_found") return <ErrorPanel error={note.error} retry={() => void note.refetch()} />;
  const { text, author, updated_at } = note.data ?? { text: "" };
  return (
    <Panel title={t("note.title")} lead={updated_at && t("note.by", { author: author ?? "", when: f.ago(updated_at) })}>
      <Form
        key={updated_at}
        submit={ui("act.save")}
        onSubmit={async (values) => {
          const saved = await bodyOf(
            api.PUT("/v1/tenants/{tenant}/accounts/{account}/note", {
              params: { path: { tenant, account } },
              body: { text: values.text ?? "" },
            }),
          );
          client.setQueryData(noteQuery(tenant, account).queryKey, saved);
          say(ui("saved"));
        }}
      >
        <TextAreaField name="text" label={t("note.text")} value={text} />
      </Form>
    </Panel>
  );
}
