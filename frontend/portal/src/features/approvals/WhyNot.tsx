import { Button } from "@mantine/core";
import { useSuspenseQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import type { Schemas } from "~/api/client.ts";
import { sessionQuery } from "~/features/identity/queries.ts";
import { useFormat } from "~/ui/format.ts";
import { Shape } from "~/ui/Status.tsx";
import css from "./Approvals.module.css";

/** The platform names the instant from which on somebody may decide; it is the only figure in its sentence. */
export const instantIn = (detail: string) => /\d{4}-\d\d-\d\dT[\d:.]+Z/.exec(detail)?.[0];

type Props = { why: Schemas["WhyNot"]; seller: string; home: string };

/** Why the reader may not decide, and what can be done about it. */
export function WhyNot({ why, seller, home }: Props) {
  const t = useTranslations("approvals");
  const f = useFormat();
  const { data: session } = useSuspenseQuery(sessionQuery);
  const from = instantIn(why.detail);
  const has = Boolean(session.user.second_factor_since);
  const text = {
    own_request: t("whyNot.own_request"),
    decider_not_above: t("whyNot.decider_not_above", { seller }),
    forbidden: t("whyNot.forbidden"),
    decider_no_factor: has ? t("whyNot.signInAgain") : t("whyNot.decider_no_factor"),
    decider_not_apart: t("whyNot.decider_not_apart"),
    decider_too_new: from ? t("whyNot.decider_too_new", { from: f.moment(from) }) : t("whyNot.tooNewSomeTime"),
  }[why.code];
  return (
    <div className={css.whyNot}>
      <Shape of="warning" size={16} />
      <div>
        <p>{text ?? why.detail}</p>
        {why.code === "decider_no_factor" && !has && (
          <Button
            size="compact-sm"
            variant="default"
            mt={8}
            renderRoot={(props) => <Link to="/t/$tenant/settings/me" params={{ tenant: home }} {...props} />}
          >
            {t("whyNot.setUp")}
          </Button>
        )}
      </div>
    </div>
  );
}
