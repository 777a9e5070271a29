import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { complaints } from "./accessible.ts";
import { hosts, launch, open, read, settled, signIn } from "./browser.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

test("a reseller asks for a deletion, and the supplier reads the mail about it that this platform keeps", async () => {
  const { supplier, whitelabel } = hosts();
  const asker = await open(browser);
  await signIn(asker.page, whitelabel.url, whitelabel.tenant);
  const accounts = `/v1/tenants/${whitelabel.tenant.id}/accounts`;
  const { items } = await read<{ items: { id: string; state: string }[] }>(asker.page, `${accounts}?limit=50`);
  const account = items.find(({ state }) => state === "active")?.id;
  expect(account).toBeDefined();
  const post = (path: string, body?: object) =>
    asker.page.evaluate(
      async ({ path, body }) => {
        const reply = await fetch(path, {
          method: "POST",
          headers: { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() },
          ...(body && { body: JSON.stringify(body) }),
        });
        return { status: reply.status, body: await reply.json() };
      },
      { path, body },
    );
  const asked = await post(`${accounts}/${account}/delete`, { reason: "closed for good" });
  expect(asked.status).toBe(202);

  // With the keyboard alone, from the settings to the mail.
  const { context, page, wrong } = await open(browser);
  await signIn(page, supplier.url, supplier.tenant);
  await page.goto(`${supplier.url}/t/${supplier.tenant.id}/settings`);
  await settled(page);
  const tab = page.getByRole("link", { name: "Outbox" });
  await tab.focus();
  await page.keyboard.press("Enter");
  // Everybody who may decide gets one: this is about the owner's.
  const mail = page
    .getByRole("row")
    .filter({ hasText: supplier.tenant.sign_in?.email ?? "" })
    .getByRole("link", { name: "Your consent is asked for: delete a backup account" })
    .first();
  await mail.waitFor({ timeout: 30_000 });
  const all = await complaints(page, "outbox");
  await mail.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Your consent is asked for: delete a backup account" }).waitFor();
  await page.getByText("You get this mail because your role may decide about this.").waitFor();
  await page
    .getByText(supplier.tenant.sign_in?.email ?? "")
    .first()
    .waitFor();
  expect(await page.getByText("closed for good").count()).toBe(0);
  all.push(...(await complaints(page, "a mail of the outbox")));
  expect(all).toEqual([]);
  expect(wrong).toEqual([]);

  const withdrawn = await post(`/v1/tenants/${whitelabel.tenant.id}/approvals/${asked.body.removal.approval}/withdraw`);
  expect(withdrawn.status).toBe(200);
  await context.close();
  await asker.context.close();
});

test("nobody else has an outbox", async () => {
  const { whitelabel } = hosts();
  const { context, page } = await open(browser);
  await signIn(page, whitelabel.url, whitelabel.tenant);
  await page.goto(`${whitelabel.url}/t/${whitelabel.tenant.id}/settings`);
  await settled(page);
  await page.getByRole("link", { name: "Audit log" }).waitFor();
  expect(await page.getByRole("link", { name: "Outbox" }).count()).toBe(0);
  await context.close();
});
