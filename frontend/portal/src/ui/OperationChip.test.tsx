import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Schemas } from "~/api/client.ts";
import { show } from "~/test/render.tsx";
import { OperationChip } from "./OperationChip.tsx";

type Operation = Schemas["Operation"];
const operation = (state: Operation["state"]): Operation => ({ id: "op_1", state }) as Operation;

test.each([
  ["waiting", "Waiting", "none"],
  ["ready", "Ready to run", "none"],
  ["running", "Running", "running"],
  ["succeeded", "Done", "ok"],
  ["needs_attention", "Needs a hand", "failed"],
  ["cancelled", "Cancelled", "cancelled"],
] as const)("%s reads %s", (state, words, shape) => {
  show(<OperationChip operation={operation(state)} />);
  expect(screen.getByText(words)).toHaveAttribute("data-of", shape);
});
