import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { show } from "~/test/render.tsx";
import { CopyOnce } from "./CopyOnce.tsx";

test("a secret says that it is shown once, can be copied, and leaves when it has been kept", async () => {
  const user = userEvent.setup();
  const kept = vi.fn();
  show(<CopyOnce title="Your new key" values={[["Key", "tk_secret"]]} onKept={kept} />);
  expect(screen.getByText(/Shown only now/)).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Copy: Key" }));
  expect(await navigator.clipboard.readText()).toBe("tk_secret");
  await user.click(screen.getByRole("button", { name: "I have kept it" }));
  expect(kept).toHaveBeenCalledOnce();
});
