import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { complaints } from "./accessible.ts";
import { code } from "./authenticator.ts";
import { hosts, invite, launch, open, settled, signIn } from "./browser.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: true });
const field = (page: Page, name: string) => page.locator(`[name="${name}"]`);

/** Goes through the first step of signing in. */
async function firstStep(page: Page, url: string, person: { email: string; password: string }) {
  await page.goto(`${url}/sign-in`);
  await field(page, "email").fill(person.email);
  await field(page, "password").fill(person.password);
  await button(page, "Sign in").click();
}

test("a second factor is set up, asked for at every sign-in, and reset by whoever manages people", async () => {
  const { supplier } = hosts();
  const owner = await open(browser);
  await signIn(owner.page, supplier.url, supplier.tenant);
  const person = await invite(owner.page, { name: "Noor Lindqvist", email: "noor@second-factor.example", role: "technician" });
  const wrong: string[] = [];

  const own = await open(browser);
  await own.page.goto(person.link);
  await settled(own.page);
  await field(own.page, "password").fill(person.password);
  await button(own.page, "Continue").click();
  await own.page.waitForURL("**/t/*");
  await own.page.goto(`${supplier.url}/t/${supplier.tenant.id}/settings/me`);
  await button(own.page, "Set up").click();
  await field(own.page, "current").last().fill("not the password");
  await button(own.page, "Continue").click();
  await own.page.getByText("This is not your present password.").waitFor();
  wrong.push(...(await complaints(own.page, "set up: password")));
  await field(own.page, "current").last().fill(person.password);
  await own.page.keyboard.press("Enter");
  await own.page.getByRole("img", { name: /QR code/ }).waitFor();
  wrong.push(...(await complaints(own.page, "set up: picture")));
  const secret = await own.page.locator("code", { hasText: /^[A-Z2-7]{4} / }).innerText();
  await field(own.page, "code").fill("000000");
  await button(own.page, "Turn on").click();
  await own.page.getByText("This is not the code of this moment").waitFor();
  await field(own.page, "code").fill(code(secret));
  await button(own.page, "Turn on").click();
  await own.page.getByRole("heading", { name: "Your recovery codes" }).waitFor();
  wrong.push(...(await complaints(own.page, "recovery codes")));
  const recovery = await own.page.locator("ol code").allInnerTexts();
  expect(recovery).toHaveLength(10);
  const download = own.page.waitForEvent("download");
  await button(own.page, "Download").click();
  expect((await download).suggestedFilename()).toBe("recovery-codes.txt");
  await button(own.page, "I have kept it").click();
  await own.page.getByText("10 recovery codes are left.").waitFor(); // in the session that took the place of the old one

  const phone = await open(browser);
  await firstStep(phone.page, supplier.url, person);
  await phone.page.getByRole("heading", { name: "One more step" }).waitFor();
  expect(await field(phone.page, "code").getAttribute("autocomplete")).toBe("one-time-code");
  expect(await field(phone.page, "code").evaluate((input) => input === document.activeElement)).toBe(true);
  wrong.push(...(await complaints(phone.page, "second step")));
  await phone.page.keyboard.type("000000");
  await phone.page.keyboard.press("Enter");
  await phone.page.getByText("This is not the code of this moment").waitFor();
  const next = code(secret, 1); // the present one has counted already
  await field(phone.page, "code").fill(`${next.slice(0, 3)} ${next.slice(3)}`);
  await phone.page.keyboard.press("Enter");
  await phone.page.waitForURL("**/t/*");

  const lost = await open(browser);
  await firstStep(lost.page, supplier.url, person);
  await button(lost.page, "Use a recovery code instead").click();
  await field(lost.page, "code").fill(recovery[6] ?? "");
  await button(lost.page, "Sign in").click();
  await lost.page.waitForURL("**/t/*");
  await lost.page.goto(`${supplier.url}/t/${supplier.tenant.id}/settings/me`);
  await lost.page.getByText("9 recovery codes are left.").waitFor();
  await button(lost.page, "Remove second factor").click();
  wrong.push(...(await complaints(lost.page, "remove")));
  await lost.page.keyboard.press("Escape");

  await owner.page.goto(`${supplier.url}/t/${supplier.tenant.id}/settings`);
  const row = owner.page.getByRole("row").filter({ hasText: person.email });
  await row.getByText(/^since /).waitFor();
  await row.getByRole("button", { name: /^More actions/ }).click();
  await owner.page.getByRole("menuitem", { name: "Reset second factor" }).click();
  wrong.push(...(await complaints(owner.page, "reset")));
  await owner.page.getByRole("dialog").getByRole("button", { name: "Reset second factor" }).click();
  await owner.page.getByText("Second factor reset.").waitFor();
  await own.page.reload();
  await own.page.waitForURL("**/sign-in**");
  await firstStep(own.page, supplier.url, person);
  await own.page.waitForURL("**/t/*");

  expect(wrong).toEqual([]);
  for (const window of [owner, own, phone, lost]) {
    expect(window.wrong).toEqual([]);
    await window.context.close();
  }
}, 300_000);
