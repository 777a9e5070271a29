import { useTranslations } from "use-intl";
import type { Schemas } from "~/api/client.ts";
import { useFormat } from "~/ui/format.ts";
import { Facts } from "~/ui/Page.tsx";
import { Shape } from "~/ui/Status.tsx";
import css from "./Approvals.module.css";
import { Blocks } from "./Blocks.tsx";
import { blocksOf } from "./blocks.ts";
import type { Approval } from "./queries.ts";

type LossOf = Schemas["Loss"];

/** Everything that would be gone, before anybody decides: how much, of whom, how fresh, and whether it could come back. */
export function Loss({ approval }: { approval: Approval }) {
  const t = useTranslations("approvals");
  const f = useFormat();
  const then = approval.loss;
  const now = approval.loss_now ?? then;
  if (now.gone)
    return (
      <section className={`card ${css.loss}`} aria-labelledby="loss">
        <h2 id="loss">{t("loss.title")}</h2>
        <p>{t("loss.gone")}</p>
      </section>
    );
  const devices = now.devices ?? [];
  const grown = Math.abs(now.used_bytes - then.used_bytes) > then.used_bytes * 0.01;
  return (
    <section className={`card ${css.loss}`} aria-labelledby="loss">
      <h2 id="loss">
        {approval.state !== "waiting" ? t("loss.was") : approval.kind === "account.cut_quota" ? t("loss.change") : t("loss.title")}
      </h2>
      <div className={css.amount}>
        <b>{f.headline(now.used_bytes)}</b>
        <div>
          <Blocks
            bytes={now.used_bytes}
            label={t("loss.picture", { used: f.bytes(now.used_bytes) })}
            danger={approval.kind !== "account.cut_quota"}
          />
          <small>{t("loss.square", { unit: f.bytes(blocksOf(now.used_bytes).unit) })}</small>
          {grown && <small>{t("loss.then", { used: f.bytes(then.used_bytes) })}</small>}
        </div>
      </div>
      <Facts
        rows={[
          [t("loss.account"), <b key="account">{now.account}</b>],
          [t("loss.customer"), approval.customer.name],
          [t("loss.seller"), approval.seller.name],
          [t("loss.last"), <LastBackup key="last" loss={now} />],
          [t("loss.sets"), f.number(now.sets)],
        ]}
      />
      <h3>{t("loss.devices", { count: devices.length })}</h3>
      <ul className={css.devices}>
        {devices.map((device) => (
          <li key={device.login}>
            {device.name}
            {device.name !== device.login && <code className="mono">{device.login}</code>}
          </li>
        ))}
      </ul>
      <Return approval={approval} loss={now} />
    </section>
  );
}

function LastBackup({ loss }: { loss: LossOf }) {
  const t = useTranslations("approvals");
  const f = useFormat();
  if (!loss.last_backup) return <span data-tone="attention">{t("loss.noBackup")}</span>;
  return (
    <>
      {f.agoInWords(loss.last_backup)} <small>({f.moment(loss.last_backup)})</small>
    </>
  );
}

/** Whether, and until when, it could still come back. */
function Return({ approval, loss }: { approval: Approval; loss: LossOf }) {
  const t = useTranslations("approvals");
  const f = useFormat();
  if (approval.kind === "account.cut_quota")
    return (
      <p className={css.return}>
        <Shape of="warning" size={16} />
        <span>{t("loss.cut", { quota: f.bytes(approval.loss.quota_bytes ?? 0) })}</span>
      </p>
    );
  const forGood = approval.kind === "account.purge";
  return (
    <p className={css.return} data-bad={forGood || undefined}>
      <Shape of={forGood ? "failed" : "warning"} size={16} />
      <span>
        {forGood
          ? t("loss.forGood", { until: loss.until ? f.date(loss.until) : "–" })
          : t("loss.restorable", {
              days: loss.retention_days,
              until: f.date(new Date(f.now + loss.retention_days * 86_400_000).toISOString()),
            })}
      </span>
    </p>
  );
}
