import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { Problem } from "~/api/client.ts";
import { show } from "~/test/render.tsx";
import { ConfirmDanger } from "./ConfirmDanger.tsx";

const setUp = (confirm: () => Promise<unknown>, close = vi.fn()) => {
  show(
    <ConfirmDanger title="Suspend Linden?" name="Linden" act="Suspend" onConfirm={confirm} onClose={close}>
      Nobody can sign in.
    </ConfirmDanger>,
  );
  return close;
};

test("nothing happens until the name has been typed exactly", async () => {
  const confirm = vi.fn().mockResolvedValue(undefined);
  const close = setUp(confirm);
  const button = screen.getByRole("button", { name: "Suspend" });
  expect(button).toBeDisabled();
  await userEvent.type(screen.getByLabelText("Type Linden to confirm"), "Linde");
  expect(button).toBeDisabled();
  await userEvent.type(screen.getByLabelText("Type Linden to confirm"), "n");
  await userEvent.click(button);
  expect(confirm).toHaveBeenCalledOnce();
  await waitFor(() => expect(close).toHaveBeenCalledOnce());
});

test("a refusal stays in the dialog and says why", async () => {
  const close = setUp(() => Promise.reject(new Problem({ code: "last_owner", status: 409 })));
  await userEvent.type(screen.getByLabelText("Type Linden to confirm"), "Linden");
  await userEvent.click(screen.getByRole("button", { name: "Suspend" }));
  expect(await screen.findByRole("alert")).toHaveTextContent(/last owner stays/);
  expect(close).not.toHaveBeenCalled();
});
