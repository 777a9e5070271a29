import { Button, TextInput } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useTranslations } from "use-intl";
import css from "./ConfirmDanger.module.css";
import { Dialog } from "./Dialog.tsx";
import { useProblemText } from "./useProblemText.ts";

type Props = {
  title: string;
  /** What is lost or stops, and what stays. */
  children: ReactNode;
  /** Has to be typed before the button works; left out for what can be undone. */
  name?: string | undefined;
  act: string;
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
};

/** Nothing destructive happens without naming what will be lost. */
export function ConfirmDanger({ title, children, name, act, onConfirm, onClose }: Props) {
  const t = useTranslations("ui");
  const text = useProblemText();
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<unknown>();
  const ready = name === undefined || typed.trim() === name;
  return (
    <Dialog onClose={onClose} title={title}>
      <form
        className={css.body}
        onSubmit={(event) => {
          event.preventDefault();
          if (!ready) return;
          setBusy(true);
          onConfirm()
            .then(onClose, setRefused)
            .finally(() => setBusy(false));
        }}
      >
        <div>{children}</div>
        {name !== undefined && (
          <TextInput
            label={t("confirm.type", { name })}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
            data-autofocus
          />
        )}
        {refused !== undefined && (
          <p role="alert" className={css.refused}>
            {text(refused)}
          </p>
        )}
        <div className={css.actions}>
          <Button variant="default" onClick={onClose}>
            {t("act.cancel")}
          </Button>
          <Button type="submit" color="red" disabled={!ready} loading={busy}>
            {act}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
