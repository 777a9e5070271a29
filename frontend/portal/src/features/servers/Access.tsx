import { Checkbox } from "@mantine/core";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { api, bodyOf, type Schemas } from "~/api/client.ts";
import { childrenQuery } from "~/features/tenancy/queries.ts";
import { ErrorPanel } from "~/ui/ErrorPanel.tsx";
import { Form } from "~/ui/Form.tsx";
import { Loading } from "~/ui/Loading.tsx";
import { say } from "~/ui/Notices.tsx";
import { Panel } from "~/ui/Page.tsx";
import { accessQuery } from "./queries.ts";
import css from "./ServerPage.module.css";

/** Which sellers directly below may create accounts of which type on a server. */
export function Access({ tenant, server }: { tenant: string; server: Schemas["Server"] }) {
  const t = useTranslations("servers");
  const ui = useTranslations("ui");
  const client = useQueryClient();
  const access = useQuery(accessQuery(tenant, server.id));
  const children = useInfiniteQuery(childrenQuery(tenant, undefined));
  const failed = access.error ?? children.error;
  if (failed) return <ErrorPanel error={failed} retry={() => void Promise.all([access.refetch(), children.refetch()])} />;
  if (!access.data || !children.data) return <Loading />;
  const sellers = children.data.pages.flatMap((page) => page.items);
  const given = new Map(access.data.items.map((item) => [item.tenant, item.types]));
  if (!sellers.length) return null;
  return (
    <Panel title={t("access.title")} lead={t("access.lead", { name: server.owner.name })}>
      <Form
        submit={ui("act.save")}
        onSubmit={async (values) => {
          // Only who may not sell everything is listed.
          const items = sellers
            .map((seller) => ({ tenant: seller.id, types: server.types.filter((type) => values[`${seller.id} ${type}`]) }))
            .filter((item) => item.types.length < server.types.length);
          const saved = await bodyOf(
            api.PUT("/v1/tenants/{tenant}/servers/{server}/access", {
              params: { path: { tenant, server: server.id } },
              body: { items },
            }),
          );
          client.setQueryData(accessQuery(tenant, server.id).queryKey, saved);
          say(ui("saved"));
        }}
      >
        <div className={css.sellers}>
          {sellers.map((seller) => (
            <div key={seller.id} className={css.seller}>
              <b>{seller.name}</b>
              <span>
                {server.types.map((type) => (
                  <Checkbox
                    key={type}
                    size="xs"
                    name={`${seller.id} ${type}`}
                    value="on"
                    defaultChecked={given.get(seller.id)?.includes(type) ?? true}
                    label={type === "basic" ? ui("accountType.basic") : ui("accountType.online")}
                    aria-label={`${seller.name}: ${type === "basic" ? ui("accountType.basic") : ui("accountType.online")}`}
                  />
                ))}
              </span>
            </div>
          ))}
        </div>
      </Form>
    </Panel>
  );
}
