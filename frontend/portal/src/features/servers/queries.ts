import { queryOptions } from "@tanstack/react-query";
import { api, bodyOf } from "~/api/client.ts";
import { pollUntil } from "~/app/polling.ts";

export const serversQuery = (tenant: string) =>
  queryOptions({
    queryKey: [tenant, "servers"],
    queryFn: () => bodyOf(api.GET("/v1/tenants/{tenant}/servers", { params: { path: { tenant } } })),
    refetchInterval: 20_000,
  });

/** A server that has no agent yet is looked at every second, so that the page turns green by itself. */
export const serverQuery = (tenant: string, server: string) => {
  const opened = Date.now();
  return queryOptions({
    queryKey: [tenant, "server", server],
    queryFn: () => bodyOf(api.GET("/v1/tenants/{tenant}/servers/{server}", { params: { path: { tenant, server } } })),
    refetchInterval: ({ state: { data } }) => pollUntil(data?.status === "online", opened) || 20_000,
  });
};

export const placementsQuery = (tenant: string) =>
  queryOptions({
    queryKey: [tenant, "placements"],
    queryFn: () => bodyOf(api.GET("/v1/tenants/{tenant}/servers/placements", { params: { path: { tenant } } })),
  });

export const accessQuery = (tenant: string, server: string) =>
  queryOptions({
    queryKey: [tenant, "access", server],
    queryFn: () => bodyOf(api.GET("/v1/tenants/{tenant}/servers/{server}/access", { params: { path: { tenant, server } } })),
  });
