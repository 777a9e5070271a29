import { Button } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useQuery, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { api, bodyOf, type Schemas } from "~/api/client.ts";
import { Copyable, CopyButton } from "~/ui/CopyOnce.tsx";
import { Dialog } from "~/ui/Dialog.tsx";
import { ErrorPanel } from "~/ui/ErrorPanel.tsx";
import { Form, PasswordField } from "~/ui/Form.tsx";
import { useFormat } from "~/ui/format.ts";
import { Loading } from "~/ui/Loading.tsx";
import { say } from "~/ui/Notices.tsx";
import { Panel } from "~/ui/Page.tsx";
import { CodeField } from "./CodeField.tsx";
import { secondFactorQuery, sessionQuery, sessionsQuery } from "./queries.ts";
import css from "./SecondFactor.module.css";

type Setup = Schemas["SecondFactorSetup"];
type Session = Schemas["Session"];

/** The reader's own second factor: set up, new recovery codes, remove. */
export function SecondFactor() {
  const t = useTranslations("identity");
  const f = useFormat();
  const client = useQueryClient();
  const factor = useQuery(secondFactorQuery);
  const [setup, setSetup] = useState<Setup>();
  const [codes, setCodes] = useState<string[]>();
  const [asking, setAsking] = useState<"begin" | "codes" | "remove">();
  const close = () => setAsking(undefined);
  // Confirming and removing begin a new session in the place of this one, and end the others.
  const stepped = (session: Session) => {
    client.setQueryData(sessionQuery.queryKey, session);
    void client.invalidateQueries({ queryKey: sessionsQuery.queryKey });
    void client.invalidateQueries({ queryKey: secondFactorQuery.queryKey });
  };

  if (codes) return <RecoveryCodes codes={codes} onKept={() => setCodes(undefined)} />;
  if (setup)
    return (
      <Confirm
        setup={setup}
        onCancel={() => setSetup(undefined)}
        onConfirmed={(made) => {
          setSetup(undefined);
          setCodes(made.recovery_codes ?? []);
          stepped(made.session);
        }}
      />
    );
  const since = factor.data?.since;
  const left = factor.data?.recovery_codes_left ?? 0;
  return (
    <Panel
      title={t("factor.title")}
      lead={since ? t("factor.on", { since: f.date(since) }) : t("factor.off")}
      aside={
        factor.data && (
          <span className="tag" data-tone={since ? "ok" : "attention"}>
            {since ? t("factor.isOn") : t("factor.isOff")}
          </span>
        )
      }
    >
      {factor.isPending && <Loading />}
      {factor.isError && <ErrorPanel error={factor.error} retry={() => void factor.refetch()} />}
      {factor.data &&
        (since ? (
          <>
            <p data-tone={left < 3 ? "attention" : undefined} className={css.left}>
              {t("factor.left", { count: left })}
            </p>
            <div className="buttons">
              <Button variant="default" onClick={() => setAsking("codes")}>
                {t("factor.newCodes")}
              </Button>
              <Button variant="subtle" color="red" onClick={() => setAsking("remove")}>
                {t("factor.remove")}
              </Button>
            </div>
          </>
        ) : (
          <Button onClick={() => setAsking("begin")}>{t("factor.setUp")}</Button>
        ))}
      {asking && (
        <Dialog onClose={close} title={t(`factor.ask.${asking}`)}>
          <div className={css.asked}>
            <p>{t(`factor.why.${asking}`)}</p>
            {asking === "begin" && (
              <Form
                submit={t("factor.next")}
                onSubmit={async ({ current }) => {
                  setSetup(await bodyOf(api.POST("/v1/session/second-factor", { body: { current: current ?? "" } })));
                  close();
                }}
              >
                <PasswordField name="current" label={t("me.current")} required autoComplete="current-password" />
              </Form>
            )}
            {asking === "codes" && (
              <Form
                submit={t("factor.newCodes")}
                onSubmit={async ({ code }) => {
                  const made = await bodyOf(api.POST("/v1/session/second-factor/recovery-codes", { body: { code: code ?? "" } }));
                  setCodes(made.recovery_codes ?? []);
                  close();
                  void client.invalidateQueries({ queryKey: secondFactorQuery.queryKey });
                }}
              >
                <CodeField recovers />
              </Form>
            )}
            {asking === "remove" && (
              <Form
                submit={t("factor.remove")}
                danger
                onSubmit={async ({ current, code }) => {
                  const body = { current: current ?? "", code: code ?? "" };
                  stepped(await bodyOf(api.POST("/v1/session/second-factor/remove", { body })));
                  close();
                  say(t("factor.removed"));
                }}
              >
                <PasswordField name="current" label={t("me.current")} required autoComplete="current-password" />
                <CodeField recovers />
              </Form>
            )}
          </div>
        </Dialog>
      )}
    </Panel>
  );
}

type ConfirmProps = { setup: Setup; onConfirmed: (made: Schemas["Confirmed"]) => void; onCancel: () => void };

function Confirm({ setup, onConfirmed, onCancel }: ConfirmProps) {
  const t = useTranslations("identity");
  const ui = useTranslations("ui");
  const { size, path } = setup.picture;
  return (
    <Panel title={t("factor.setUpTitle")}>
      <ol className={css.steps}>
        <li>
          <h3>{t("factor.scan")}</h3>
          <p>{t("factor.apps")}</p>
          <div className={css.scan}>
            <svg
              className={css.code}
              viewBox={`0 0 ${size} ${size}`}
              role="img"
              aria-label={t("factor.picture")}
              shapeRendering="crispEdges"
            >
              <path d={path} />
            </svg>
            <div>
              <p>{t("factor.typed")}</p>
              <Copyable label={t("factor.secret")} value={grouped(setup.secret)} block />
              <a className="link" href={setup.uri}>
                {t("factor.open")}
              </a>
            </div>
          </div>
        </li>
        <li>
          <h3>{t("factor.show")}</h3>
          <Form
            submit={t("factor.confirm")}
            onSubmit={async ({ code }) =>
              onConfirmed(await bodyOf(api.POST("/v1/session/second-factor/confirm", { body: { code: code ?? "" } })))
            }
            secondary={
              <Button variant="default" onClick={onCancel}>
                {ui("act.cancel")}
              </Button>
            }
          >
            <CodeField recovers={false} autoFocus />
          </Form>
        </li>
      </ol>
    </Panel>
  );
}

/** Letters in fours, as people read them out. */
const grouped = (secret: string) => secret.replace(/(.{4})(?=.)/g, "$1 ");

function RecoveryCodes({ codes, onKept }: { codes: string[]; onKept: () => void }) {
  const t = useTranslations("identity");
  const ui = useTranslations("ui");
  const { data: session } = useSuspenseQuery(sessionQuery);
  const text = codes.join("\n");
  const download = () => {
    const file = new Blob([`${session.brand.product} · ${session.user.email}\n${t("recovery.title")}\n\n${text}\n`], {
      type: "text/plain",
    });
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: "recovery-codes.txt" });
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <section className={`card ${css.recovery}`} aria-label={t("recovery.title")}>
      <h2>{t("recovery.title")}</h2>
      <p>{t("recovery.lead")}</p>
      <p className={css.once}>{ui("secret.once")}</p>
      <ol className={css.codes}>
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ol>
      <div className="buttons">
        <CopyButton label={t("recovery.all")} value={text} size="sm" />
        <Button variant="default" leftSection={<IconDownload size={14} />} onClick={download}>
          {t("recovery.download")}
        </Button>
        <Button onClick={onKept}>{ui("act.done")}</Button>
      </div>
    </section>
  );
}
