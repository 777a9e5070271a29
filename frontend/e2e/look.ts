import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hosts, launch, open, sellerWithAccounts, settled, signIn, type View, viewsOf } from "./browser.ts";

const folder = join(import.meta.dirname, "../../docs/screenshots");
let browser: Browser;
beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  browser = await launch();
});
afterAll(() => browser.close());

const main = [
  "today",
  "customers",
  "customer-new",
  "accounts",
  "account",
  "account-connect",
  "backups",
  "backup",
  "servers",
  "server",
  "operations",
  "people",
];

test.each([
  { name: "", host: "supplier", look: {}, views: main },
  { name: "-dark", host: "supplier", look: { colorScheme: "dark" }, views: ["today", "accounts", "account"] },
  { name: "-phone", host: "supplier", look: { width: 390 }, views: ["today", "accounts", "account"] },
  { name: "-whitelabel", host: "whitelabel", look: { locale: "nl-NL" }, views: ["today", "accounts", "brand"] },
] as const)("pictures$name", async ({ name, host, look, views }) => {
  const { tenant, url } = hosts()[host];
  const { context, page } = await open(browser, look);
  await page.goto(`${url}/sign-in`);
  await settled(page);
  await page.screenshot({ path: join(folder, `sign-in${name}.png`) });
  await signIn(page, url, tenant);
  const seller = await sellerWithAccounts(page, tenant.id, "failed");
  // Servers and people are the own ones: what a seller may do there is what is to be seen.
  const ofOwner = (view: View) => ["servers", "server", "people"].includes(view.name);
  const all = [...(await viewsOf(page, seller)).filter((view) => !ofOwner(view)), ...(await viewsOf(page, tenant.id)).filter(ofOwner)];
  const found = all.filter((view) => (views as readonly string[]).includes(view.name));
  for (const view of found) {
    await page.goto(url + view.path);
    await settled(page);
    await page.screenshot({ path: join(folder, `${view.name}${name}.png`) });
  }
  expect(found.map((view) => view.name).sort()).toEqual([...views].sort());
  await context.close();
});
