import assert from "node:assert/strict";
import { test } from "node:test";
import { board } from "./board.js";

test("the board is in order of time", () => {
  assert.equal(board("B", [{ at: "11:00", name: "Tern" }, { at: "09:30", name: "Gull" }]), "B\n09:30  Gull\n11:00  Tern\n");
});
