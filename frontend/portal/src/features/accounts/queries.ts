import { queryOptions } from "@tanstack/react-query";
import { api, bodyOf, type Schemas } from "~/api/client.ts";
import { pollUntil } from "~/app/polling.ts";
import { pages } from "~/ui/List.tsx";
import type { AccountsSearch } from "./search.ts";

type Account = Schemas["Account"];

export type AccountFilter = Pick<AccountsSearch, "q" | "health" | "customer" | "server" | "state">;

export const accountRowsQuery = (tenant: string, { q, health, customer, server, state }: AccountFilter) =>
  pages(
    [tenant, "accounts", { q, health, customer, server, state }],
    (cursor, signal) =>
      bodyOf(
        api.GET("/v1/tenants/{tenant}/overview/accounts", {
          params: {
            path: { tenant },
            query: {
              limit: 100,
              ...(cursor && { cursor }),
              ...(q && { q }),
              ...(health?.length && { health: [...health] }),
              ...(customer && { customer }),
              ...(server && { server }),
              ...(state && { state }),
            },
          },
          signal,
        }),
      ),
    30_000,
  );

/** Whether the backup server has done everything that was asked so far, or waits for a person. */
export const settled = (account: Account) => account.observed_generation >= account.generation || account.state === "attention";

export const accountQuery = (tenant: string, account: string) => {
  let since = Date.now();
  return queryOptions({
    queryKey: [tenant, "account", account],
    queryFn: () => bodyOf(api.GET("/v1/tenants/{tenant}/accounts/{account}", { params: { path: { tenant, account } } })),
    refetchInterval: ({ state: { data } }) => {
      if (!data || settled(data)) {
        since = Date.now();
        // What others decide, or what its time brings, is looked for in between.
        return data?.removal && data.state !== "gone" ? 5_000 : false;
      }
      return pollUntil(false, since);
    },
  });
};

/** Logins of an account that was made a moment ago: kept in memory only, until the reader says they are kept. */
export const loginsKey = (tenant: string, account: string) => [tenant, "logins", account] as const;

export const noteQuery = (tenant: string, account: string) =>
  queryOptions({
    queryKey: [tenant, "note", account],
    queryFn: () => bodyOf(api.GET("/v1/tenants/{tenant}/accounts/{account}/note", { params: { path: { tenant, account } } })),
  });
