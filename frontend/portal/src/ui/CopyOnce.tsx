import { Button } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import css from "./CopyOnce.module.css";

/** Text to take along, with a button that copies it. */
export function Copyable({ label, value, block = false }: { label: string; value: string; block?: boolean }) {
  return (
    <div className={css.row} data-block={block || undefined}>
      <span className={css.label}>{label}</span>
      <code className={css.value}>{value}</code>
      <CopyButton label={label} value={value} />
    </div>
  );
}

/** Copies text that stands elsewhere on the page. */
export function CopyButton({ label, value, size = "compact-sm" }: { label: string; value: string; size?: "compact-sm" | "sm" }) {
  const t = useTranslations("ui");
  const [copied, setCopied] = useState(false);
  return (
    <Button
      variant="default"
      size={size}
      leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
      aria-label={`${t("act.copy")}: ${label}`}
      onClick={() => void copy(value).then(setCopied)}
    >
      {copied ? t("act.copied") : t("act.copy")}
    </Button>
  );
}

/** The clipboard exists in secure contexts only; elsewhere the old way still works. */
async function copy(value: string): Promise<boolean> {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(value);
    return true;
  }
  const area = Object.assign(document.createElement("textarea"), { value });
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

/** Secrets that are shown a single time: they leave the page when the reader says they are kept. */
export function CopyOnce({ title, values, onKept }: { title: string; values: [string, string][]; onKept: () => void }) {
  const t = useTranslations("ui");
  return (
    <section className={`card ${css.once}`} aria-label={title}>
      <h2>{title}</h2>
      <p>{t("secret.once")}</p>
      {values.map(([label, value]) => (
        <Copyable key={label} label={label} value={value} />
      ))}
      <Button onClick={onKept}>{t("act.done")}</Button>
    </section>
  );
}
