import type { Health, Schemas } from "~/api/client.ts";

type Server = Schemas["Server"];

/** A server has the shapes of accounts: what nobody hears from is unknown, never good. */
export const shapeOfServer: Record<Server["status"], Health> = { new: "none", online: "ok", silent: "unknown" };

/** A clock that is off by less than this changes nothing that people see. */
export const tolerableClockMs = 5000;
