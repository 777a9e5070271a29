import { queryOptions } from "@tanstack/react-query";
import { api, bodyOf } from "~/api/client.ts";
import { pages } from "~/ui/List.tsx";
import type { BackupsSearch } from "./search.ts";

export type JobFilter = {
  account?: string | undefined;
  customer?: string | undefined;
  health?: "ok" | "warning" | "failed" | "running" | undefined;
  kind?: BackupsSearch["kind"];
  from?: string | undefined;
};

export const jobsQuery = (tenant: string, { account, customer, health, kind, from }: JobFilter) =>
  pages(
    [tenant, "jobs", { account, customer, health, kind, from }],
    (cursor, signal) =>
      bodyOf(
        api.GET("/v1/tenants/{tenant}/jobs", {
          params: {
            path: { tenant },
            query: {
              limit: 50,
              ...(cursor && { cursor }),
              ...(account && { account }),
              ...(customer && { customer }),
              ...(health && { health }),
              ...(kind && { kind }),
              ...(from && { from }),
            },
          },
          signal,
        }),
      ),
    10_000,
  );

export const jobQuery = (tenant: string, job: string) =>
  queryOptions({
    queryKey: [tenant, "job", job],
    queryFn: () => bodyOf(api.GET("/v1/tenants/{tenant}/jobs/{job}", { params: { path: { tenant, job } } })),
    refetchInterval: ({ state: { data } }) => (data?.state === "running" ? 2000 : false),
  });

export const expectationsQuery = (tenant: string, account?: string) =>
  pages([tenant, "expectations", { account }], (cursor, signal) =>
    bodyOf(
      api.GET("/v1/tenants/{tenant}/expectations", {
        params: { path: { tenant }, query: { limit: 50, ...(cursor && { cursor }), ...(account && { account }) } },
        signal,
      }),
    ),
  );

export const healthQuery = (tenant: string, account: string) =>
  queryOptions({
    queryKey: [tenant, "health", account],
    queryFn: () => bodyOf(api.GET("/v1/tenants/{tenant}/health/{account}", { params: { path: { tenant, account } } })),
    refetchInterval: 15_000,
  });

export const usageQuery = (tenant: string, account: string) =>
  queryOptions({
    queryKey: [tenant, "usage", account],
    queryFn: () => bodyOf(api.GET("/v1/tenants/{tenant}/usage/{account}", { params: { path: { tenant, account } } })),
    staleTime: 60_000,
  });
