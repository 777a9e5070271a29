import { queryOptions } from "@tanstack/react-query";
import { api, bodyOf } from "~/api/client.ts";

/** Mails that the platform kept instead of sending; refused wherever mails leave the machine. */
export const outboxQuery = (tenant: string) =>
  queryOptions({
    queryKey: [tenant, "outbox"],
    queryFn: () => bodyOf(api.GET("/v1/tenants/{tenant}/outbox", { params: { path: { tenant } } })),
  });

export const outboxMailQuery = (tenant: string, mail: string) =>
  queryOptions({
    queryKey: [tenant, "outbox", mail],
    queryFn: () => bodyOf(api.GET("/v1/tenants/{tenant}/outbox/{mail}", { params: { path: { tenant, mail } } })),
  });
