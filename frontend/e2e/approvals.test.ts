import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { complaints } from "./accessible.ts";
import { comeIn, hosts, invite, launch, open, read, secure, settled, signIn, write } from "./browser.ts";
import { Client } from "./client.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: true });
const heading = (page: Page, name: string | RegExp) => page.getByRole("heading", { name });

type Server = { id: string; status?: string };
type Created = { account: { id: string; name: string; state: string }; logins: { address: string }[] };

/** An account on the local server, with something in it. */
async function accountOf(page: Page, seller: string, supplier: string, name: string) {
  const customer = await write<{ id: string }>(page, "POST", `/v1/tenants/${seller}/customers`, {
    kind: "business",
    name,
    email: "post@harbour-light.example",
  });
  const { items } = await read<{ items: Server[] }>(page, `/v1/tenants/${supplier}/servers`);
  const server = items.find((one) => one.status === "online") ?? items[0];
  const made = await write<Created>(page, "POST", `/v1/tenants/${seller}/accounts`, {
    customer: customer.id,
    server: server?.id,
    type: "online",
    name,
    quota_bytes: 50_000_000,
    device_name: "LIGHTHOUSE-1",
  });
  const at = `/v1/tenants/${seller}/accounts/${made.account.id}`;
  await expect.poll(async () => (await read<{ state: string }>(page, at)).state, { timeout: 30_000 }).toBe("active");
  const client = new Client(made.logins[0]?.address ?? "");
  await client.backUp(8_000_000);
  return { id: made.account.id, name, client };
}

/** Asks for the deletion of an account on its page. */
async function ask(page: Page, reason: string) {
  await button(page, "More actions").click();
  await page.getByRole("menuitem", { name: "Delete…" }).click();
  await page.locator("[name=reason]").fill(reason);
}

test("a technician asks for a deletion, a second person up the line decides, and the trash gives the account back", async () => {
  const { supplier } = hosts();
  const root = supplier.tenant.id;
  const owner = await open(browser);
  await signIn(owner.page, supplier.url, supplier.tenant);
  const children = await read<{ items: { id: string; direct_sales?: boolean; level: string }[] }>(
    owner.page,
    `/v1/tenants/${root}/children`,
  );
  const seller = children.items.find((child) => child.direct_sales)?.id ?? "";
  const account = await accountOf(owner.page, seller, root, "Harbour Light Bakery");
  const wrong: string[] = [];

  const technician = await open(browser);
  const asks = { name: "Tess Ubbink", email: "tess@harbour.example", role: "technician" };
  await comeIn(technician.page, await invite(owner.page, asks, seller));
  const decider = await open(browser);
  const iris = await invite(owner.page, { name: "Iris Vermeer", email: "iris@harbour.example", role: "administrator" });
  await comeIn(decider.page, iris);
  const home = `${supplier.url}/t/${root}`;
  const own = `${supplier.url}/t/${seller}`;

  // Asked for, withdrawn, asked for again.
  await technician.page.goto(`${own}/accounts/${account.id}`);
  await settled(technician.page);
  await ask(technician.page, "The bakery has closed.");
  await technician.page.getByRole("dialog").getByText("Harbour Light Bakery").first().waitFor();
  wrong.push(...(await complaints(technician.page, "ask")));
  await button(technician.page, "Ask for it").click();
  await heading(technician.page, "Deletion has been asked for").waitFor();
  await button(technician.page, "Withdraw request").click();
  await technician.page.getByRole("dialog").getByRole("button", { name: "Withdraw request" }).click();
  await heading(technician.page, "Deletion has been asked for").waitFor({ state: "detached" });
  await ask(technician.page, "The bakery has closed.\nIts owner asked us by letter of 20 November.");
  await button(technician.page, "Ask for it").click();
  await heading(technician.page, "Deletion has been asked for").waitFor();
  wrong.push(...(await complaints(technician.page, "asked for")));
  await technician.page.getByRole("link", { name: "See the request" }).click();
  await technician.page.getByText("You asked for this yourself. Somebody else decides.").waitFor();
  expect(await button(technician.page, "Approve deletion").count()).toBe(0);
  wrong.push(...(await complaints(technician.page, "own request")));
  await technician.page.goto(`${own}/approvals`);
  await settled(technician.page);
  expect(await technician.page.getByRole("row").count()).toBe(3); // its head, what waits, and what was withdrawn
  wrong.push(...(await complaints(technician.page, "requested")));

  // Decided by nobody without a second factor.
  await decider.page.goto(`${home}/approvals`);
  await settled(decider.page);
  await decider.page.getByRole("link", { name: "Delete Harbour Light Bakery" }).click();
  await decider.page.getByText("Whoever decides signs in with a second factor.").waitFor();
  expect(await button(decider.page, "Approve deletion").count()).toBe(0);
  wrong.push(...(await complaints(decider.page, "without a second factor")));
  await decider.page.getByRole("link", { name: "Set up a second factor" }).click();
  await heading(decider.page, "Second factor").waitFor();
  await secure(decider.page, iris);

  // Decided.
  expect(await account.client.restore()).toBe(200);
  await decider.page.goto(home);
  await settled(decider.page);
  await decider.page
    .getByRole("navigation")
    .getByRole("link", { name: /Approvals 1/ })
    .waitFor();
  await heading(decider.page, "1 request waits for your decision").waitFor();
  wrong.push(...(await complaints(decider.page, "today")));
  await decider.page.getByRole("link", { name: /Delete Harbour Light Bakery.*Review/ }).click();
  await decider.page.getByRole("img", { name: /of backups would be lost/ }).waitFor();
  await decider.page.getByText("Its owner asked us by letter").waitFor();
  wrong.push(...(await complaints(decider.page, "decide")));
  await button(decider.page, "Approve deletion").click();
  const confirm = decider.page.getByRole("dialog");
  await confirm.getByLabel(/^Type/).fill("Harbour Light");
  expect(await confirm.getByRole("button", { name: "Approve deletion" }).isDisabled()).toBe(true);
  wrong.push(...(await complaints(decider.page, "approve")));
  await confirm.getByLabel(/^Type/).fill("Harbour Light Bakery");
  await confirm.getByRole("button", { name: "Approve deletion" }).click();
  await decider.page.getByText("Approved. It is carried out now.").waitFor();
  await heading(decider.page, "What it was about").waitFor();
  wrong.push(...(await complaints(decider.page, "approved")));

  // In the trash, from where it comes back.
  await technician.page.goto(`${own}/accounts/${account.id}`);
  await heading(technician.page, /^In the trash until/).waitFor();
  expect(await account.client.restore()).toBe(401);
  wrong.push(...(await complaints(technician.page, "in the trash")));
  await button(technician.page, "Restore").click();
  await heading(technician.page, /^(In the trash|Coming back)/).waitFor({ state: "detached" });
  await expect.poll(account.client.restore, { timeout: 30_000 }).toBe(200);

  // Refused, with a reason that is read by whoever asked.
  await ask(technician.page, "Now it has closed.");
  await button(technician.page, "Ask for it").click();
  await decider.page.goto(`${home}/approvals`);
  await decider.page.getByRole("link", { name: "Delete Harbour Light Bakery" }).click();
  await button(decider.page, "Refuse").click();
  wrong.push(...(await complaints(decider.page, "refuse")));
  await decider.page.getByRole("dialog").getByRole("button", { name: "Refuse" }).click();
  await decider.page.locator("[name=reason][aria-invalid=true]").waitFor();
  await decider.page.locator("[name=reason]").fill("They opened again on Monday.");
  await decider.page.getByRole("dialog").getByRole("button", { name: "Refuse" }).click();
  await decider.page.getByText("They opened again on Monday.").waitFor();
  await technician.page.goto(`${own}/approvals`);
  await technician.page
    .getByRole("row")
    .filter({ has: technician.page.getByText("Refused") })
    .getByRole("link")
    .click();
  await technician.page.getByText("They opened again on Monday.").waitFor();
  expect(await account.client.restore()).toBe(200);

  // Purged before its time, by a request of its own.
  const at = `/v1/tenants/${seller}/accounts/${account.id}`;
  const approve = async (kind: string) => {
    const { items } = await read<{ items: { id: string; kind: string }[] }>(decider.page, `/v1/tenants/${root}/approvals`);
    const id = items.find((one) => one.kind === kind)?.id;
    await write(decider.page, "POST", `/v1/tenants/${root}/approvals/${id}/approve`);
  };
  await write(technician.page, "POST", `${at}/delete`, { reason: "For good now." });
  await approve("account.delete");
  await technician.page.goto(`${own}/accounts/${account.id}`);
  await heading(technician.page, /^In the trash until/).waitFor();
  await button(technician.page, "Purge early…").click();
  await technician.page.locator("[name=reason]").fill("The owner wants it gone today.");
  await button(technician.page, "Ask for it").click();
  await technician.page.getByText("A purge before its time waits for a decision.").waitFor();
  await technician.page.getByRole("link", { name: "See the request" }).click();
  await technician.page.getByText("Gone for good at once.", { exact: false }).waitFor();
  wrong.push(...(await complaints(technician.page, "purge")));
  await approve("account.purge");
  await technician.page.goto(`${own}/accounts/${account.id}`);
  await heading(technician.page, "Gone for good").waitFor();
  wrong.push(...(await complaints(technician.page, "gone")));
  expect(await account.client.restore()).toBe(401);

  expect(wrong).toEqual([]);
  for (const window of [owner, technician, decider]) {
    expect(window.wrong).toEqual([]);
    await window.context.close();
  }
}, 400_000);
