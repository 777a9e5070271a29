import { useSuspenseQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { tenantQuery } from "~/features/tenancy/queries.ts";

/** The id of the tenant that the address names: the one that is acted for. */
export const useTenantId = () => useParams({ from: "/t/$tenant" }).tenant;

export const useTenant = () => useSuspenseQuery(tenantQuery(useTenantId())).data;
