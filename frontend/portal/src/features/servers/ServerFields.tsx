import { useTranslations } from "use-intl";
import type { Schemas } from "~/api/client.ts";
import { CheckboxesField, TextField } from "~/ui/Form.tsx";

export function ServerFields({ server }: { server?: Schemas["Server"] }) {
  const t = useTranslations("servers");
  const ui = useTranslations("ui");
  return (
    <>
      <TextField name="name" label={t("field.name")} value={server?.name} required autoFocus={!server} autoComplete="off" />
      <TextField name="host" label={t("field.host")} hint={t("field.hostHint")} value={server?.host} required autoComplete="off" />
      <CheckboxesField
        name="types"
        label={t("field.types")}
        value={server?.types.join(",") ?? "online,basic"}
        options={(["online", "basic"] as const).map((value) => ({ value, label: ui(`accountType.${value}`) }))}
      />
    </>
  );
}
