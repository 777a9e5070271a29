import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { show } from "~/test/render.tsx";
import { DataTable } from "./DataTable.tsx";

const columns = [
  { id: "name", title: "Name", heads: true, cell: (row: { name: string; size: number }) => row.name },
  { id: "size", title: "Size", figure: true, cell: (row: { name: string; size: number }) => row.size },
];

test("it is a table: columns and rows have headers, and the frame that scrolls has a name", () => {
  show(<DataTable label="Sizes" rows={[{ name: "one", size: 1 }]} columns={columns} keyOf={(row) => row.name} />);
  const table = within(screen.getByRole("region", { name: "Sizes" })).getByRole("table");
  expect(
    within(table)
      .getAllByRole("columnheader")
      .map((cell) => cell.textContent),
  ).toEqual(["Name", "Size"]);
  expect(within(table).getByRole("rowheader", { name: "one" })).toBeVisible();
  expect(within(table).getByRole("cell", { name: "1" })).toHaveAttribute("data-label", "Size");
});

test("there is a next page only while the list has not ended", async () => {
  const more = vi.fn();
  const { unmount } = show(<DataTable label="Sizes" rows={[]} columns={columns} keyOf={(row) => row.name} more={more} />);
  await userEvent.click(screen.getByRole("button", { name: "Show more" }));
  expect(more).toHaveBeenCalledOnce();
  unmount();
  show(<DataTable label="Sizes" rows={[]} columns={columns} keyOf={(row) => row.name} />);
  expect(screen.queryByRole("button", { name: "Show more" })).toBeNull();
});
