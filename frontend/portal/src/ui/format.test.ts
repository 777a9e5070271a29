import { expect, test } from "vitest";
import { ago, bytes, duration } from "./format.ts";

const plain = (text: string | undefined) => text?.replaceAll(/\s/g, " ");

test.each([
  ["en", 999, "999 bytes"],
  ["en", 0, "0 bytes"],
  ["en", 12_500_000_000, "12.5 GB"],
  ["en", 999_950, "1 MB"],
  ["nl", 1_480_000_000_000, "1,48 TB"],
  ["de", 12_500_000_000, "12,5 GB"],
  ["fr", 12_500_000_000, "12,5 Go"],
])("bytes in %s of %d read %s", (locale, value, want) => {
  expect(plain(bytes(locale, value))).toBe(want);
});

const now = Date.parse("2026-03-01T12:00:00Z");
test.each([
  ["en", "2026-03-01T11:59:40Z", undefined],
  ["en", "2026-03-01T11:55:00Z", "5 min. ago"],
  ["nl", "2026-02-27T12:00:00Z", "eergisteren"],
])("in %s, %s is %s", (locale, iso, want) => {
  expect(plain(ago(locale, iso, now))).toBe(want);
});

test.each([
  ["en", 200, "1 sec"],
  ["en", 4_320_000, "1 hr 12 min"],
  ["fr", 180_000, "3 min"],
])("a span in %s of %d ms reads %s", (locale, ms, want) => {
  expect(plain(duration(locale, ms))).toBe(want);
});
