import * as v from "valibot";

export const boxes = ["waiting", "requested", "decided"] as const;

export const approvalsSearch = v.object({
  box: v.optional(v.fallback(v.union([v.picklist(boxes), v.undefined_()]), undefined)),
});
export type ApprovalsSearch = v.InferOutput<typeof approvalsSearch>;
