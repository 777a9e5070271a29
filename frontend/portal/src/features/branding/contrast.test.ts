import { expect, test } from "vitest";
import { contrast, isColour } from "./contrast.ts";

test.each([
  ["#000000", "#ffffff", 21],
  ["#ffffff", "#ffffff", 1],
  ["#777777", "#ffffff", 4.48],
  ["#0b5c6e", "#ffffff", 7.58],
])("the contrast of %s on %s is %d", (one, other, want) => {
  expect(contrast(one, other)).toBeCloseTo(want, 1);
});

test.each([
  ["#0b5c6e", true],
  ["#0B5C6E", true],
  ["0b5c6e", false],
  ["#fff", false],
  ["#0b5c6e;}", false],
])("%s is a colour: %s", (text, want) => {
  expect(isColour(text)).toBe(want);
});
