import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useLocale, useTranslations } from "use-intl";
import type { Schemas } from "~/api/client.ts";
import { usageQuery } from "~/features/reports/queries.ts";
import { Area } from "~/ui/Area.tsx";
import { type Column, DataTable } from "~/ui/DataTable.tsx";
import { ErrorPanel } from "~/ui/ErrorPanel.tsx";
import { useFormat } from "~/ui/format.ts";
import { Meter } from "~/ui/Meter.tsx";
import { Columns, Facts, Panel } from "~/ui/Page.tsx";
import { Shape, Status } from "~/ui/Status.tsx";
import { healthOfDay } from "~/ui/Strip.tsx";
import css from "./AccountPage.module.css";
import { Note } from "./Note.tsx";
import { useAccount } from "./useAccount.ts";
import { useAccountWords } from "./useAccountWords.ts";

type SetHealth = Schemas["Health"]["sets"][number];
const day = 86_400_000;
const eventKinds = ["login_refused", "suspended_refused", "quota_refused"] as const;

export default function AccountOverview() {
  const t = useTranslations("accounts");
  const ui = useTranslations("ui");
  const f = useFormat();
  const locale = useLocale();
  const words = useAccountWords();
  const { tenant, account, health, healthError } = useAccount();
  const usage = useQuery(usageQuery(tenant.id, account.id));
  const samples = usage.data?.items ?? [];
  const used = health?.used_bytes ?? account.used_bytes;
  const first = samples[0];
  const grown = first ? used - first.bytes : 0;
  const span = first ? Math.max(1, Math.round((f.now - Date.parse(first.at)) / day)) : 0;
  const growth = { from: `${grown < 0 ? "−" : "+"}${f.bytes(Math.abs(grown))}`, days: span };
  const limit = used > account.quota_bytes * 0.4 ? account.quota_bytes : undefined;

  const setOf = (id: string) => account.devices.flatMap((device) => device.sets).find((set) => set.id === id);
  const columns: Column<SetHealth>[] = [
    { id: "name", title: t("set.name"), heads: true, cell: (row) => setOf(row.set)?.name ?? row.set },
    { id: "device", title: t("set.device"), cell: (row) => account.devices.find((device) => device.id === row.device)?.name },
    { id: "plan", title: t("set.plan"), cell: (row) => words.plan(setOf(row.set)?.plan, locale) },
    { id: "health", title: t("set.health"), corner: true, cell: (row) => <Status of={row.health} label={ui(`health.${row.health}`)} /> },
    { id: "at", title: t("set.at"), cell: (row) => <time dateTime={row.at}>{f.ago(row.at)}</time> },
  ];

  return (
    <Columns
      main={
        <>
          {healthError !== undefined && <ErrorPanel error={healthError} />}
          {health && (
            <Panel title={t("history")}>
              <Days days={health.days} />
            </Panel>
          )}
          {health && health.sets.length > 0 && (
            <>
              <h2>{t("sets")}</h2>
              <DataTable label={t("sets")} rows={health.sets} columns={columns} keyOf={(row) => row.set} />
            </>
          )}
          <Panel
            title={t("growth")}
            lead={samples.length < 2 ? t("growthNone") : limit ? t("growthText", growth) : t("growthPlain", growth)}
          >
            <Area values={samples.map((sample) => sample.bytes)} limit={limit} label={t("growth")} width={640} height={110} />
          </Panel>
        </>
      }
      side={
        <>
          <Panel title={t("column.used")}>
            <div className={css.quota}>
              <Meter
                used={used}
                quota={account.quota_bytes}
                label={ui("share")}
                text={`${ui("usedOf", { used: f.bytes(used), quota: f.bytes(account.quota_bytes) })} · ${f.percent(used / (account.quota_bytes || 1))}`}
              />
            </div>
          </Panel>
          <Panel title={t("facts")}>
            <Facts
              rows={[
                [
                  t("field.customer"),
                  tenant.level === "reseller" ? (
                    <Link
                      key="customer"
                      to="/t/$tenant/customers/$customer"
                      params={{ tenant: tenant.id, customer: account.customer.id }}
                      className="link"
                    >
                      {account.customer.name}
                    </Link>
                  ) : (
                    account.customer.name
                  ),
                ],
                [t("field.type"), words.type(account.type)],
                [t("filter.state"), words.state(account.state)],
                [t("field.server"), account.server.name],
                [t("fact.host"), account.server.host],
                [t("column.lastSeen"), f.agoInWords(health?.last_seen_at)],
                [t("fact.created"), f.moment(account.created_at)],
                [t("fact.id"), account.id],
              ]}
            />
          </Panel>
          {health && health.events.length > 0 && (
            <Panel title={t("events.title")}>
              <ul className={css.events}>
                {health.events.map((event) => {
                  const kind = eventKinds.find((known) => known === event.kind);
                  return (
                    <li key={`${event.kind} ${event.first} ${event.address}`}>
                      {kind ? t(`events.${kind}`, { count: event.count }) : event.kind}
                      <small>
                        {f.ago(event.last)}
                        {event.address && ` · ${event.address}`}
                      </small>
                    </li>
                  );
                })}
              </ul>
            </Panel>
          )}
          {account.actions.includes("note") && <Note tenant={tenant.id} account={account.id} />}
        </>
      }
    />
  );
}

/** Four weeks, a shape a day, with the date below and the words for who cannot see them. */
function Days({ days }: { days: string }) {
  const ui = useTranslations("ui");
  const f = useFormat();
  return (
    <ol className={css.days}>
      {[...days].map((letter, i) => {
        const date = new Date(f.now - (days.length - 1 - i) * day);
        const state = healthOfDay[letter] ?? "none";
        const words = `${f.day(date)}: ${ui(`health.${state}`)}`;
        return (
          <li key={date.toISOString()} data-of={state} data-week={date.getDay() === 1 || undefined} title={words}>
            <Shape of={state} size={15} />
            <span className="sr-only">{words}</span>
            <small aria-hidden="true">{date.getDate()}</small>
          </li>
        );
      })}
    </ol>
  );
}
