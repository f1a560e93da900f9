import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { projectName } from "../../components/plan/project-name.ts";
import { directory } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";
import { containerIds, leftOf } from "../fixture/docker.ts";

test("the fixture takes a stack down whose test was killed while it came up", async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, "crash.ts")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  child.stdout.setEncoding("utf8");
  const [line] = (await once(child.stdout, "data")) as [string];
  const stack = line.trim();
  const project = projectName("super-team", stack);
  try {
    await until("postgres runs", async () => "postgres" in (await containerIds(project)));
  } finally {
    child.kill("SIGKILL");
  }

  await until("the stack's config is gone, which goes last", () =>
    Promise.resolve(!existsSync(join(directory, `Pulumi.${stack}.yaml`))),
  );
  assert.deepEqual(await leftOf(project), []);
  const state = await readdir(join(directory, ".state", ".pulumi", "stacks", "super-team"));
  assert.deepEqual(
    state.filter((name) => name.startsWith(`${stack}.`)),
    [],
  );
});
