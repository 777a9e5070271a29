import { expect, test } from "vitest";
import { safeNext } from "./SignIn.tsx";

test.each([
  ["/t/ten_1/accounts?health=failed", "/t/ten_1/accounts?health=failed"],
  ["https://elsewhere.example/t/", "/"],
  ["//elsewhere.example/t/", "/"],
  ["/sign-in", "/"],
  [undefined, "/"],
])("after signing in, %s leads to %s", (next, want) => {
  expect(safeNext(next)).toBe(want);
});
