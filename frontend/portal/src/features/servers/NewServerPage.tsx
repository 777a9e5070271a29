import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import { api, bodyOf } from "~/api/client.ts";
import { useTenantId } from "~/app/useTenant.ts";
import { chosen, Form } from "~/ui/Form.tsx";
import { Page, Panel } from "~/ui/Page.tsx";
import { serversQuery } from "./queries.ts";
import { ServerFields } from "./ServerFields.tsx";

export default function NewServerPage() {
  const t = useTranslations("servers");
  const tenant = useTenantId();
  const go = useNavigate();
  const client = useQueryClient();
  return (
    <Page
      width="form"
      title={t("create")}
      lead={<p>{t("emptyText")}</p>}
      back={{ label: t("title"), link: { to: "/t/$tenant/servers", params: { tenant } } }}
    >
      <Panel>
        <Form
          submit={t("create")}
          onSubmit={async (values) => {
            const made = await bodyOf(
              api.POST("/v1/tenants/{tenant}/servers", {
                params: { path: { tenant } },
                body: { name: values.name ?? "", host: values.host ?? "", types: chosen(values, "types") },
              }),
            );
            await client.invalidateQueries({ queryKey: serversQuery(tenant).queryKey });
            await go({ to: "/t/$tenant/servers/$server", params: { tenant, server: made.id } });
          }}
        >
          <ServerFields />
        </Form>
      </Panel>
    </Page>
  );
}
