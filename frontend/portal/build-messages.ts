import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import compile from "icu-minify/compile";
import type { Plugin } from "vite";

type Tree = { [key: string]: string | Tree };

const compileTree = (tree: Tree): unknown =>
  Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, typeof value === "string" ? compile(value) : compileTree(value)]));

/** Every folder that holds texts: one per feature, and `ui` for the words that all of them share. */
export function textFolders(root: string): { name: string; folder: string }[] {
  const features = join(root, "src/features");
  return [
    { name: "ui", folder: join(root, "src/ui/messages") },
    ...readdirSync(features)
      .map((name) => ({ name, folder: join(features, name, "messages") }))
      .filter(({ folder }) => existsSync(folder)),
  ];
}

/** Writes the English texts as literal types, where they changed, so that keys and arguments are checked by the compiler. */
export function writeTypes(root: string): void {
  const body = textFolders(root)
    .map(({ name, folder }) => `  ${JSON.stringify(name)}: ${readFileSync(join(folder, "en.json"), "utf8").trim()};`)
    .join("\n");
  const text = `// Generated from the English texts by build-messages.ts.\nexport type Messages = {\n${body}\n};\n`;
  const file = join(root, "src/i18n/messages.gen.ts");
  if (!existsSync(file) || readFileSync(file, "utf8") !== text) writeFileSync(file, text);
}

/**
 * Compiles `messages/<locale>.json` from ICU text to the small form that the run time formats without a parser,
 * and keeps their types.
 */
export function messages(root: string): Plugin {
  const types = () => writeTypes(root);
  return {
    name: "messages",
    enforce: "pre",
    buildStart: types,
    transform: {
      filter: { id: /\/messages\/[a-z]{2}\.json$/ },
      handler(code) {
        return { code: `export default ${JSON.stringify(compileTree(JSON.parse(code)))}`, map: null, moduleType: "js" };
      },
    },
    handleHotUpdate({ file }) {
      if (file.endsWith("/messages/en.json")) types();
    },
  };
}
