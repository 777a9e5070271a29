import { Button } from "@mantine/core";
import { IconCircle, IconCircleCheckFilled } from "@tabler/icons-react";
import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { Link, type LinkProps } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import type { Health, Schemas } from "~/api/client.ts";
import { useTenant } from "~/app/useTenant.ts";
import { type Approval, waitingQuery } from "~/features/approvals/queries.ts";
import { useFormat } from "~/ui/format.ts";
import { Meter } from "~/ui/Meter.tsx";
import { Columns, Page, Panel } from "~/ui/Page.tsx";
import { Shape } from "~/ui/Status.tsx";
import { attentionQuery } from "./queries.ts";
import css from "./Today.module.css";

type Attention = Schemas["Attention"];
type Group = Attention["groups"][number];
type Item = Group["items"][number];

const shapeOf: Record<Group["kind"], Health> = {
  agent: "unknown",
  failed: "failed",
  missed: "missed",
  quota: "warning",
  operation: "failed",
};
const order = ["failed", "missed", "warning", "unknown", "cancelled", "running", "ok", "none"] as const;

const whereTo = (tenant: string, kind: Group["kind"], item: Item): LinkProps => {
  if (kind === "agent") return { to: "/t/$tenant/servers/$server", params: { tenant, server: item.server ?? item.id } };
  const account = { tenant, account: item.account ?? item.id };
  if (kind === "operation" && item.account) return { to: "/t/$tenant/accounts/$account/operations", params: account };
  if (kind === "operation") return { to: "/t/$tenant/operations", params: { tenant }, search: { state: "needs_attention" } };
  return { to: "/t/$tenant/accounts/$account", params: account };
};

const allOf = (tenant: string, kind: Group["kind"]): LinkProps => {
  if (kind === "agent") return { to: "/t/$tenant/servers", params: { tenant } };
  if (kind === "operation") return { to: "/t/$tenant/operations", params: { tenant }, search: { state: "needs_attention" } };
  if (kind === "failed" || kind === "missed") return { to: "/t/$tenant/accounts", params: { tenant }, search: { health: [kind] } };
  return { to: "/t/$tenant/accounts", params: { tenant } };
};

export default function Today() {
  const t = useTranslations("overview");
  const tenant = useTenant();
  const { data } = useSuspenseQuery(attentionQuery(tenant.id));
  const groups = data.groups.filter((group) => group.count > 0);
  const open = data.setup.filter((step) => !step.done);
  const waiting = useQuery({ ...waitingQuery(tenant.id), enabled: tenant.permissions.includes("approvals:read") });
  const approvals = waiting.data?.items ?? [];
  const count = groups.length + (approvals.length ? 1 : 0);
  return (
    <Page title={t("title")} lead={<p>{t("lead", { count })}</p>}>
      <Columns
        main={
          <>
            {open.length > 0 && <Setup tenant={tenant.id} steps={data.setup} left={open.length} />}
            {approvals.length > 0 && <Approvals tenant={tenant.id} approvals={approvals} />}
            {groups.map((group) => (
              <Waiting key={group.kind} tenant={tenant.id} group={group} />
            ))}
            {!count && !open.length && (
              <section className={`card ${css.calm}`}>
                <Shape of="ok" size={22} />
                <div>
                  <h2>{t("calm")}</h2>
                  <p>{t("calmText")}</p>
                </div>
              </section>
            )}
          </>
        }
        side={<Figures tenant={tenant.id} figures={data.figures} sells={tenant.level !== "customer" && tenant.level !== "site"} />}
      />
    </Page>
  );
}

function Waiting({ tenant, group }: { tenant: string; group: Group }) {
  const t = useTranslations("overview");
  const f = useFormat();
  const id = `group-${group.kind}`;
  return (
    <section className={`card ${css.group}`} aria-labelledby={id}>
      <div className={css.lead}>
        <Shape of={shapeOf[group.kind] ?? "warning"} size={18} />
        <div>
          <h2 id={id}>{t(`kind.${group.kind}.title`, { count: group.count })}</h2>
          <p>{t(`kind.${group.kind}.why`)}</p>
        </div>
        {group.count > group.items.length && (
          <Link {...allOf(tenant, group.kind)} className={css.all}>
            {t("all", { count: f.number(group.count) })}
          </Link>
        )}
      </div>
      <ul>
        {group.items.map((item) => (
          <li key={item.id}>
            <Link {...whereTo(tenant, group.kind, item)} className={css.row}>
              <b>{item.title}</b>
              <span>{item.detail}</span>
              <time dateTime={item.since}>{f.ago(item.since)}</time>
              <em>{t(`kind.${group.kind}.act`)}</em>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What a second person has to decide; the first to expire stands first. */
function Approvals({ tenant, approvals }: { tenant: string; approvals: Approval[] }) {
  const t = useTranslations("overview");
  const f = useFormat();
  const first = approvals.toSorted((a, b) => a.expires_at.localeCompare(b.expires_at)).slice(0, 5);
  return (
    <section className={`card ${css.group}`} aria-labelledby="group-approvals">
      <div className={css.lead}>
        <Shape of="warning" size={18} />
        <div>
          <h2 id="group-approvals">{t("approvals.title", { count: approvals.length })}</h2>
          <p>{t("approvals.why")}</p>
        </div>
        {approvals.length > first.length && (
          <Link to="/t/$tenant/approvals" params={{ tenant }} search={{ box: "waiting" }} className={css.all}>
            {t("all", { count: f.number(approvals.length) })}
          </Link>
        )}
      </div>
      <ul>
        {first.map((approval) => (
          <li key={approval.id}>
            <Link to="/t/$tenant/approvals/$approval" params={{ tenant, approval: approval.id }} className={css.row}>
              <b>{t(`approvals.${approval.kind}`, { account: approval.loss.account })}</b>
              <span>{t("approvals.of", { customer: approval.customer.name, seller: approval.seller.name })}</span>
              <time dateTime={approval.expires_at}>{f.ago(approval.expires_at)}</time>
              <em>{t("approvals.act")}</em>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Setup({ tenant, steps, left }: { tenant: string; steps: Attention["setup"]; left: number }) {
  const t = useTranslations("overview");
  const next = steps.find((step) => !step.done);
  const to: Record<(typeof steps)[number]["step"], LinkProps> = {
    server: { to: "/t/$tenant/servers/new", params: { tenant } },
    agent: { to: "/t/$tenant/servers", params: { tenant } },
    customer: { to: "/t/$tenant/customers/new", params: { tenant } },
    account: { to: "/t/$tenant/accounts/new", params: { tenant } },
    backup: { to: "/t/$tenant/accounts", params: { tenant } },
  };
  return (
    <Panel title={t("setup.title")} lead={t("setup.lead", { left })}>
      <ol className={css.steps}>
        {steps.map(({ step, done }) => (
          <li key={step} data-done={done || undefined}>
            {done ? <IconCircleCheckFilled size={18} aria-hidden="true" /> : <IconCircle size={18} stroke={1.6} aria-hidden="true" />}
            {done ? (
              <span>
                {t(`setup.step.${step}`)} <span className="sr-only">({t("setup.done")})</span>
              </span>
            ) : (
              <Link {...to[step]} className="link">
                {t(`setup.step.${step}`)}
              </Link>
            )}
            {step === next?.step && (
              <Button size="compact-sm" renderRoot={(props) => <Link {...to[step]} {...props} />}>
                {t("setup.go")}
              </Button>
            )}
          </li>
        ))}
      </ol>
    </Panel>
  );
}

function Figures({ tenant, figures, sells }: { tenant: string; figures: Attention["figures"]; sells: boolean }) {
  const t = useTranslations("overview");
  const ui = useTranslations("ui");
  const f = useFormat();
  const counts = order.map((state) => ({ state, count: figures.by_health[state] ?? 0 })).filter(({ count }) => count > 0);
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  return (
    <>
      <Panel title={t("health")}>
        <p className={css.figure}>{t("accounts", { count: figures.accounts })}</p>
        {total > 0 && (
          <div className={css.stack} aria-hidden="true">
            {counts.map(({ state, count }) => (
              <i key={state} data-day={state} style={{ flexGrow: Math.max(count, total * 0.02) }} />
            ))}
          </div>
        )}
        <dl className={css.counts}>
          {counts.map(({ state, count }) => (
            <div key={state}>
              <dt>
                <Shape of={state} size={13} />
                <Link to="/t/$tenant/accounts" params={{ tenant }} search={{ health: [state] }}>
                  {ui(`health.${state}`)}
                </Link>
              </dt>
              <dd>{f.number(count)}</dd>
            </div>
          ))}
        </dl>
      </Panel>
      <Panel title={t("space")}>
        <p className={css.figure}>{f.headline(figures.used_bytes)}</p>
        {figures.quota_bytes > 0 && (
          <Meter
            used={figures.used_bytes}
            quota={figures.quota_bytes}
            label={ui("share")}
            text={`${ui("usedOf", { used: f.bytes(figures.used_bytes), quota: f.bytes(figures.quota_bytes) })} · ${f.percent(figures.used_bytes / figures.quota_bytes)}`}
          />
        )}
      </Panel>
      {sells && (
        <Panel title={t("customers")}>
          <p className={css.figure}>
            <Link to="/t/$tenant/customers" params={{ tenant }}>
              {f.number(figures.customers)}
            </Link>
          </p>
        </Panel>
      )}
    </>
  );
}
