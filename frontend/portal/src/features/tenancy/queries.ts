import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, bodyOf } from "~/api/client.ts";
import { pages } from "~/ui/List.tsx";

export const tenantQuery = (tenant: string) =>
  queryOptions({
    queryKey: [tenant, "tenant"],
    queryFn: () => bodyOf(api.GET("/v1/tenants/{tenant}", { params: { path: { tenant } } })),
    staleTime: 60_000,
  });

export const belowQuery = (tenant: string, q: string) =>
  queryOptions({
    queryKey: [tenant, "below", q],
    queryFn: ({ signal }) =>
      bodyOf(api.GET("/v1/tenants/{tenant}/descendants", { params: { path: { tenant }, query: { limit: 12, ...(q && { q }) } }, signal })),
    placeholderData: keepPreviousData,
  });

export type CustomerFilter = { q?: string | undefined; kind?: string | undefined; status?: string | undefined };

export const customersQuery = (tenant: string, { q, kind, status }: CustomerFilter) =>
  pages([tenant, "customers", { q, kind, status }], (cursor, signal) =>
    bodyOf(
      api.GET("/v1/tenants/{tenant}/customers", {
        params: {
          path: { tenant },
          query: { limit: 100, ...(cursor && { cursor }), ...(q && { q }), ...(kind && { kind }), ...(status && { status }) },
        },
        signal,
      }),
    ),
  );

export const customerQuery = (tenant: string, customer: string) =>
  queryOptions({
    queryKey: [tenant, "customer", customer],
    queryFn: () => bodyOf(api.GET("/v1/tenants/{tenant}/customers/{customer}", { params: { path: { tenant, customer } } })),
  });

export const childrenQuery = (tenant: string, q: string | undefined) =>
  pages([tenant, "children", { q }], (cursor, signal) =>
    bodyOf(
      api.GET("/v1/tenants/{tenant}/children", {
        params: { path: { tenant }, query: { limit: 100, ...(cursor && { cursor }), ...(q && { q }) } },
        signal,
      }),
    ),
  );
