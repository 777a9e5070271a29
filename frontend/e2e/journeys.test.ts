import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { hosts, launch, open, read, sellerWithAccounts, settled, signIn } from "./browser.ts";
import { startPlatform } from "./platform.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const password = "a lantern over the quiet harbour";
const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name });
const field = (page: Page, name: string) => page.locator(`[name="${name}"]`);

/** The reseller that sells directly for the supplier: it needs no whitelabel and may use the local server. */
async function directSales(page: Page): Promise<string> {
  const { supplier } = hosts();
  const children = await read<{ items: { id: string; direct_sales?: boolean; level: string }[] }>(
    page,
    `/v1/tenants/${supplier.tenant.id}/children`,
  );
  const direct = children.items.find((child) => child.direct_sales) ?? children.items.find((child) => child.level === "reseller");
  if (!direct) throw new Error("the supplier has no direct sales");
  return direct.id;
}

test("the link that the first start prints lets its owner in once, with a password of his own", async () => {
  const first = await startPlatform();
  const { context, page, wrong } = await open(browser);
  try {
    await page.goto(first.link);
    await settled(page);
    await field(page, "password").fill("short");
    await button(page, "Continue").click();
    await page.getByText("This is too short.").waitFor();
    expect(await field(page, "password").evaluate((input) => input === document.activeElement)).toBe(true);
    await field(page, "password").fill(password);
    await button(page, "Continue").click();
    await page.getByRole("heading", { name: "What needs a hand" }).waitFor();

    const again = await open(browser);
    await again.page.goto(first.link);
    await again.page.getByRole("heading", { name: "This link no longer works" }).waitFor();
    expect(wrong).toEqual([]);
  } finally {
    await first.stop();
    await context.close();
  }
});

test("a customer and an account are made on one page, and the account becomes active by itself", async () => {
  const { supplier } = hosts();
  const { context, page, wrong } = await open(browser);
  await signIn(page, supplier.url, supplier.tenant);
  const seller = await directSales(page);
  await page.goto(`${supplier.url}/t/${seller}/customers`);
  await page.getByText(/^You act for/).waitFor();
  await page.getByRole("link", { name: "New customer" }).first().click();
  await field(page, "name").fill("Lantern Street Bakery");
  await field(page, "email").fill("no address");
  await field(page, "device_name").fill("OVEN-1");
  await button(page, "Create customer and account").click();
  await page.getByText("This is not an e-mail address.").waitFor();
  await field(page, "email").fill("post@lantern-street.example");
  await button(page, "Create customer and account").click();

  await page.getByText("Shown only now.", { exact: false }).waitFor();
  const shell = await page.locator("code", { hasText: "RESTIC_REST_PASSWORD" }).innerText();
  expect(shell).not.toContain("…");
  await button(page, "I have kept it").click();
  await page.getByText("Shown only now.", { exact: false }).waitFor({ state: "detached" });
  await page.getByText("The backup server is still working on the last change.").waitFor({ state: "detached" });

  await page.getByRole("link", { name: "Operations", exact: true }).last().click();
  await page.getByText("Done").first().waitFor();
  await page.getByRole("link", { name: "Overview" }).click();
  await page.getByRole("link", { name: "Lantern Street Bakery" }).waitFor();
  expect(wrong).toEqual([]);
  await context.close();
});

test("a change that somebody else overtook is not lost, and says so", async () => {
  const { supplier } = hosts();
  const { context, page } = await open(browser);
  await signIn(page, supplier.url, supplier.tenant);
  const seller = await directSales(page);
  const customers = await read<{ items: { id: string; version: number; actions: string[] }[] }>(page, `/v1/tenants/${seller}/customers`);
  const customer = customers.items.find((one) => one.actions.includes("edit"));
  if (!customer) throw new Error("there is no customer to change");
  const at = `/v1/tenants/${seller}/customers/${customer.id}`;
  await page.goto(`${supplier.url}/t/${seller}/customers/${customer.id}`);
  await button(page, "Change details").click();
  await field(page, "phone").fill("+31 10 555 01 01");
  const overtaken = await page.evaluate(
    async ({ at, version }) =>
      (
        await fetch(at, {
          method: "PATCH",
          headers: { "Content-Type": "application/json", "If-Match": `"${version}"` },
          body: JSON.stringify({ contact_name: "Overtaken by" }),
        })
      ).status,
    { at, version: customer.version },
  );
  expect(overtaken).toBe(200);
  await button(page, "Save").click();
  await page.getByText("Somebody changed this meanwhile").waitFor();
  await button(page, "Load what is there now").click();
  await page.waitForFunction(() => document.querySelector<HTMLInputElement>("[name=contact_name]")?.value === "Overtaken by");
  await field(page, "phone").fill("+31 10 555 01 02");
  await button(page, "Save").click();
  await page.getByText("Saved.").waitFor();
  await page.getByText("+31 10 555 01 02").waitFor();
  await context.close();
});

test("a server is enrolled with one command, and its page turns green by itself", async () => {
  const { supplier } = hosts();
  const { context, page, wrong } = await open(browser);
  const folder = mkdtempSync(join(tmpdir(), "tierkeep-agent-"));
  let agent: ChildProcess | undefined;
  try {
    await signIn(page, supplier.url, supplier.tenant);
    await page.goto(`${supplier.url}/t/${supplier.tenant.id}/servers/new`);
    await field(page, "name").fill("vault-journey");
    await field(page, "host").fill("127.0.0.1:9");
    await button(page, "New server").click();
    await page.getByText("Its agent has not called yet.").waitFor();
    await button(page, "Make the command").click();
    const command = await page.locator("code", { hasText: "tierkeep-agent enrol" }).innerText();
    await page.getByText("Waiting for the agent to call…").waitFor();
    // A group of its own, so that what the shell starts ends with it.
    agent = spawn("/bin/sh", ["-c", command], {
      detached: true,
      cwd: folder,
      env: { HOME: folder, TIERKEEP_VAULT_ADDR: "127.0.0.1:0", PATH: `${inject("programs")}:${process.env.PATH}` },
      stdio: "ignore",
    });
    await page.getByText("The agent has called. The server can be used.").waitFor({ timeout: 30_000 });
    await page.getByText("Its agent calls, last", { exact: false }).waitFor();
    expect(wrong).toEqual([]);
  } finally {
    if (agent?.pid) process.kill(-agent.pid, "SIGTERM");
    await context.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test("an invited person comes in by the link that is shown once, and then by password", async () => {
  const { supplier } = hosts();
  const { context, page } = await open(browser);
  await signIn(page, supplier.url, supplier.tenant);
  await page.goto(`${supplier.url}/t/${supplier.tenant.id}/settings`);
  await button(page, "Invite somebody").click();
  const dialog = page.getByRole("dialog");
  await dialog.locator("[name=name]").fill("Robin Vale");
  await dialog.locator("[name=email]").fill("robin@northgate.example");
  await dialog.locator("[name=role]").selectOption("technician");
  await dialog.getByRole("button", { name: "Invite somebody" }).click();
  const link = await page.locator("code", { hasText: "/link#" }).innerText();
  await button(page, "I have kept it").click();

  const guest = await open(browser);
  await guest.page.goto(link);
  await guest.page.getByRole("heading", { name: "Welcome, Robin Vale" }).waitFor();
  await field(guest.page, "password").fill(password);
  await button(guest.page, "Continue").click();
  await guest.page.getByRole("heading", { name: "What needs a hand" }).waitFor();
  await button(guest.page, "Your menu").click();
  await guest.page.getByRole("menuitem", { name: "Sign out" }).click();
  await field(guest.page, "email").fill("robin@northgate.example");
  await field(guest.page, "password").fill("not the password at all");
  await button(guest.page, "Sign in").click();
  await guest.page.getByText("do not belong together").waitFor();
  await field(guest.page, "password").fill(password);
  await button(guest.page, "Sign in").click();
  await guest.page.getByRole("heading", { name: "What needs a hand" }).waitFor();
  await guest.context.close();
  await context.close();
});

test("an API key is shown once, works, and ends when it is revoked", async () => {
  const { supplier } = hosts();
  const { context, page } = await open(browser);
  await signIn(page, supplier.url, supplier.tenant);
  await page.goto(`${supplier.url}/t/${supplier.tenant.id}/settings/keys`);
  await button(page, "New key").click();
  const dialog = page.getByRole("dialog");
  await dialog.locator("[name=name]").fill("journey");
  await dialog.getByLabel("tenants:read").check();
  await dialog.getByRole("button", { name: "New key" }).click();
  const secret = await page.getByRole("region", { name: "Your new key" }).locator("code").innerText();
  const ask = () =>
    fetch(`${supplier.url}/v1/tenants/${supplier.tenant.id}`, { headers: { Authorization: `Bearer ${secret}` } }).then(
      ({ status }) => status,
    );
  expect(await ask()).toBe(200);
  await button(page, "I have kept it").click();
  const row = page.getByRole("row", { name: /journey/ });
  await row.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await row.waitFor({ state: "detached" });
  expect(await ask()).toBe(401);
  await context.close();
});

test("a whitelabel reseller's host shows his brand and nobody above him", async () => {
  const { supplier, whitelabel } = hosts();
  expect(whitelabel.url).not.toBe(supplier.url);
  const { context, page } = await open(browser);
  await page.goto(`${whitelabel.url}/sign-in`);
  await settled(page);
  const accent = () => page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--brand-accent").trim());
  const own = await accent();
  expect(await page.locator("body").innerText()).not.toContain(supplier.tenant.name);
  await signIn(page, whitelabel.url, whitelabel.tenant);
  expect(await page.getByRole("list", { name: "You are working in" }).innerText()).toBe(whitelabel.tenant.name);
  expect(await page.locator("body").innerText()).not.toContain(supplier.tenant.name);
  await page.goto(`${supplier.url}/sign-in`);
  await settled(page);
  expect(await accent()).not.toBe(own);
  await context.close();
});

test("acting below says so on every page, keeps the page when the tenant changes, and ends with one click", async () => {
  const { supplier } = hosts();
  const { context, page } = await open(browser);
  await signIn(page, supplier.url, supplier.tenant);
  const seller = await sellerWithAccounts(page, supplier.tenant.id);
  const name = inject("demo").tenants.find((tenant) => tenant.id === seller)?.name ?? "";
  await page.goto(`${supplier.url}/t/${supplier.tenant.id}/accounts`);
  await settled(page);
  await button(page, supplier.tenant.name).click();
  await page.getByRole("searchbox", { name: /^Find a company/ }).fill(name);
  await page.getByRole("dialog").getByRole("button", { name, exact: false }).first().click();
  await page.waitForURL(`**/t/${seller}/accounts`);
  await page.getByText(`You act for ${name}.`, { exact: false }).waitFor();
  await page.getByRole("link", { name: "Stop acting" }).click();
  await page.waitForURL(`**/t/${supplier.tenant.id}`);
  await page.getByText(/^You act for/).waitFor({ state: "detached" });
  await context.close();
});

test("the keyboard alone finds an account and opens it", async () => {
  const { supplier } = hosts();
  const { context, page } = await open(browser);
  await signIn(page, supplier.url, supplier.tenant);
  const seller = await sellerWithAccounts(page, supplier.tenant.id);
  await page.goto(`${supplier.url}/t/${seller}`);
  await settled(page);
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("g");
  await page.keyboard.press("a");
  await page.waitForURL(`**/t/${seller}/accounts`);
  await settled(page);
  const first = await page.getByRole("rowheader").first().innerText();
  await page.keyboard.press("/");
  await page.keyboard.type(first);
  await page.waitForURL(/[?&]q=/);
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.type(first);
  await page.getByRole("dialog").getByText(first, { exact: true }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: first, level: 1 }).waitFor();
  await context.close();
});

test("filters and columns stand in the address, so that a view can be sent to somebody", async () => {
  const { supplier } = hosts();
  const { context, page } = await open(browser);
  await signIn(page, supplier.url, supplier.tenant);
  const seller = await sellerWithAccounts(page, supplier.tenant.id, "failed");
  await page.goto(`${supplier.url}/t/${seller}/accounts`);
  await settled(page);
  await page.getByRole("link", { name: "Needs a hand" }).click();
  await button(page, "Columns").click();
  await page.getByRole("checkbox", { name: "28 days" }).click();
  await page.waitForURL(/columns=/);
  const sent = page.url();
  const other = await context.newPage();
  await other.goto(sent);
  await settled(other);
  expect(await other.getByRole("columnheader", { name: "28 days" }).count()).toBe(0);
  const healths = await other.locator("tbody tr td[data-corner]").allInnerTexts();
  expect(healths.length).toBeGreaterThan(0);
  expect(healths.every((health) => ["Failed", "Missed", "Warnings"].includes(health))).toBe(true);
  await other.goto(`${supplier.url}/t/${seller}/accounts?health=%5B%22marvellous%22%5D`);
  await settled(other);
  expect(await other.getByRole("row").count()).toBeGreaterThan(1);
  await context.close();
});

test("a language is kept by the profile and shown at once", async () => {
  const { whitelabel } = hosts();
  const { context, page } = await open(browser);
  await signIn(page, whitelabel.url, whitelabel.tenant);
  await button(page, "Your menu").click();
  await page.getByRole("menuitemradio", { name: "français" }).click();
  await page.getByRole("heading", { name: "Ce qui demande votre attention" }).waitFor();
  expect(await page.evaluate(() => document.documentElement.lang)).toBe("fr");
  await page.reload();
  await page.getByRole("heading", { name: "Ce qui demande votre attention" }).waitFor();
  await button(page, "Votre menu").click();
  await page.getByRole("menuitemradio", { name: "English" }).click();
  await page.getByRole("heading", { name: "What needs a hand" }).waitFor();
  await context.close();
});

test("a failed backup leads from today to the line of the log that says why", async () => {
  const { supplier } = hosts();
  const { context, page } = await open(browser);
  await signIn(page, supplier.url, supplier.tenant);
  const seller = await sellerWithAccounts(page, supplier.tenant.id, "failed");
  const attention = await read<{ groups: { kind: string; count: number }[] }>(page, `/v1/tenants/${seller}/overview/attention`);
  expect(attention.groups.find((group) => group.kind === "failed")?.count).toBeGreaterThan(0);
  await page.goto(`${supplier.url}/t/${seller}`);
  await page
    .getByRole("link", { name: /See why/ })
    .first()
    .click();
  await page.getByRole("link", { name: "See what failed" }).click();
  await page
    .getByRole("row")
    .filter({ has: page.getByText(/^(Failed|Quota full|Interrupted)$/) })
    .first()
    .getByRole("link")
    .click();
  await page.getByRole("heading", { name: "What the server saw" }).waitFor();
  expect(await page.locator("main ol li time").count()).toBeGreaterThan(0);
  await context.close();
});

test("on a phone the menu opens, leads somewhere and closes", async () => {
  const { supplier } = hosts();
  const { context, page } = await open(browser, { width: 390 });
  await signIn(page, supplier.url, supplier.tenant);
  expect(await page.getByRole("link", { name: "Settings" }).isVisible()).toBe(false);
  await page.getByRole("button", { name: "Menu", exact: true }).click();
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("heading", { name: "Settings" }).waitFor();
  await page.getByRole("link", { name: "Resellers" }).waitFor({ state: "hidden" });
  await context.close();
});
