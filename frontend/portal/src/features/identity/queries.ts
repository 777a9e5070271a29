import { queryOptions } from "@tanstack/react-query";
import { api, bodyOf } from "~/api/client.ts";

export const sessionQuery = queryOptions({ queryKey: ["session"], queryFn: () => bodyOf(api.GET("/v1/session")), staleTime: 300_000 });

export const sessionsQuery = queryOptions({ queryKey: ["session", "list"], queryFn: () => bodyOf(api.GET("/v1/session/list")) });

export const secondFactorQuery = queryOptions({
  queryKey: ["session", "second-factor"],
  queryFn: () => bodyOf(api.GET("/v1/session/second-factor")),
});

export const linkQuery = (token: string) =>
  queryOptions({
    queryKey: ["link", token],
    queryFn: () => bodyOf(api.POST("/v1/links", { body: { token } })),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const usersQuery = (tenant: string) =>
  queryOptions({
    queryKey: [tenant, "users"],
    queryFn: () => bodyOf(api.GET("/v1/tenants/{tenant}/users", { params: { path: { tenant } } })),
  });

export const rolesQuery = (tenant: string) =>
  queryOptions({
    queryKey: [tenant, "roles"],
    queryFn: () => bodyOf(api.GET("/v1/tenants/{tenant}/roles", { params: { path: { tenant } } })),
  });

export const keysQuery = (tenant: string) =>
  queryOptions({
    queryKey: [tenant, "keys"],
    queryFn: () => bodyOf(api.GET("/v1/tenants/{tenant}/keys", { params: { path: { tenant } } })),
  });

export const scopesQuery = (tenant: string) =>
  queryOptions({
    queryKey: [tenant, "keys", "scopes"],
    queryFn: () => bodyOf(api.GET("/v1/tenants/{tenant}/keys/scopes", { params: { path: { tenant } } })),
  });
