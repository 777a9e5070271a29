import { queryOptions } from "@tanstack/react-query";
import { api, bodyOf, type Schemas } from "~/api/client.ts";
import { pages } from "~/ui/List.tsx";
import type { ApprovalsSearch } from "./search.ts";

export type Approval = Schemas["Approval"];

type Box = NonNullable<ApprovalsSearch["box"]>;

const read = (tenant: string, box: Box, limit: number, cursor?: string, signal?: AbortSignal) =>
  bodyOf(
    api.GET("/v1/tenants/{tenant}/approvals", {
      params: { path: { tenant }, query: { box, limit, ...(cursor && { cursor }) } },
      ...(signal && { signal }),
    }),
  );

/** What waits for the people of a company, for the menu and the first page. */
export const waitingQuery = (tenant: string) =>
  queryOptions({
    queryKey: [tenant, "approvals", "waiting now"],
    queryFn: ({ signal }) => read(tenant, "waiting", 50, undefined, signal),
    refetchInterval: 30_000,
  });

export const approvalsQuery = (tenant: string, box: Box) =>
  pages([tenant, "approvals", { box }], (cursor, signal) => read(tenant, box, 50, cursor, signal), 30_000);

export const approvalQuery = (tenant: string, approval: string) =>
  queryOptions({
    queryKey: [tenant, "approval", approval],
    queryFn: () => bodyOf(api.GET("/v1/tenants/{tenant}/approvals/{approval}", { params: { path: { tenant, approval } } })),
    refetchInterval: ({ state: { data } }) => (data && data.state !== "waiting" ? false : 15_000),
  });
