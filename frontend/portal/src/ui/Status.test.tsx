import { render } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Health } from "~/api/client.ts";
import { Shape } from "./Status.tsx";

const all: Health[] = ["ok", "warning", "failed", "missed", "running", "unknown", "cancelled", "none"];
const draw = (of: Health) => render(<Shape of={of} />).container.querySelector("svg")?.innerHTML ?? "";

test("every state has a shape of its own, so that colour is never the only sign", () => {
  expect(new Set(all.map(draw)).size).toBe(all.length);
});

test.each(["missed", "cancelled", "unknown", "none"] as const)("%s did not run or nobody knows, so nothing is filled", (of) => {
  expect(draw(of)).not.toMatch(/fill="var\(--c\)"/);
});

test.each(["ok", "warning", "failed"] as const)("%s ran, so it is filled", (of) => {
  expect(draw(of)).toMatch(/fill="var\(--c\)"/);
});

test("unknown is dashed", () => {
  expect(draw("unknown")).toContain("stroke-dasharray");
});
