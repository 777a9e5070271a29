import createClient from "openapi-fetch";
import type { components, paths } from "./schema.gen.ts";

export type Schemas = components["schemas"];
export type Health = Schemas["AccountRow"]["health"];

export type FieldProblem = { name: string; code: string; detail: string };

/** A refusal as the platform words it: `code` is stable and is what the portal translates. */
export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  readonly detail: string;
  readonly fields: readonly FieldProblem[];
  readonly requestId: string;
  readonly retryAfter: number;

  constructor(said: { code: string; status: number; detail?: string; fields?: FieldProblem[]; requestId?: string; retryAfter?: number }) {
    super(said.code);
    this.code = said.code;
    this.status = said.status;
    this.detail = said.detail ?? "";
    this.fields = said.fields ?? [];
    this.requestId = said.requestId ?? "";
    this.retryAfter = said.retryAfter ?? 0;
  }
}

/** Anything that was thrown, as a problem: what never reached the platform is `offline`. */
export const problemOf = (thrown: unknown): Problem =>
  thrown instanceof Problem ? thrown : new Problem({ code: thrown instanceof TypeError ? "offline" : "internal", status: 0 });

export const api = createClient<paths>({
  baseUrl: location.origin,
  fetch: (request) => globalThis.fetch(request),
  querySerializer: { array: { style: "form", explode: false } },
});

type Said = { code?: unknown; detail?: unknown; fields?: unknown; request_id?: unknown };
const text = (value: unknown) => (typeof value === "string" ? value : "");

api.use({
  onRequest({ request }) {
    // A request that is sent twice by the network is done once; a second press of a button is a second request.
    if (request.method === "POST" && !request.headers.has("Idempotency-Key")) request.headers.set("Idempotency-Key", newKey());
    return request;
  },
  async onResponse({ response }) {
    if (response.ok) return;
    const body: Said = await response
      .clone()
      .json()
      .catch(() => ({}));
    throw new Problem({
      code: text(body.code) || "unavailable",
      status: response.status,
      detail: text(body.detail),
      fields: Array.isArray(body.fields) ? (body.fields as FieldProblem[]) : [],
      requestId: text(body.request_id),
      retryAfter: Number(response.headers.get("Retry-After") ?? 0),
    });
  },
});

// `crypto.randomUUID` exists only in secure contexts, which a portal on a plain local host name is not.
const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** The body of a reply that succeeded; anything else has been thrown as a `Problem`. */
export const bodyOf = async <Body>(reply: Promise<{ data?: Body }>): Promise<Body> => (await reply).data as Body;

/** Says which version was seen, so that nobody overwrites what somebody else changed meanwhile. */
export const ifMatch = (version: number) => ({ "If-Match": `"${version}"` });
