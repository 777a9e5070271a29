import "@mantine/core/styles/ScrollArea.layer.css";
import "@mantine/spotlight/styles.layer.css";
import { Spotlight, type SpotlightActionGroupData, spotlight } from "@mantine/spotlight";
import { IconBuildingStore, IconDatabase, IconSearch, IconServer2, IconUsers } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useDeferredValue, useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import type { Schemas } from "~/api/client.ts";
import { searchQuery } from "~/features/overview/queries.ts";
import type { Destination } from "./navigation.ts";

type Found = Schemas["Found"];
const iconOf = { customer: IconUsers, account: IconDatabase, tenant: IconBuildingStore, server: IconServer2 } as const;

/** Searches customers, accounts, companies and servers of the tenant, and knows every page. */
export default function Palette({ tenant, destinations, onClose }: { tenant: string; destinations: Destination[]; onClose: () => void }) {
  const t = useTranslations("shell");
  const go = useNavigate();
  const [q, setQ] = useState("");
  const wanted = useDeferredValue(q.trim());
  const { data } = useQuery(searchQuery(tenant, wanted));
  useEffect(() => spotlight.open(), []);

  const open = ({ kind, id }: Found) => {
    if (kind === "customer") void go({ to: "/t/$tenant/customers/$customer", params: { tenant, customer: id } });
    else if (kind === "account") void go({ to: "/t/$tenant/accounts/$account", params: { tenant, account: id } });
    else if (kind === "server") void go({ to: "/t/$tenant/servers/$server", params: { tenant, server: id } });
    else void go({ to: "/t/$tenant", params: { tenant: id } });
  };
  const groups: SpotlightActionGroupData[] = [
    {
      group: t("palette.found"),
      actions: (wanted.length > 1 ? (data?.items ?? []) : []).map((found) => {
        const Icon = iconOf[found.kind] ?? IconDatabase;
        return {
          id: found.id,
          label: found.title,
          description: [t(`palette.kind.${found.kind}`), found.detail].filter(Boolean).join(" · "),
          leftSection: <Icon size={17} stroke={1.6} />,
          onClick: () => open(found),
        };
      }),
    },
    {
      group: t("palette.pages"),
      actions: destinations
        .map((page) => ({ page, label: t(`nav.${page.id}`) }))
        .filter(({ label }) => label.toLowerCase().includes(wanted.toLowerCase()))
        .map(({ page, label }) => ({
          id: page.id,
          label,
          leftSection: <page.icon size={17} stroke={1.6} />,
          onClick: () => void go({ to: page.to, params: { tenant } }),
        })),
    },
  ].filter((group) => group.actions.length);

  return (
    <Spotlight
      onSpotlightClose={onClose}
      shortcut={null}
      lockScroll={false}
      query={q}
      onQueryChange={setQ}
      filter={(_, actions) => actions}
      attributes={{ content: { "aria-label": t("search") } }}
      overlayProps={{ backgroundOpacity: 0.28, blur: 0 }}
      searchProps={{ placeholder: t("search"), "aria-label": t("search"), leftSection: <IconSearch size={16} stroke={1.7} /> }}
      nothingFound={t("palette.none")}
      highlightQuery={false}
      scrollable
      maxHeight={420}
      actions={groups}
    />
  );
}
