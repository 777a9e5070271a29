import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";
import * as v from "valibot";
import { problemOf } from "~/api/client.ts";
import { accountQuery } from "~/features/accounts/queries.ts";
import { accountsSearch } from "~/features/accounts/search.ts";
import { approvalQuery } from "~/features/approvals/queries.ts";
import { approvalsSearch } from "~/features/approvals/search.ts";
import { brandQuery, publicBrandQuery } from "~/features/branding/queries.ts";
import { sessionQuery } from "~/features/identity/queries.ts";
import { outboxMailQuery } from "~/features/notifications/queries.ts";
import { operationsSearch } from "~/features/operations/search.ts";
import { attentionQuery } from "~/features/overview/queries.ts";
import { jobQuery } from "~/features/reports/queries.ts";
import { backupsSearch } from "~/features/reports/search.ts";
import { serverQuery, serversQuery } from "~/features/servers/queries.ts";
import { customerQuery, tenantQuery } from "~/features/tenancy/queries.ts";
import { customersSearch, findSearch, newAccountSearch } from "~/features/tenancy/search.ts";
import { asLocale, chosenLocale, loadMessages, setLocale } from "~/i18n/i18n.tsx";
import { Loading } from "~/ui/Loading.tsx";
import { NotFound } from "./NotFound.tsx";
import { queryClient } from "./queryClient.ts";
import { RouteError, StandaloneError } from "./RouteError.tsx";

const root = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Outlet,
  errorComponent: StandaloneError,
  notFoundComponent: () => (
    <main>
      <NotFound />
    </main>
  ),
});

/** Where somebody belongs who opens the portal without naming a page. */
const index = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: async ({ context }) => {
    const { home } = await session(context.queryClient, "/");
    throw redirect({ to: "/t/$tenant", params: { tenant: home.id }, replace: true });
  },
});

/** The session, or the way to the sign-in page and back. */
async function session(client: QueryClient, wanted: string) {
  try {
    const found = await client.ensureQueryData(sessionQuery);
    if (!chosenLocale()) await setLocale(asLocale(found.user.locale));
    return found;
  } catch (thrown) {
    if (problemOf(thrown).code !== "unauthenticated") throw thrown;
    throw redirect({ to: "/sign-in", search: wanted === "/" ? {} : { next: wanted }, replace: true });
  }
}

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: v.object({ next: v.optional(v.fallback(v.string(), "")) }),
  loader: ({ context }) => Promise.all([loadMessages("identity"), context.queryClient.ensureQueryData(publicBrandQuery)]),
  component: lazyRouteComponent(() => import("~/features/identity/SignIn.tsx")),
});

const link = createRoute({
  getParentRoute: () => root,
  path: "/link",
  loader: ({ context }) => Promise.all([loadMessages("identity"), context.queryClient.ensureQueryData(publicBrandQuery)]),
  component: lazyRouteComponent(() => import("~/features/identity/OneTimeLink.tsx")),
});

const tenant = createRoute({
  getParentRoute: () => root,
  path: "/t/$tenant",
  beforeLoad: ({ context, location }) => session(context.queryClient, location.href),
  loader: ({ context, params }) => Promise.all([loadMessages("shell"), context.queryClient.ensureQueryData(tenantQuery(params.tenant))]),
  component: lazyRouteComponent(() => import("~/features/shell/Shell.tsx")),
  errorComponent: StandaloneError,
  notFoundComponent: NotFound,
});

const today = createRoute({
  getParentRoute: () => tenant,
  path: "/",
  loader: ({ context, params }) =>
    Promise.all([loadMessages("overview"), context.queryClient.ensureQueryData(attentionQuery(params.tenant))]),
  component: lazyRouteComponent(() => import("~/features/overview/Today.tsx")),
});

const approvals = createRoute({
  getParentRoute: () => tenant,
  path: "/approvals",
  validateSearch: approvalsSearch,
  loader: () => loadMessages("approvals"),
  component: lazyRouteComponent(() => import("~/features/approvals/ApprovalsPage.tsx")),
});

const approval = createRoute({
  getParentRoute: () => tenant,
  path: "/approvals/$approval",
  loader: ({ context, params }) =>
    Promise.all([
      loadMessages("approvals"),
      context.queryClient.ensureQueryData(sessionQuery),
      context.queryClient.ensureQueryData(approvalQuery(params.tenant, params.approval)),
    ]),
  component: lazyRouteComponent(() => import("~/features/approvals/ApprovalPage.tsx")),
});

const customers = createRoute({
  getParentRoute: () => tenant,
  path: "/customers",
  validateSearch: customersSearch,
  loader: () => loadMessages("tenancy"),
  component: lazyRouteComponent(() => import("~/features/tenancy/CustomersPage.tsx")),
});

const newCustomer = createRoute({
  getParentRoute: () => tenant,
  path: "/customers/new",
  loader: () => loadMessages("tenancy", "accounts"),
  component: lazyRouteComponent(() => import("~/features/tenancy/NewCustomerPage.tsx")),
});

const customer = createRoute({
  getParentRoute: () => tenant,
  path: "/customers/$customer",
  loader: ({ context, params }) =>
    Promise.all([loadMessages("tenancy", "accounts"), context.queryClient.ensureQueryData(customerQuery(params.tenant, params.customer))]),
  component: lazyRouteComponent(() => import("~/features/tenancy/CustomerPage.tsx")),
});

const resellers = createRoute({
  getParentRoute: () => tenant,
  path: "/resellers",
  validateSearch: findSearch,
  loader: () => loadMessages("tenancy"),
  component: lazyRouteComponent(() => import("~/features/tenancy/ResellersPage.tsx")),
});

const newReseller = createRoute({
  getParentRoute: () => tenant,
  path: "/resellers/new",
  loader: () => loadMessages("tenancy"),
  component: lazyRouteComponent(() => import("~/features/tenancy/NewResellerPage.tsx")),
});

const accounts = createRoute({
  getParentRoute: () => tenant,
  path: "/accounts",
  validateSearch: accountsSearch,
  loader: () => loadMessages("accounts"),
  component: lazyRouteComponent(() => import("~/features/accounts/AccountsPage.tsx")),
});

const newAccount = createRoute({
  getParentRoute: () => tenant,
  path: "/accounts/new",
  validateSearch: newAccountSearch,
  loader: () => loadMessages("accounts"),
  component: lazyRouteComponent(() => import("~/features/accounts/NewAccountPage.tsx")),
});

const account = createRoute({
  getParentRoute: () => tenant,
  path: "/accounts/$account",
  loader: ({ context, params }) =>
    Promise.all([
      loadMessages("accounts", "reports", "operations"),
      context.queryClient.ensureQueryData(accountQuery(params.tenant, params.account)),
    ]),
  component: lazyRouteComponent(() => import("~/features/accounts/AccountPage.tsx")),
});
const accountTabs = [
  createRoute({
    getParentRoute: () => account,
    path: "/",
    component: lazyRouteComponent(() => import("~/features/accounts/AccountOverview.tsx")),
  }),
  createRoute({
    getParentRoute: () => account,
    path: "/backups",
    component: lazyRouteComponent(() => import("~/features/accounts/AccountBackups.tsx")),
  }),
  createRoute({
    getParentRoute: () => account,
    path: "/connect",
    component: lazyRouteComponent(() => import("~/features/accounts/AccountConnect.tsx")),
  }),
  createRoute({
    getParentRoute: () => account,
    path: "/settings",
    component: lazyRouteComponent(() => import("~/features/accounts/AccountSettings.tsx")),
  }),
  createRoute({
    getParentRoute: () => account,
    path: "/operations",
    component: lazyRouteComponent(() => import("~/features/accounts/AccountOperations.tsx")),
  }),
] as const;

const servers = createRoute({
  getParentRoute: () => tenant,
  path: "/servers",
  loader: ({ context, params }) => Promise.all([loadMessages("servers"), context.queryClient.ensureQueryData(serversQuery(params.tenant))]),
  component: lazyRouteComponent(() => import("~/features/servers/ServersPage.tsx")),
});

const newServer = createRoute({
  getParentRoute: () => tenant,
  path: "/servers/new",
  loader: () => loadMessages("servers"),
  component: lazyRouteComponent(() => import("~/features/servers/NewServerPage.tsx")),
});

const server = createRoute({
  getParentRoute: () => tenant,
  path: "/servers/$server",
  loader: ({ context, params }) =>
    Promise.all([loadMessages("servers"), context.queryClient.ensureQueryData(serverQuery(params.tenant, params.server))]),
  component: lazyRouteComponent(() => import("~/features/servers/ServerPage.tsx")),
});

const backups = createRoute({
  getParentRoute: () => tenant,
  path: "/backups",
  validateSearch: backupsSearch,
  loader: () => loadMessages("reports"),
  component: lazyRouteComponent(() => import("~/features/reports/BackupsPage.tsx")),
});

const job = createRoute({
  getParentRoute: () => tenant,
  path: "/backups/$job",
  loader: ({ context, params }) =>
    Promise.all([loadMessages("reports"), context.queryClient.ensureQueryData(jobQuery(params.tenant, params.job))]),
  component: lazyRouteComponent(() => import("~/features/reports/JobPage.tsx")),
});

const operations = createRoute({
  getParentRoute: () => tenant,
  path: "/operations",
  validateSearch: operationsSearch,
  loader: () => loadMessages("operations"),
  component: lazyRouteComponent(() => import("~/features/operations/OperationsPage.tsx")),
});

const settings = createRoute({
  getParentRoute: () => tenant,
  path: "/settings",
  loader: () => loadMessages("identity"),
  component: lazyRouteComponent(() => import("~/features/identity/SettingsPage.tsx")),
});
const settingsTabs = [
  createRoute({
    getParentRoute: () => settings,
    path: "/",
    component: lazyRouteComponent(() => import("~/features/identity/People.tsx")),
  }),
  createRoute({
    getParentRoute: () => settings,
    path: "/keys",
    component: lazyRouteComponent(() => import("~/features/identity/Keys.tsx")),
  }),
  createRoute({
    getParentRoute: () => settings,
    path: "/brand",
    loader: ({ context, params }) =>
      Promise.all([loadMessages("branding"), context.queryClient.ensureQueryData(brandQuery(params.tenant))]),
    component: lazyRouteComponent(() => import("~/features/branding/BrandForm.tsx")),
  }),
  createRoute({
    getParentRoute: () => settings,
    path: "/activity",
    loader: () => loadMessages("overview"),
    component: lazyRouteComponent(() => import("~/features/overview/Activity.tsx")),
  }),
  createRoute({
    getParentRoute: () => settings,
    path: "/me",
    component: lazyRouteComponent(() => import("~/features/identity/Me.tsx")),
  }),
  createRoute({
    getParentRoute: () => settings,
    path: "/outbox",
    loader: () => loadMessages("notifications"),
    component: lazyRouteComponent(() => import("~/features/notifications/Outbox.tsx")),
  }),
  createRoute({
    getParentRoute: () => settings,
    path: "/outbox/$mail",
    loader: ({ context, params }) =>
      Promise.all([loadMessages("notifications"), context.queryClient.ensureQueryData(outboxMailQuery(params.tenant, params.mail))]),
    component: lazyRouteComponent(() => import("~/features/notifications/OutboxMail.tsx")),
  }),
] as const;

export const router = createRouter({
  routeTree: root.addChildren([
    index,
    signIn,
    link,
    tenant.addChildren([
      today,
      approvals,
      approval,
      customers,
      newCustomer,
      customer,
      resellers,
      newReseller,
      accounts,
      newAccount,
      account.addChildren(accountTabs),
      servers,
      newServer,
      server,
      backups,
      job,
      operations,
      settings.addChildren(settingsTabs),
    ]),
  ]),
  context: { queryClient },
  defaultPreload: "intent",
  defaultPendingMs: 200,
  defaultPendingComponent: Loading,
  defaultErrorComponent: RouteError,
  defaultNotFoundComponent: NotFound,
  scrollRestoration: true,
  scrollToTopSelectors: ["#main"],
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
