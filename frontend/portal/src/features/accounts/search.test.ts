import * as v from "valibot";
import { expect, test } from "vitest";
import { accountsSearch } from "./search.ts";

test.each([
  ["an unknown health falls back", { health: ["failed", "marvellous"] }, { health: [] }],
  ["an unknown state is left out", { state: "lost" }, { state: undefined }],
  ["a text that is a number falls back", { q: 7 }, { q: "" }],
  [
    "what is understood stays",
    { q: "linden", health: ["missed"], state: "suspended" },
    { q: "linden", health: ["missed"], state: "suspended" },
  ],
])("%s", (_, give, want) => {
  expect(v.parse(accountsSearch, give)).toEqual(want);
});
