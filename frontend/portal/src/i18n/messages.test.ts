import { readFileSync } from "node:fs";
import { join } from "node:path";
import compile from "icu-minify/compile";
import { expect, test } from "vitest";
import { textFolders } from "../../build-messages.ts";
import { locales } from "./i18n.tsx";

type Tree = { [key: string]: string | Tree };

const flat = (tree: Tree, above = ""): [string, string][] =>
  Object.entries(tree).flatMap(([key, value]): [string, string][] =>
    typeof value === "string" ? [[above + key, value]] : flat(value, `${above}${key}.`),
  );
const argumentsOf = (text: string) => [...new Set([...text.matchAll(/\{(\w+)[,}]/g)].map((match) => match[1]))].sort();

const folders = textFolders(join(import.meta.dirname, "../.."));
const read = (folder: string, locale: string) => new Map(flat(JSON.parse(readFileSync(join(folder, `${locale}.json`), "utf8"))));

test("there are texts", () => expect(folders.map(({ name }) => name)).toContain("ui"));

for (const { name, folder } of folders)
  for (const locale of locales) {
    const english = read(folder, "en");
    const texts = read(folder, locale);
    test(`${name} in ${locale} has the keys of the English texts, in their order`, () => {
      expect([...texts.keys()]).toEqual([...english.keys()]);
    });
    test(`${name} in ${locale} names the arguments of the English texts`, () => {
      for (const [key, text] of texts) expect([key, argumentsOf(text)]).toEqual([key, argumentsOf(english.get(key) ?? "")]);
    });
    test(`${name} in ${locale} is written as ICU text, and nothing is empty`, () => {
      for (const text of texts.values()) {
        expect(text.trim()).not.toBe("");
        expect(() => compile(text)).not.toThrow();
      }
    });
  }
