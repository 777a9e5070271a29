import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { Problem } from "~/api/client.ts";
import { show } from "~/test/render.tsx";
import { CheckboxesField, chosen, Form, fieldName, TextField } from "./Form.tsx";

const fields = (
  <>
    <TextField name="name" label="Name" required />
    <TextField name="address.city" label="City" />
  </>
);
const press = () => userEvent.click(screen.getByRole("button", { name: "Send" }));

test("a refused field shows its words and gets the focus", async () => {
  const refused = new Problem({
    code: "invalid_input",
    status: 422,
    fields: [{ name: "/address/city", code: "text", detail: "at most 120 printable characters" }],
  });
  show(
    <Form submit="Send" onSubmit={() => Promise.reject(refused)}>
      {fields}
    </Form>,
  );
  await press();
  const city = screen.getByLabelText(/City/);
  await waitFor(() => expect(city).toHaveFocus());
  expect(city).toHaveAccessibleDescription("Printable characters only.");
  expect(city).toBeInvalid();
  expect(screen.getByLabelText("Name")).not.toHaveAttribute("aria-invalid", "true");
  expect(screen.queryByRole("alert")).toBeNull();
});

test("a refusal that names no field of the form stands above the button, with the request's id", async () => {
  show(
    <Form submit="Send" onSubmit={() => Promise.reject(new Problem({ code: "conflict", status: 409, requestId: "req_7" }))}>
      {fields}
    </Form>,
  );
  await press();
  expect(await screen.findByRole("alert")).toHaveTextContent(/not possible in the present state.*Request req_7/);
});

test("when somebody else changed the object, the form offers what is there now", async () => {
  const reload = vi.fn();
  show(
    <Form submit="Send" onReload={reload} onSubmit={() => Promise.reject(new Problem({ code: "version_conflict", status: 412 }))}>
      {fields}
    </Form>,
  );
  await press();
  await userEvent.click(await screen.findByRole("button", { name: "Load what is there now" }));
  expect(reload).toHaveBeenCalledOnce();
  expect(screen.queryByRole("alert")).toBeNull();
});

test("empty fields are left out and spaces at the ends are cut", async () => {
  const send = vi.fn().mockResolvedValue(undefined);
  show(
    <Form submit="Send" onSubmit={send}>
      {fields}
    </Form>,
  );
  await userEvent.type(screen.getByLabelText("Name"), "  Linden ");
  await press();
  expect(send).toHaveBeenCalledExactlyOnceWith({ name: "Linden" });
});

test("several chosen of a few are sent under their names", async () => {
  const send = vi.fn().mockResolvedValue(undefined);
  show(
    <Form submit="Send" onSubmit={send}>
      <CheckboxesField
        name="types"
        label="Types"
        value="online"
        options={[
          { value: "online", label: "Online" },
          { value: "basic", label: "Basic" },
        ]}
      />
    </Form>,
  );
  await userEvent.click(screen.getByLabelText("Basic"));
  await press();
  expect(chosen(send.mock.calls[0]?.[0], "types")).toEqual(["online", "basic"]);
});

test.each(["/customer/email", "body.customer.email", "customer.email", "/body/customer/email"])(
  "%s names the field customer.email",
  (name) => {
    expect(fieldName(name)).toBe("customer.email");
  },
);
