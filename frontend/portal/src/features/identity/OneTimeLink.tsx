import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useLocation, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { api, bodyOf, type Schemas } from "~/api/client.ts";
import { Form, PasswordField } from "~/ui/Form.tsx";
import { Loading } from "~/ui/Loading.tsx";
import { useProblemText } from "~/ui/useProblemText.ts";
import { Entrance } from "./Entrance.tsx";
import { linkQuery, sessionQuery } from "./queries.ts";
import { asksForCode, SecondStep } from "./SecondStep.tsx";

/** Where a one-time link leads: it signs in once, and asks for a password where there is none yet. */
export default function OneTimeLink() {
  const t = useTranslations("identity");
  const text = useProblemText();
  // The token stands behind the #, so that no server ever logs it.
  const { hash: token } = useLocation();
  const { data: link, error } = useQuery(linkQuery(token));
  const go = useNavigate();
  const client = useQueryClient();
  const [asked, setAsked] = useState(false);
  const enter = async (session: Schemas["Session"]) => {
    client.clear();
    client.setQueryData(sessionQuery.queryKey, session);
    await go({ to: "/" });
  };
  // The link is used up by now: who goes back signs in.
  if (asked)
    return (
      <Entrance>
        <SecondStep onSession={enter} onBack={() => void go({ to: "/sign-in", search: {} })} />
      </Entrance>
    );
  if (error)
    return (
      <Entrance>
        <div role="alert">
          <h1>{t("link.spent")}</h1>
          <p>{text(error)}</p>
        </div>
        <Link to="/sign-in" search={{}} className="link">
          {t("link.toSignIn")}
        </Link>
      </Entrance>
    );
  if (!link)
    return (
      <Entrance>
        <Loading />
      </Entrance>
    );
  return (
    <Entrance>
      <div>
        <h1>{t(`link.title.${link.purpose}`, { name: link.name })}</h1>
        <p>{link.needs_password ? t("link.choose", { email: link.email }) : t("link.go", { email: link.email })}</p>
      </div>
      <Form
        submit={t("link.submit")}
        onSubmit={({ password }) =>
          bodyOf(api.POST("/v1/links/follow", { body: link.needs_password ? { token, password: password ?? "" } : { token } })).then(
            enter,
            (thrown) => setAsked(asksForCode(thrown)),
          )
        }
      >
        {link.needs_password && (
          <PasswordField name="password" label={t("link.password")} hint={t("link.rule")} required autoComplete="new-password" />
        )}
      </Form>
    </Entrance>
  );
}
