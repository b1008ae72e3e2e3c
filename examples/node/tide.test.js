import assert from "node:assert/strict";
import { test } from "node:test";
import { height } from "./tide.js";

test("low water at midnight, high water at six", () => {
  assert.equal(height(0).toFixed(1), "0.7");
  assert.equal(height(6).toFixed(1), "3.5");
});

test("the tide comes twice a day", () => {
  assert.equal(height(3).toFixed(6), height(15).toFixed(6));
});
