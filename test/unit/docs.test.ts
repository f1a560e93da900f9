import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { findingsPage, withFindings } from "../../scripts/docs.ts";

test("the page of findings has the table that the list of names gives (npm run docs)", () => {
  const page = readFileSync(findingsPage, "utf8");
  assert.equal(page, withFindings(page));
});
