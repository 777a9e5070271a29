import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslations } from "use-intl";
import { useTenant } from "~/app/useTenant.ts";
import { EmptyState } from "~/ui/EmptyState.tsx";
import { ChoiceField, Filters } from "~/ui/Filters.tsx";
import { List } from "~/ui/List.tsx";
import { Page } from "~/ui/Page.tsx";
import { Tabs } from "~/ui/Tabs.tsx";
import { JobsTable } from "./JobsTable.tsx";
import { MissedTable } from "./MissedTable.tsx";
import { expectationsQuery, jobsQuery } from "./queries.ts";
import { type BackupsSearch, jobKinds, jobViews, periods } from "./search.ts";
import { useJobWords } from "./useJobWords.ts";

export default function BackupsPage() {
  const t = useTranslations("reports");
  const words = useJobWords();
  const tenant = useTenant();
  const search = useSearch({ from: "/t/$tenant/backups" });
  const go = useNavigate({ from: "/t/$tenant/backups" });
  const set = (change: BackupsSearch) => void go({ search: (old) => ({ ...old, ...change }), replace: true });
  const view = search.view ?? "all";
  const days = search.days ?? "7";

  return (
    <Page title={t("title")}>
      <Tabs
        label={t("views.label")}
        tabs={jobViews.map((id) => ({
          id,
          text: t(`views.${id}`),
          on: id === view,
          link: { to: "/t/$tenant/backups", params: { tenant: tenant.id }, search: { ...search, view: id } },
        }))}
      />
      {view === "missed" ? (
        <Missed tenant={tenant.id} />
      ) : (
        <>
          <Filters>
            <ChoiceField
              label={t("period.label")}
              value={days}
              options={periods.map((value) => ({ value, label: t("period.days", { count: Number(value) }) }))}
              onChange={(value) => set({ days: periods.find((known) => known === value) })}
            />
            <ChoiceField
              label={t("kind.label")}
              all={t("kind.any")}
              value={search.kind ?? ""}
              options={jobKinds.map((value) => ({ value, label: words.kind(value) }))}
              onChange={(value) => set({ kind: jobKinds.find((known) => known === value) })}
            />
          </Filters>
          <Jobs tenant={tenant.id} view={view} kind={search.kind} days={Number(days)} />
        </>
      )}
    </Page>
  );
}

type JobView = Exclude<(typeof jobViews)[number], "missed">;

function Jobs({ tenant, view, kind, days }: { tenant: string; view: JobView; kind: BackupsSearch["kind"]; days: number }) {
  const t = useTranslations("reports");
  // Whole minutes, so that the same view is the same question.
  const from = useMemo(() => new Date(Math.floor(Date.now() / 60_000) * 60_000 - days * 86_400_000).toISOString(), [days]);
  const query = useInfiniteQuery(jobsQuery(tenant, { kind, from, health: view === "all" ? undefined : view }));
  return (
    <List query={query} empty={<EmptyState title={t("emptyTitle")} text={t("emptyText")} />}>
      {(rows, rest) => <JobsTable tenant={tenant} label={t("title")} rows={rows} {...rest} />}
    </List>
  );
}

function Missed({ tenant }: { tenant: string }) {
  const t = useTranslations("reports");
  const query = useInfiniteQuery(expectationsQuery(tenant));
  return (
    <List query={query} empty={<EmptyState title={t("emptyMissedTitle")} text={t("emptyMissedText")} />}>
      {(rows, rest) => <MissedTable tenant={tenant} label={t("views.missed")} rows={rows} {...rest} />}
    </List>
  );
}
