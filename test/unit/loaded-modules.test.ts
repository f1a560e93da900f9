import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, test } from "node:test";

const command = join(import.meta.dirname, "../../components/bin/pulumi-compose.mjs");

/** Prints the addresses of all modules that a program has loaded. */
const hook = `
import { registerHooks } from "node:module";
registerHooks({
  load(url, context, next) {
    console.error(url);
    return next(url, context);
  },
});`;

function loadedBy(...words: readonly string[]): readonly string[] {
  const importing = `data:text/javascript,${encodeURIComponent(hook)}`;
  const { status, stderr } = spawnSync(process.execPath, ["--import", importing, command, ...words], {
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  return stderr.split("\n");
}

describe("what people type every day", () => {
  for (const name of ["up", "preview", "status", "destroy"]) {
    test(`loads no schema and no other command: ${name}`, () => {
      const loaded = loadedBy(name, "--help");
      assert.ok(loaded.some((url) => url.endsWith(`/components/cli/${name}.ts`)));
      assert.deepEqual(
        loaded.filter((url) => /\/node_modules\/zod\/|\/cli\/(?:init|restore|connectivity)\.ts$/.test(url)),
        [],
      );
    });
  }

  test("is told beside all other commands where no command is typed", () => {
    const loaded = loadedBy("--help");
    for (const name of ["init", "restore", "connectivity", "doctor"])
      assert.ok(loaded.some((url) => url.endsWith(`/components/cli/${name}.ts`)));
  });
});
