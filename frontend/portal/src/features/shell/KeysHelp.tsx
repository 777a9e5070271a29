import { Checkbox } from "@mantine/core";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Dialog } from "~/ui/Dialog.tsx";
import css from "./KeysHelp.module.css";
import type { Destination } from "./navigation.ts";
import { setSingleKeys, singleKeys } from "./useKeys.ts";

export default function KeysHelp({ destinations, onClose }: { destinations: Destination[]; onClose: () => void }) {
  const t = useTranslations("shell");
  const [single, setSingle] = useState(singleKeys());
  const rows: [string[], string][] = [
    [["Ctrl", "K"], t("keys.palette")],
    [["/"], t("keys.find")],
    ...destinations.map(({ key, id }): [string[], string] => [["g", key], t("keys.go", { page: t(`nav.${id}`) })]),
    [["?"], t("keys.help")],
  ];
  return (
    <Dialog onClose={onClose} title={t("keys.title")}>
      <dl className={css.keys}>
        {rows.map(([keys, text]) => (
          <div key={text}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <Checkbox
        size="xs"
        label={t("keys.single")}
        checked={single}
        onChange={(event) => {
          setSingleKeys(event.currentTarget.checked);
          setSingle(event.currentTarget.checked);
        }}
      />
    </Dialog>
  );
}
