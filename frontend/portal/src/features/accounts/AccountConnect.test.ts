import { expect, test } from "vitest";
import { bareAddress, quoted } from "./AccountConnect.tsx";

test.each([
  ["rest:https://linden-k7q2x@backup.example/linden-k7q2x/", "rest:https://backup.example/linden-k7q2x/"],
  ["rest:http://127.0.0.1:8082/linden-k7q2x/", "rest:http://127.0.0.1:8082/linden-k7q2x/"],
])("restic is told %s as %s, so that it looks at its environment for the login", (address, want) => {
  expect(bareAddress(address)).toBe(want);
});

test("a quote in a password does not end the shell's text", () => {
  expect(quoted("it's")).toBe("'it'\\''s'");
});
