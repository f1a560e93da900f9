import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  findingsPage,
  limitsPage,
  readme,
  speedPage,
  withChiefSpeed,
  withFindings,
  withKeys,
  withSpeed,
} from "../../scripts/docs.ts";

test("the page of findings has the table that the list of names gives (npm run docs)", () => {
  const page = readFileSync(findingsPage, "utf8");
  assert.equal(page, withFindings(page));
});

test("the page of limits has the table of keys that are not honoured, each with its reason (npm run docs)", () => {
  const page = readFileSync(limitsPage, "utf8");
  assert.equal(page, withKeys(page));
});

test("the page of speed and the README have the figures of docs/bench.json (npm run docs)", () => {
  const page = readFileSync(speedPage, "utf8");
  assert.equal(page, withSpeed(page));
  const front = readFileSync(readme, "utf8");
  assert.equal(front, withChiefSpeed(front));
});
