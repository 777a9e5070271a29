import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";

const looks = [
  { colorScheme: "light", width: 1440, height: 900 },
  { colorScheme: "dark", width: 1440, height: 900 },
  { colorScheme: "dark", width: 390, height: 844 },
  { colorScheme: "light", width: 390, height: 844 },
] as const;

/** What a page does wrong, light and dark, on a desk and on a phone. It is left as it was found. */
export async function complaints(page: Page, name: string): Promise<string[]> {
  const all: string[] = [];
  for (const { colorScheme, width, height } of looks) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize({ width, height });
    await page.screenshot({
      fullPage: true,
    });
    all.push(...(await found(page)).map((complaint) => `${name}, ${colorScheme} at ${width}: ${complaint}`));
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  return all;
}

/** WCAG 2.2 AA and what axe calls best practice; what is wider than the window. */
async function found(page: Page): Promise<string[]> {
  const axe = new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]);
  // What stands behind an open dialog is out of reach.
  const dialog = "[role=dialog][aria-modal=true]";
  if (await page.locator(dialog).count()) axe.include(dialog);
  const { violations } = await axe.analyze();
  const all = violations.map(({ id, nodes }) => `${id} at ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
  const excess = await page.evaluate(() => {
    const main = document.querySelector("main") ?? document.body;
    return main.scrollWidth - main.clientWidth;
  });
  if (excess > 0) all.push(`${excess} px wider than the window`);
  return all;
}
