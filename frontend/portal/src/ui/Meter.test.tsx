import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { Meter } from "./Meter.tsx";

test.each([
  ["below the soft limit it is neutral", 79, "fine", 79],
  ["from the soft limit it asks for attention", 80, "near", 80],
  ["when full it is bad", 100, "full", 100],
  ["above the quota it never shows more than full", 140, "full", 100],
])("%s", (_, used, level, shown) => {
  render(<Meter used={used} quota={100} label="Quota used" text={`${used} of 100`} />);
  const meter = screen.getByRole("meter", { name: "Quota used" });
  expect(meter).toHaveAttribute("aria-valuenow", String(shown));
  expect(meter.parentElement).toHaveAttribute("data-level", level);
});

test("without a quota nothing is near it", () => {
  render(<Meter used={5} quota={0} label="Quota used" text="5" />);
  expect(screen.getByRole("meter").parentElement).toHaveAttribute("data-level", "fine");
});
