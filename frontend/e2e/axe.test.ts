import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { complaints } from "./accessible.ts";
import { hosts, launch, open, sellerWithAccounts, settled, signIn, viewsOf } from "./browser.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

test.each([
  { host: "supplier", locale: "en-GB" },
  { host: "whitelabel", locale: "de-DE" },
] as const)(
  "every page under the $host's host is accessible, light and dark, on a desk and on a phone, in $locale",
  async ({ host, locale }) => {
    const { tenant, url } = hosts()[host];
    const { context, page, wrong } = await open(browser, { locale });
    const all: string[] = [];
    const look = async (name: string) => all.push(...(await complaints(page, name)));

    await page.goto(`${url}/sign-in`);
    await settled(page);
    expect(await page.evaluate(() => document.documentElement.lang)).toBe(locale.slice(0, 2));
    await look("sign-in");
    await signIn(page, url, tenant);
    const seller = await sellerWithAccounts(page, tenant.id, "failed");
    const own = ["", "/resellers", "/resellers/new", "/servers/new"].map((path) => ({
      name: `own${path}`,
      path: `/t/${tenant.id}${path}`,
    }));
    for (const { name, path } of [...own, ...(await viewsOf(page, seller))]) {
      await page.goto(url + path);
      await settled(page);
      await look(name);
    }
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog").waitFor();
    await look("palette");
    expect(all).toEqual([]);
    expect(wrong).toEqual([]);
    await context.close();
  },
  600_000,
);
