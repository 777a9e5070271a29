import { useSuspenseQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import { useTenantId } from "~/app/useTenant.ts";
import { useFormat } from "~/ui/format.ts";
import { Facts, Panel } from "~/ui/Page.tsx";
import css from "./Outbox.module.css";
import { outboxMailQuery } from "./queries.ts";

const person = (name: string, email: string) => (name ? `${name} <${email}>` : email);

/** One mail as its reader would have it, in its plain form. */
export default function OutboxMail() {
  const t = useTranslations("notifications");
  const f = useFormat();
  const tenant = useTenantId();
  const { mail: id } = useParams({ from: "/t/$tenant/settings/outbox/$mail" });
  const { data: mail } = useSuspenseQuery(outboxMailQuery(tenant, id));
  return (
    <>
      <p className={css.lead}>
        <Link to="/t/$tenant/settings/outbox" params={{ tenant }} className="link">
          {t("back")}
        </Link>
      </p>
      <Panel title={mail.subject}>
        <Facts
          rows={[
            [t("from"), person(mail.from_name, mail.from)],
            [t("to"), person(mail.to_name, mail.to)],
            [t("replyTo"), mail.reply_to],
            [t("at"), f.moment(mail.at)],
          ]}
        />
        <div className={css.text}>{mail.text}</div>
      </Panel>
    </>
  );
}
