import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, bodyOf } from "~/api/client.ts";
import { pollUntil } from "~/app/polling.ts";
import { pages } from "~/ui/List.tsx";
import type { OperationsSearch } from "./search.ts";

const ended = new Set(["succeeded", "cancelled", "needs_attention"]);

export const operationQuery = (tenant: string, op: string) =>
  queryOptions({
    queryKey: [tenant, "operation", op],
    queryFn: () => bodyOf(api.GET("/v1/tenants/{tenant}/operations/{operation}", { params: { path: { tenant, operation: op } } })),
    refetchInterval: ({ state: { data } }) =>
      pollUntil(data ? ended.has(data.state) : false, data ? Date.parse(data.created_at) : Date.now()),
  });

/** An operation, followed until it has ended. */
export const useOperation = (tenant: string, op: string | undefined | null) =>
  useQuery({ ...operationQuery(tenant, op ?? ""), enabled: Boolean(op) }).data;

export type OperationFilter = { state?: OperationsSearch["state"]; account?: string | undefined; server?: string | undefined };

export const operationsQuery = (tenant: string, { state, account, server }: OperationFilter) =>
  pages(
    [tenant, "operations", { state, account, server }],
    (cursor, signal) =>
      bodyOf(
        api.GET("/v1/tenants/{tenant}/operations", {
          params: {
            path: { tenant },
            query: {
              limit: 50,
              ...(cursor && { cursor }),
              ...(state && { state }),
              ...(account && { account }),
              ...(server && { server }),
            },
          },
          signal,
        }),
      ),
    5000,
  );
