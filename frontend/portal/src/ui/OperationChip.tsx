import { useTranslations } from "use-intl";
import type { Health, Schemas } from "~/api/client.ts";
import { Status } from "./Status.tsx";

type Operation = Schemas["Operation"];

const shapeOf: Record<Operation["state"], Health> = {
  waiting: "none",
  ready: "none",
  running: "running",
  succeeded: "ok",
  needs_attention: "failed",
  cancelled: "cancelled",
};

/** Long work beside its object: waiting, running, done, or in need of a hand. */
export function OperationChip({ operation }: { operation: Operation }) {
  const t = useTranslations("ui");
  const { state } = operation;
  return <Status of={shapeOf[state] ?? "unknown"} label={t(`operation.${state}`)} />;
}
