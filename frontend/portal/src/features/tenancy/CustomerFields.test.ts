import { expect, test } from "vitest";
import { customerEdit, customerInput } from "./CustomerFields.tsx";

test("a new customer has no empty fields", () => {
  expect(customerInput({ name: "Linden", country: "NL", "address.city": "Delft" })).toEqual({
    name: "Linden",
    country: "NL",
    address: { city: "Delft" },
  });
});

test("a field that was emptied is emptied", () => {
  expect(customerEdit({ name: "Linden", country: "NL" }, "private")).toEqual({
    name: "Linden",
    country: "NL",
    email: "",
    phone: "",
    language: "",
    address: { street: "", postal_code: "", city: "" },
  });
});

test("an anonymous customer is sent no personal data, not even empty", () => {
  expect(customerEdit({ country: "NL", language: "nl" }, "anonymous")).toEqual({ country: "NL", language: "nl" });
});
