import { expect, test } from "vitest";
import { blocksOf, most } from "./blocks.ts";

test.each([
  [0, 1e6, 0],
  [1, 1e6, 0.000001],
  [60e6, 1e6, 60],
  [60e6 + 1, 2e6, 30.0000005],
  [700e9, 20e9, 35],
  [4.2e12, 100e9, 42],
])("%d bytes are drawn in squares of %d", (bytes, unit, count) => {
  expect(blocksOf(bytes)).toEqual({ unit, count });
});

test("however much it is, the squares can be seen at a glance, and there are never too few to compare", () => {
  for (let bytes = 100e6; bytes < 1e18; bytes *= 1.37) {
    const { count } = blocksOf(bytes);
    expect(count).toBeLessThanOrEqual(most);
    expect(count).toBeGreaterThan(most / 3);
  }
});
