import { useSuspenseQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import { useTenantId } from "~/app/useTenant.ts";
import { useFormat } from "~/ui/format.ts";
import { Columns, Facts, Page, Panel } from "~/ui/Page.tsx";
import { Shape } from "~/ui/Status.tsx";
import css from "./JobPage.module.css";
import { jobQuery } from "./queries.ts";
import { useJobWords } from "./useJobWords.ts";

const levels = ["error", "warning"] as const;

export default function JobPage() {
  const t = useTranslations("reports");
  const f = useFormat();
  const words = useJobWords();
  const tenant = useTenantId();
  const { job: id } = useParams({ from: "/t/$tenant/backups/$job" });
  const { data: job } = useSuspenseQuery(jobQuery(tenant, id));
  const log = job.log ?? [];
  return (
    <Page
      title={t("job.title", { kind: words.kind(job.kind), device: job.device_name })}
      lead={
        <div className={css.verdict}>
          <Shape of={job.health} size={16} />
          <span>{words.verdict(job.state)}</span>
        </div>
      }
      back={{ label: t("title"), link: { to: "/t/$tenant/backups", params: { tenant } } }}
    >
      <Columns
        main={
          <Panel title={t("job.log")} lead={job.log_truncated ? t("job.truncated") : undefined}>
            {log.length ? (
              <ol className={css.log}>
                {log.map((line, i) => {
                  const level = levels.find((known) => known === line.level);
                  return (
                    // biome-ignore lint/suspicious/noArrayIndexKey: lines have no id and never move
                    <li key={i} data-level={level}>
                      <time dateTime={line.at}>{f.clock(line.at)}</time>
                      <span>
                        {level && <b>{t(`job.level.${level}`)}: </b>}
                        {line.text}
                      </span>
                    </li>
                  );
                })}
              </ol>
            ) : (
              <p className="quiet">{t("job.noLog")}</p>
            )}
          </Panel>
        }
        side={
          <Panel title={t("job.figures")}>
            <Facts
              rows={[
                [
                  t("column.account"),
                  <Link key="account" to="/t/$tenant/accounts/$account" params={{ tenant, account: job.account }} className="link">
                    {job.account_name}
                  </Link>,
                ],
                [t("column.customer"), job.customer_name],
                [t("column.state"), words.state(job.state)],
                [t("job.started"), f.moment(job.started_at)],
                [t("job.ended"), job.ended_at && f.moment(job.ended_at)],
                [t("column.took"), f.duration(job.started_at, job.ended_at)],
                [t("job.uploaded"), f.bytes(job.uploaded_bytes)],
                [t("job.downloaded"), f.bytes(job.downloaded_bytes)],
                [t("job.objects"), f.number(job.objects)],
                [t("job.snapshot"), job.snapshot_id && <code className="mono">{job.snapshot_id.slice(0, 12)}</code>],
                [t("job.address"), job.address],
                [t("job.client"), job.client],
              ]}
            />
          </Panel>
        }
      />
    </Page>
  );
}
