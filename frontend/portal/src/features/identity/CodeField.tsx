import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { TextField } from "~/ui/Form.tsx";

/** The code of a second factor, or, for somebody whose phone is not at hand, one of the recovery codes. */
export function CodeField({ recovers, autoFocus = false }: { recovers: boolean; autoFocus?: boolean }) {
  const t = useTranslations("identity");
  const [recovery, setRecovery] = useState(false);
  return (
    <div>
      <TextField
        key={String(recovery)}
        name="code"
        label={recovery ? t("code.recovery") : t("code.code")}
        hint={recovery ? t("code.recoveryHint") : t("code.hint")}
        keys={recovery ? "text" : "numeric"}
        autoComplete={recovery ? "off" : "one-time-code"}
        autoFocus={autoFocus || recovery}
        required
      />
      {recovers && (
        <Button variant="subtle" size="compact-sm" mt={6} ml={-8} onClick={() => setRecovery(!recovery)}>
          {recovery ? t("code.useCode") : t("code.useRecovery")}
        </Button>
      )}
    </div>
  );
}
