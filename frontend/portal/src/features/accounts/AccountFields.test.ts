import { expect, test } from "vitest";
import { accountInput, planInput, quotaBytes } from "./AccountFields.tsx";

test.each([
  ["100", 100_000_000_000],
  ["1,5", 1_500_000_000],
  ["0.25", 250_000_000],
  ["", 0],
  ["much", 0],
])("a quota of %s GB is %d bytes", (typed, want) => {
  expect(quotaBytes(typed)).toBe(want);
});

test.each([
  ["daily", { "plan.every": "day", "plan.at": "20:00" }, { every: "day", at: "20:00", time_zone: "Europe/Paris" }],
  [
    "weekly",
    { "plan.every": "week", "plan.at": "07:30", "plan.days.mon": "on", "plan.days.fri": "on" },
    { every: "week", at: "07:30", days: ["mon", "fri"], time_zone: "Europe/Paris" },
  ],
])("a %s plan is sent in the time zone of its seller", (_, values, want) => {
  expect(planInput(values, "Europe/Paris")).toEqual(want);
});

test("a device without a name is left to the platform", () => {
  expect(accountInput({ server: "srv_1", type: "online", quota_bytes: "10" }, "ten_1", "UTC")).not.toHaveProperty("device_name");
});
