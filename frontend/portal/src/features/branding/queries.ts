import { queryOptions } from "@tanstack/react-query";
import { api, bodyOf } from "~/api/client.ts";

/** The brand of this host, as everybody may see it before signing in. */
export const publicBrandQuery = queryOptions({
  queryKey: ["brand"],
  queryFn: () => bodyOf(api.GET("/brand.json")),
  staleTime: Number.POSITIVE_INFINITY,
});

export const brandQuery = (tenant: string) =>
  queryOptions({
    queryKey: [tenant, "brand"],
    queryFn: () => bodyOf(api.GET("/v1/tenants/{tenant}/brand", { params: { path: { tenant } } })),
  });
