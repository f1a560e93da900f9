import assert from "node:assert/strict";
import { test } from "node:test";
import { filled, placeholders } from "../../components/model/placeholder.ts";

test("a value names the secrets it refers to", () => {
  assert.deepEqual(placeholders("postgresql://app:${dbPassword}@postgres/app"), ["dbPassword"]);
  assert.deepEqual(placeholders("${one} and ${two_2} and ${one}"), ["one", "two_2", "one"]);
});

for (const value of [
  "",
  "plain",
  "$dbPassword",
  "$(dbPassword)",
  "${}",
  "${1st}",
  "${a-b}",
  "{dbPassword}",
]) {
  test(`\`${value}\` refers to no secret`, () => {
    assert.deepEqual(placeholders(value), []);
    assert.equal(filled(value, { dbPassword: "hunter2" }), value);
  });
}

test("every placeholder is filled", () => {
  assert.equal(filled("${user}:${password}@${user}", { user: "app", password: "p" }), "app:p@app");
});

test("a secret is put in as it is, whatever characters it has", () => {
  for (const secret of ["$&", "$1", "$$", "${password}", "a\\b", "ä€", ""]) {
    assert.equal(filled("[${password}]", { password: secret }), `[${secret}]`);
  }
});

test("a placeholder that no secret fills stays", () => {
  assert.equal(filled("${unknown}", { password: "p" }), "${unknown}");
});
