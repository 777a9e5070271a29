import * as v from "valibot";

const word = v.optional(v.fallback(v.pipe(v.string(), v.maxLength(200)), ""));

export const kinds = ["business", "private", "anonymous"] as const;
export const statuses = ["active", "suspended", "closed"] as const;

export const findSearch = v.object({ q: word });
export const newAccountSearch = v.object({ customer: word });
export const customersSearch = v.object({
  q: word,
  kind: v.optional(v.fallback(v.union([v.picklist(kinds), v.undefined_()]), undefined)),
  status: v.optional(v.fallback(v.union([v.picklist(statuses), v.undefined_()]), undefined)),
});
export type CustomersSearch = v.InferOutput<typeof customersSearch>;
