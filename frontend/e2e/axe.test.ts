import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hosts, launch, open, sellerWithAccounts, settled, signIn, viewsOf } from "./browser.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

/** WCAG 2.2 AA and what axe calls best practice; what is wider than the window; what the page itself did wrong. */
async function complaints(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]).analyze();
  const found = violations.map(({ id, nodes }) => `${id} at ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
  const excess = await page.evaluate(() => {
    const main = document.querySelector("main") ?? document.body;
    return main.scrollWidth - main.clientWidth;
  });
  if (excess > 0) found.push(`${excess} px wider than the window`);
  return found;
}

const looks = [
  { colorScheme: "light", width: 1440, height: 900 },
  { colorScheme: "dark", width: 1440, height: 900 },
  { colorScheme: "dark", width: 390, height: 844 },
  { colorScheme: "light", width: 390, height: 844 },
] as const;

test.each([
  { host: "supplier", locale: "en-GB" },
  { host: "whitelabel", locale: "de-DE" },
] as const)(
  "every page under the $host's host is accessible, light and dark, on a desk and on a phone, in $locale",
  async ({ host, locale }) => {
    const { tenant, url } = hosts()[host];
    const { context, page, wrong } = await open(browser, { locale });
    const all: string[] = [];
    const look = async (name: string) => {
      for (const { colorScheme, width, height } of looks) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await page.setViewportSize({ width, height });
        all.push(...(await complaints(page)).map((complaint) => `${name}, ${colorScheme} at ${width}: ${complaint}`));
      }
      await page.setViewportSize({ width: 1440, height: 900 });
    };

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
