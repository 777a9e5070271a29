import { Button } from "@mantine/core";
import { useTranslations } from "use-intl";
import { api, bodyOf, problemOf, type Schemas } from "~/api/client.ts";
import { Form } from "~/ui/Form.tsx";
import { CodeField } from "./CodeField.tsx";

/** Whether the first step was right and a code is asked for as well; anything else that was thrown goes on. */
export function asksForCode(thrown: unknown): boolean {
  if (problemOf(thrown).code === "second_factor_required") return true;
  throw thrown;
}

type Props = { onSession: (session: Schemas["Session"]) => Promise<unknown>; onBack: () => void };

/** The second step of signing in: what the first one left behind is a cookie that this page cannot read. */
export function SecondStep({ onSession, onBack }: Props) {
  const t = useTranslations("identity");
  return (
    <>
      <div>
        <h1>{t("code.title")}</h1>
        <p>{t("code.lead")}</p>
      </div>
      <Form
        submit={t("signIn.submit")}
        onSubmit={async ({ code }) => onSession(await bodyOf(api.POST("/v1/session/code", { body: { code: code ?? "" } })))}
        secondary={
          <Button variant="default" onClick={onBack} fullWidth>
            {t("code.back")}
          </Button>
        }
      >
        <CodeField recovers autoFocus />
      </Form>
      <p>{t("code.lost")}</p>
    </>
  );
}
