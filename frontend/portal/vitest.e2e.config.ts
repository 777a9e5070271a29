import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The browser tests stand beside the portal and use its packages. They share one platform, so they run one after another. */
export default defineConfig({
  root: here("../e2e"),
  cacheDir: here("./node_modules/.vite-e2e"),
  server: { fs: { allow: [here("..")] } },
  resolve: {
    alias: {
      "playwright-core": here("./node_modules/playwright-core/index.mjs"),
      "@axe-core/playwright": here("./node_modules/@axe-core/playwright/dist/index.mjs"),
    },
  },
  test: {
    globalSetup: ["./platform.ts"],
    include: process.env.SCREENSHOTS ? ["look.ts"] : ["*.test.ts"],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
