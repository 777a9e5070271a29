import * as v from "valibot";

/** Views of the list: `missed` shows expectations, which are no jobs. */
export const jobViews = ["all", "running", "ok", "warning", "failed", "missed"] as const;
export const jobKinds = ["backup", "read", "maintenance", "init", "unknown"] as const;
export const periods = ["1", "7", "28", "90"] as const;

export const backupsSearch = v.object({
  view: v.optional(v.fallback(v.picklist(jobViews), "all")),
  kind: v.optional(v.fallback(v.union([v.picklist(jobKinds), v.undefined_()]), undefined)),
  days: v.optional(v.fallback(v.picklist(periods), "7")),
});
export type BackupsSearch = v.InferOutput<typeof backupsSearch>;
