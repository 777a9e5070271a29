import {
  IconActivity,
  IconBuildingStore,
  IconChecklist,
  IconDatabase,
  IconHistory,
  IconHome2,
  IconServer2,
  IconSettings,
  IconUsers,
} from "@tabler/icons-react";
import type { Schemas } from "~/api/client.ts";

type Tenant = Schemas["Tenant"];

const sells = (tenant: Tenant) => tenant.level !== "customer" && tenant.level !== "site";
const may = (tenant: Tenant, permission: string) => tenant.permissions.includes(permission);

/** Every page of the menu, the key that goes there after `g`, and who sees it: the platform's permissions decide. */
export const destinations = [
  { id: "today", group: "", key: "t", icon: IconHome2, to: "/t/$tenant", shown: () => true },
  {
    id: "approvals",
    group: "",
    key: "p",
    icon: IconChecklist,
    to: "/t/$tenant/approvals",
    shown: (tenant: Tenant) => may(tenant, "approvals:read"),
  },
  {
    id: "customers",
    group: "care",
    key: "c",
    icon: IconUsers,
    to: "/t/$tenant/customers",
    shown: (tenant: Tenant) => sells(tenant) && may(tenant, "customers:read"),
  },
  {
    id: "accounts",
    group: "care",
    key: "a",
    icon: IconDatabase,
    to: "/t/$tenant/accounts",
    shown: (tenant: Tenant) => may(tenant, "accounts:read"),
  },
  {
    id: "backups",
    group: "care",
    key: "b",
    icon: IconHistory,
    to: "/t/$tenant/backups",
    shown: (tenant: Tenant) => may(tenant, "jobs:read"),
  },
  {
    id: "resellers",
    group: "sell",
    key: "r",
    icon: IconBuildingStore,
    to: "/t/$tenant/resellers",
    shown: (tenant: Tenant) =>
      ["supplier", "distributor", "sub_distributor"].includes(tenant.level) || tenant.actions.includes("create_reseller"),
  },
  {
    id: "servers",
    group: "run",
    key: "s",
    icon: IconServer2,
    to: "/t/$tenant/servers",
    shown: (tenant: Tenant) => sells(tenant) && may(tenant, "servers:read"),
  },
  {
    id: "operations",
    group: "run",
    key: "o",
    icon: IconActivity,
    to: "/t/$tenant/operations",
    shown: (tenant: Tenant) => sells(tenant) && may(tenant, "operations:read"),
  },
  { id: "settings", group: "run", key: "i", icon: IconSettings, to: "/t/$tenant/settings", shown: () => true },
] as const;

export type Destination = (typeof destinations)[number];

export const destinationsOf = (tenant: Tenant): Destination[] => destinations.filter((destination) => destination.shown(tenant));

/** The menu in groups; a group that would be empty vanishes. */
export const menuOf = (tenant: Tenant) =>
  (["", "care", "sell", "run"] as const)
    .map((id) => ({ id, items: destinationsOf(tenant).filter((destination) => destination.group === id) }))
    .filter((group) => group.items.length);
