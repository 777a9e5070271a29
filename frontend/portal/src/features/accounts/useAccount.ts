import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { problemOf } from "~/api/client.ts";
import { useTenant } from "~/app/useTenant.ts";
import { healthQuery } from "~/features/reports/queries.ts";
import { accountQuery } from "./queries.ts";

/** The account of this page, its tenant and what is known of its health; nothing is known of one that is new. */
export function useAccount() {
  const { account: id } = useParams({ from: "/t/$tenant/accounts/$account" });
  const tenant = useTenant();
  const { data: account } = useSuspenseQuery(accountQuery(tenant.id, id));
  const health = useQuery(healthQuery(tenant.id, id));
  const unheard = health.error ? problemOf(health.error).code === "not_found" : false;
  return { tenant, account, health: health.data, healthError: unheard ? undefined : (health.error ?? undefined) };
}
