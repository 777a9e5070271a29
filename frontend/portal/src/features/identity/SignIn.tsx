import { useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { api, bodyOf, type Schemas } from "~/api/client.ts";
import { publicBrandQuery } from "~/features/branding/queries.ts";
import { Form, PasswordField, TextField } from "~/ui/Form.tsx";
import { Entrance } from "./Entrance.tsx";
import { sessionQuery } from "./queries.ts";
import { asksForCode, SecondStep } from "./SecondStep.tsx";

/** Only a path of this portal is followed after signing in. */
export const safeNext = (next: string | undefined) => (next?.startsWith("/t/") ? next : "/");

export default function SignIn() {
  const t = useTranslations("identity");
  const { data: brand } = useSuspenseQuery(publicBrandQuery);
  const { next } = useSearch({ from: "/sign-in" });
  const go = useNavigate();
  const client = useQueryClient();
  useEffect(() => {
    document.title = `${t("signIn.title")} · ${brand.product}`;
  }, [t, brand.product]);
  const [asked, setAsked] = useState(false);
  const enter = async (session: Schemas["Session"]) => {
    client.clear();
    client.setQueryData(sessionQuery.queryKey, session);
    await go({ to: safeNext(next) });
  };
  if (asked)
    return (
      <Entrance>
        <SecondStep onSession={enter} onBack={() => setAsked(false)} />
      </Entrance>
    );
  return (
    <Entrance>
      <div>
        <h1>{t("signIn.title")}</h1>
        <p>{t("signIn.lead", { product: brand.product, company: brand.company })}</p>
      </div>
      <Form
        submit={t("signIn.submit")}
        onSubmit={({ email, password }) =>
          bodyOf(api.POST("/v1/session", { body: { email: email ?? "", password: password ?? "" } })).then(enter, (thrown) =>
            setAsked(asksForCode(thrown)),
          )
        }
      >
        <TextField name="email" type="email" label={t("signIn.email")} required autoComplete="username" />
        <PasswordField name="password" label={t("signIn.password")} required autoComplete="current-password" />
      </Form>
      <p>{t("signIn.forgot")}</p>
    </Entrance>
  );
}
