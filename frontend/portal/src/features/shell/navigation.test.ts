import { expect, test } from "vitest";
import type { Schemas } from "~/api/client.ts";
import { destinations, destinationsOf, menuOf } from "./navigation.ts";
import { samePageFor } from "./TenantPath.tsx";

type Tenant = Schemas["Tenant"];
const everything = ["customers:read", "accounts:read", "jobs:read", "servers:read", "operations:read"];
const tenant = (level: Tenant["level"], permissions: string[], actions: string[] = []): Tenant =>
  ({ id: "ten_1", level, permissions, actions }) as unknown as Tenant;

test.each([
  [
    "a supplier's owner sees everything",
    tenant("supplier", everything),
    ["today", "customers", "accounts", "backups", "resellers", "servers", "operations", "settings"],
  ],
  [
    "a reseller without sub-reselling sees no resellers",
    tenant("reseller", everything),
    ["today", "customers", "accounts", "backups", "servers", "operations", "settings"],
  ],
  [
    "a reseller who may have resellers sees them",
    tenant("reseller", ["accounts:read"], ["create_reseller"]),
    ["today", "accounts", "resellers", "settings"],
  ],
  ["a customer has no customers, servers or operations", tenant("customer", everything), ["today", "accounts", "backups", "settings"]],
  ["a right that is missing takes its page away", tenant("reseller", ["customers:read"]), ["today", "customers", "settings"]],
])("%s", (_, of, want) => {
  expect(destinationsOf(of).map(({ id }) => id)).toEqual(want);
});

test("a group that would be empty vanishes", () => {
  expect(menuOf(tenant("customer", [])).map(({ id }) => id)).toEqual(["", "run"]);
});

test("no two pages share a key", () => {
  expect(new Set(destinations.map(({ key }) => key)).size).toBe(destinations.length);
});

test.each([
  ["/t/ten_1", "/t/ten_2"],
  ["/t/ten_1/accounts", "/t/ten_2/accounts"],
  ["/t/ten_1/accounts/acc_1/settings", "/t/ten_2/accounts"],
  ["/t/ten_1/settings/keys", "/t/ten_2/settings/keys"],
])("switching the tenant on %s leads to %s", (from, want) => {
  expect(samePageFor(from, "ten_2")).toBe(want);
});
