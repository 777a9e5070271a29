import * as v from "valibot";

export const healths = ["failed", "missed", "warning", "unknown", "cancelled", "running", "ok", "none"] as const;
export const states = [
  "pending",
  "active",
  "suspended",
  "attention",
  "deletion_requested",
  "deleting",
  "in_trash",
  "restoring",
  "gone",
] as const;
/** Columns in their order; the first ones are shown unless the reader chooses otherwise. */
export const columnIds = [
  "health",
  "name",
  "customer",
  "devices",
  "days",
  "lastGood",
  "used",
  "type",
  "server",
  "lastSeen",
  "state",
] as const;
export type ColumnId = (typeof columnIds)[number];
export const standardColumns: readonly ColumnId[] = ["health", "name", "customer", "devices", "days", "lastGood", "used", "type"];

const word = v.optional(v.fallback(v.pipe(v.string(), v.maxLength(200)), ""));

/** What the address bar holds. A value that is not understood falls back rather than breaking an old bookmark. */
export const accountsSearch = v.object({
  q: word,
  health: v.optional(v.fallback(v.array(v.picklist(healths)), [])),
  customer: word,
  server: word,
  state: v.optional(v.fallback(v.union([v.picklist(states), v.undefined_()]), undefined)),
  columns: v.optional(v.fallback(v.array(v.picklist(columnIds)), [])),
});
export type AccountsSearch = v.InferOutput<typeof accountsSearch>;

/** Tabs above the list: questions that are asked every morning. */
export const views: { id: "all" | "hand" | "silent" | "suspended"; search: AccountsSearch }[] = [
  { id: "all", search: {} },
  { id: "hand", search: { health: ["failed", "missed", "warning"] } },
  { id: "silent", search: { health: ["unknown"] } },
  { id: "suspended", search: { state: "suspended" } },
];
