import { expect, test } from "vitest";
import { pollUntil } from "./polling.ts";

test.each([
  ["work that began just now", false, 0, 1000],
  ["work that has run for half a minute", false, 30_000, 2000],
  ["work that has ended", true, 5, false],
])("%s", (_, ended, age, want) => {
  expect(pollUntil(ended, 1_000_000, 1_000_000 + age)).toBe(want);
});
