import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { containerIds, docker, inspectContainer } from "../fixture/docker.ts";
import { Case } from "./case.ts";

test("a container whose start failed for an outside cause is started once the cause is gone", async () => {
  const project = await Case.create("start-failed-for-an-outside-cause");
  const { stack } = project;
  const holder = `${stack.project}-holder`;
  const app = `${stack.project}-app-1`;
  try {
    const file = join(project.folder, "compose.yaml");
    await writeFile(file, (await readFile(file, "utf8")).replace("case-holder", holder));
    await docker("create", "--init", "--name", holder, "debian:bookworm-slim", "sleep", "infinity");
    assert.notEqual((await stack.pulumi("up", "--yes", "--skip-preview")).code, 0);
    assert.equal((await inspectContainer(app)).State.Status, "created");

    // After a look at the engine, the container is as Pulumi's state has it.
    const { code, output } = await stack.command("up", "--yes");
    assert.notEqual(code, 0);
    assert.match(
      output,
      /app cannot be started: cannot join network of a non running container\b.*\n\s*→ mend the cause and run `up` again/,
    );

    const ids = await containerIds(stack.project);
    await docker("start", holder);
    await stack.recover();
    assert.deepEqual(await containerIds(stack.project), ids);
    assert.equal((await inspectContainer(app)).State.Status, "running");
  } finally {
    await project.remove().finally(() => docker("rm", "--force", holder));
  }
});
