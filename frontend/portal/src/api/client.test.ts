import { afterEach, expect, test, vi } from "vitest";
import { api, bodyOf, ifMatch, Problem, problemOf } from "./client.ts";

const reply = (status: number, body: unknown, headers: Record<string, string> = {}) => {
  const seen: Request[] = [];
  vi.stubGlobal("fetch", (request: Request) => {
    seen.push(request);
    return Promise.resolve(
      new Response(body === undefined ? null : JSON.stringify(body), {
        status,
        headers: { "Content-Type": "application/json", ...headers },
      }),
    );
  });
  return seen;
};
afterEach(() => vi.unstubAllGlobals());

const caught = (promise: Promise<unknown>): Promise<Problem> =>
  promise.then(
    () => expect.fail("it was not refused"),
    (thrown) => problemOf(thrown),
  );

test("a refusal is thrown with its code, its fields and the request's id", async () => {
  const fields = [{ name: "/email", code: "email", detail: "an e-mail address" }];
  reply(422, { code: "invalid_input", detail: "no", fields, request_id: "req_1" });
  const problem = await caught(bodyOf(api.GET("/v1/session")));
  expect(problem).toBeInstanceOf(Problem);
  expect(problem).toMatchObject({ code: "invalid_input", status: 422, fields, requestId: "req_1" });
});

test("a refusal that is no problem document is the platform being away", async () => {
  reply(502, undefined);
  expect(await caught(bodyOf(api.GET("/v1/session")))).toMatchObject({ code: "unavailable", status: 502 });
});

test("what never arrived is offline", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  expect(await caught(bodyOf(api.GET("/v1/session")))).toMatchObject({ code: "offline" });
});

test("Retry-After is told in seconds", async () => {
  reply(429, { code: "rate_limited" }, { "Retry-After": "17" });
  expect((await caught(bodyOf(api.GET("/v1/session")))).retryAfter).toBe(17);
});

test("every press of a button has an idempotency key of its own", async () => {
  const seen = reply(201, {});
  const send = () => api.POST("/v1/session", { body: { email: "a@b.example", password: "x" } });
  await send();
  await send();
  const keys = seen.map((request) => request.headers.get("Idempotency-Key"));
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(keys[1]).not.toBe(keys[0]);
});

test("a change names the version that was seen", () => {
  expect(ifMatch(4)).toEqual({ "If-Match": '"4"' });
});
