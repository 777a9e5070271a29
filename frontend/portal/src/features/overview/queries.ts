import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, bodyOf } from "~/api/client.ts";
import { pages } from "~/ui/List.tsx";

export const attentionQuery = (tenant: string) =>
  queryOptions({
    queryKey: [tenant, "attention"],
    queryFn: () => bodyOf(api.GET("/v1/tenants/{tenant}/overview/attention", { params: { path: { tenant } } })),
    refetchInterval: 30_000,
  });

export const searchQuery = (tenant: string, q: string) =>
  queryOptions({
    queryKey: [tenant, "search", q],
    queryFn: ({ signal }) =>
      bodyOf(api.GET("/v1/tenants/{tenant}/overview/search", { params: { path: { tenant }, query: { q } }, signal })),
    placeholderData: keepPreviousData,
    enabled: q.length > 1,
  });

export const activityQuery = (tenant: string, subject?: string) =>
  pages([tenant, "activity", { subject }], (cursor, signal) =>
    bodyOf(
      api.GET("/v1/tenants/{tenant}/overview/activity", {
        params: { path: { tenant }, query: { limit: 50, ...(cursor && { cursor }), ...(subject && { subject }) } },
        signal,
      }),
    ),
  );
