import * as v from "valibot";

export const operationStates = ["waiting", "ready", "running", "needs_attention", "succeeded", "cancelled"] as const;

export const operationsSearch = v.object({
  state: v.optional(v.fallback(v.union([v.picklist(operationStates), v.undefined_()]), undefined)),
});
export type OperationsSearch = v.InferOutput<typeof operationsSearch>;
