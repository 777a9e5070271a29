import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import type { Schemas } from "~/api/client.ts";
import { useTenant } from "~/app/useTenant.ts";
import { type Column, DataTable } from "~/ui/DataTable.tsx";
import { EmptyState } from "~/ui/EmptyState.tsx";
import { useFormat } from "~/ui/format.ts";
import { List } from "~/ui/List.tsx";
import css from "./Activity.module.css";
import { activityQuery } from "./queries.ts";

type Change = Schemas["Activity"];

export default function Activity() {
  const t = useTranslations("overview");
  const f = useFormat();
  const tenant = useTenant();
  const query = useInfiniteQuery(activityQuery(tenant.id));
  const columns: Column<Change>[] = [
    {
      id: "what",
      title: t("activity.what"),
      heads: true,
      cell: (change) => <code className="mono">{change.action}</code>,
    },
    { id: "subject", title: t("activity.subject"), cell: (change) => change.name || change.subject },
    {
      id: "who",
      title: t("activity.who"),
      cell: ({ actor }) =>
        actor.on_behalf_of ? t("activity.for", { name: actor.name, home: actor.home_name ?? "", tenant: tenant.name }) : actor.name,
    },
    { id: "when", title: t("activity.when"), cell: (change) => <time dateTime={change.at}>{f.moment(change.at)}</time> },
    {
      id: "details",
      title: t("activity.details"),
      cell: (change) =>
        Boolean(change.before || change.after) && (
          <details className={css.details}>
            <summary>{t("activity.show")}</summary>
            <pre className="mono">
              {change.before ? `− ${JSON.stringify(change.before, null, 1)}\n` : ""}
              {change.after ? `+ ${JSON.stringify(change.after, null, 1)}` : ""}
            </pre>
          </details>
        ),
    },
  ];
  return (
    <List query={query} empty={<EmptyState title={t("activity.emptyTitle")} text={t("activity.emptyText")} />}>
      {(rows, rest) => <DataTable label={t("title")} rows={rows} columns={columns} keyOf={(change) => change.id} {...rest} />}
    </List>
  );
}
