import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { messages } from "./build-messages.ts";
import { themeVariables } from "./build-theme.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const platform = process.env.TIERKEEP_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [messages(here(".")), themeVariables(here("./src/app/theme.ts")), react()],
  resolve: {
    alias: {
      "~": here("./src"),
      // Messages are compiled when built, so the formatter without a parser is enough.
      "use-intl/format-message": "use-intl/format-message/format-only",
    },
  },
  build: {
    target: "baseline-widely-available",
    assetsInlineLimit: 0,
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "react", test: /node_modules\/(react|react-dom|scheduler)\// }] } } },
  },
  // The Host header is passed on, because it chooses the brand.
  server: { host: "127.0.0.1", port: 5173, proxy: { "/v1": platform, "/brand": platform } },
});
