import { type Browser, chromium, type Page } from "playwright-core";
import { expect, inject } from "vitest";
import { code } from "./authenticator.ts";
import type { DemoTenant } from "./platform.ts";

/** Debian's Chromium, or the one that $CHROMIUM names; it speaks to nobody but the platform. */
export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });

/** The two hosts: the supplier's own, and a whitelabel reseller's, which shows another brand. */
export function hosts() {
  const { address, tenants } = inject("demo");
  const supplier = find(tenants, (tenant) => tenant.level === "supplier");
  const whitelabel = find(tenants, (tenant) => tenant.variant === "whitelabel" && tenant.sign_in !== null);
  return { supplier: { tenant: supplier, url: address }, whitelabel: { tenant: whitelabel, url: whitelabel.sign_in?.address ?? address } };
}

function find(tenants: DemoTenant[], wanted: (tenant: DemoTenant) => boolean): DemoTenant {
  const tenant = tenants.find(wanted);
  if (!tenant) throw new Error("the demonstration tree lacks a tenant that the tests need");
  return tenant;
}

type Look = { locale?: string; colorScheme?: "light" | "dark"; width?: 1440 | 390 };

/** A browser window of its own, with everything that a page does wrong collected in `wrong`. */
export async function open(browser: Browser, { locale = "en-GB", colorScheme = "light", width = 1440 }: Look = {}) {
  const context = await browser.newContext({
    locale,
    colorScheme,
    reducedMotion: "reduce",
    viewport: width === 390 ? { width, height: 844 } : { width, height: 900 },
    deviceScaleFactor: width === 390 ? 2 : 1,
  });
  const page = await context.newPage();
  const wrong: string[] = [];
  page.on("pageerror", (error) => wrong.push(`${page.url()}: ${error.message}`));
  page.on("console", (message) => {
    if (/content security policy/i.test(message.text())) wrong.push(`${page.url()}: ${message.text()}`);
  });
  return { context, page, wrong };
}

/** Signs in by password, as the person whom the demonstration printed for a tenant, in the language of the browser. */
export async function signIn(page: Page, url: string, tenant: DemoTenant) {
  if (!tenant.sign_in) throw new Error(`${tenant.name} has nobody who signs in`);
  await page.goto(`${url}/sign-in`);
  const language = await page.evaluate(() => document.documentElement.lang);
  // The reader's own choice on this machine goes before the language of the profile.
  await page.evaluate((chosen) => localStorage.setItem("locale", chosen), language);
  await page.locator("input[name=email]").fill(tenant.sign_in.email);
  await page.locator("input[name=password]").fill(tenant.sign_in.password);
  await page.locator("button[type=submit]").click();
  await page.waitForURL("**/t/*");
  await settled(page);
}

export type Guest = { email: string; password: string; link: string; id: string };

/** Invites somebody to a tenant, the window's person's own unless named, and returns the link that the platform shows once. */
export async function invite(page: Page, person: { name: string; email: string; role: string }, tenant?: string): Promise<Guest> {
  const home = tenant ?? (await read<{ home: { id: string } }>(page, "/v1/session")).home.id;
  const made = await write<{ link: string; user: { id: string } }>(page, "POST", `/v1/tenants/${home}/users`, person);
  return { email: person.email, password: "a lantern over the quiet harbour", link: made.link, id: made.user.id };
}

/** Follows an invitation in a window of its own, with the password of all guests. */
export async function comeIn(page: Page, guest: Guest) {
  await page.goto(guest.link);
  await settled(page);
  await page.locator("[name=password]").fill(guest.password);
  await page.locator("button[type=submit]").click();
  await page.waitForURL("**/t/*");
  await settled(page);
}

/** Gives the person of a window a second factor, and returns its secret. The session that begins is proven by it. */
export async function secure(page: Page, guest: Guest): Promise<string> {
  const setup = await write<{ secret: string }>(page, "POST", "/v1/session/second-factor", { current: guest.password });
  await write(page, "POST", "/v1/session/second-factor/confirm", { code: code(setup.secret) });
  await page.reload();
  await settled(page);
  return setup.secret;
}

/** Writes to the platform with the session of a window. */
export async function write<Body>(page: Page, method: string, path: string, body?: unknown): Promise<Body> {
  const reply = await page.evaluate(
    async ({ method, path, body }) => {
      const said = await fetch(path, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body ?? {}) });
      return { ok: said.ok, status: said.status, body: await said.json() };
    },
    { method, path, body },
  );
  if (!reply.ok) throw new Error(`${method} ${path} answers ${reply.status}: ${JSON.stringify(reply.body)}`);
  return reply.body as Body;
}

/** Waits until a page has its heading and its lists. */
export async function settled(page: Page) {
  await page.locator("h1").first().waitFor();
  await page.waitForFunction(() => !document.querySelector("[role=status][aria-label]:not([aria-label=''])"));
  await page.evaluate(() => document.fonts.ready);
}

/** Reads from the platform with the session of a window. */
export async function read<Body>(page: Page, path: string): Promise<Body> {
  const { status, body } = await ask(page, path);
  expect(`${status} ${path}`).toBe(`200 ${path}`);
  return body as Body;
}

// From the page, because only the browser knows that every name below localhost is this machine.
const ask = (page: Page, path: string): Promise<{ status: number; body: unknown }> =>
  page.evaluate(async (path) => {
    const reply = await fetch(path);
    return { status: reply.status, body: await reply.json() };
  }, path);

/** Of the tenants that the demonstration printed, the seller with the most accounts, of a health if named, that this session may see. */
export async function sellerWithAccounts(page: Page, own: string, health?: string): Promise<string> {
  const { tenants } = inject("demo");
  let most = { id: "", total: 0 };
  for (const { id } of tenants.filter((tenant) => tenant.id === own || tenant.level === "reseller")) {
    const { status, body } = await ask(page, `/v1/tenants/${id}/overview/accounts?limit=1${health ? `&health=${health}` : ""}`);
    const total = status === 200 ? (body as { total: number }).total : 0;
    if (total > most.total) most = { id, total };
  }
  if (!most.id) throw new Error("nobody in the demonstration tree has such accounts");
  return most.id;
}

export type View = { name: string; path: string };

/** Every page of a seller, with the newest of his own objects in them. */
export async function viewsOf(page: Page, tenant: string): Promise<View[]> {
  const at = `/v1/tenants/${tenant}`;
  type Ids = { items: { id: string; health?: string; state?: string; status?: string }[] };
  const list = async (path: string) => (await read<Ids>(page, `${at}/${path}`)).items;
  const accounts = await list("overview/accounts?limit=100");
  const account = (accounts.find((one) => one.health === "failed") ?? accounts[0])?.id;
  const customer = (await list("customers"))[0]?.id;
  const jobs = await list("jobs?limit=50");
  const job = (jobs.find((one) => one.state === "failed" || one.state === "quota") ?? jobs[0])?.id;
  const servers = await list("servers");
  const server = (servers.find((one) => one.status === "online") ?? servers[0])?.id;
  const home = `/t/${tenant}`;
  return [
    { name: "today", path: home },
    { name: "customers", path: `${home}/customers` },
    { name: "customer-new", path: `${home}/customers/new` },
    ...(customer ? [{ name: "customer", path: `${home}/customers/${customer}` }] : []),
    { name: "accounts", path: `${home}/accounts` },
    { name: "account-new", path: `${home}/accounts/new` },
    ...(account
      ? [
          { name: "account", path: `${home}/accounts/${account}` },
          { name: "account-backups", path: `${home}/accounts/${account}/backups` },
          { name: "account-connect", path: `${home}/accounts/${account}/connect` },
          { name: "account-settings", path: `${home}/accounts/${account}/settings` },
          { name: "account-operations", path: `${home}/accounts/${account}/operations` },
        ]
      : []),
    { name: "backups", path: `${home}/backups` },
    { name: "backups-missed", path: `${home}/backups?view=missed` },
    ...(job ? [{ name: "backup", path: `${home}/backups/${job}` }] : []),
    { name: "servers", path: `${home}/servers` },
    ...(server ? [{ name: "server", path: `${home}/servers/${server}` }] : []),
    { name: "operations", path: `${home}/operations` },
    { name: "people", path: `${home}/settings` },
    { name: "keys", path: `${home}/settings/keys` },
    { name: "brand", path: `${home}/settings/brand` },
    { name: "activity", path: `${home}/settings/activity` },
    { name: "me", path: `${home}/settings/me` },
    { name: "nowhere", path: `${home}/nowhere` },
  ];
}
