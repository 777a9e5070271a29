import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { Problem } from "~/api/client.ts";
import { show } from "~/test/render.tsx";
import { ErrorPanel } from "./ErrorPanel.tsx";

test("it says what happened, tells the id to support and tries again", async () => {
  const retry = vi.fn();
  show(<ErrorPanel error={new Problem({ code: "internal", status: 500, requestId: "req_9" })} retry={retry} />);
  expect(screen.getByRole("alert")).toHaveTextContent(/went wrong on our side.*Request req_9/);
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(retry).toHaveBeenCalledOnce();
});

test.each([
  ["what never reached the platform", new TypeError("Failed to fetch"), /No connection to the platform/],
  [
    "a code that this portal does not know",
    new Problem({ code: "moon_too_full", status: 409, detail: "The moon is full." }),
    /The moon is full/,
  ],
  ["too many attempts", new Problem({ code: "rate_limited", status: 429, retryAfter: 12 }), /Try again in 12 seconds/],
])("%s is worded", (_, error, words) => {
  show(<ErrorPanel error={error} />);
  expect(screen.getByRole("alert")).toHaveTextContent(words);
});
