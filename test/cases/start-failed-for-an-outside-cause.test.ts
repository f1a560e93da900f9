import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { containerIds, docker, inspectContainer } from "../fixture/docker.ts";
import { Case } from "./case.ts";

test("a container whose start failed for an outside cause is started once the cause is gone", async () => {
  const project = await Case.create("start-failed-for-an-outside-cause");
  const { stack } = project;
  const network = `${stack.project}-outside`;
  const holder = `${stack.project}-holder`;
  const app = `${stack.project}-app-1`;
  try {
    const file = join(project.folder, "compose.yaml");
    await writeFile(file, (await readFile(file, "utf8")).replace("case-external", network));
    await docker("network", "create", "--subnet", "10.231.9.0/24", network);
    const address = ["--network", network, "--ip", "10.231.9.10"];
    const image = "debian:bookworm-slim";
    await docker("run", "--detach", "--init", "--name", holder, ...address, image, "sleep", "infinity");
    assert.notEqual((await stack.pulumi("up", "--yes", "--skip-preview")).code, 0);
    assert.equal((await inspectContainer(app)).State.Status, "created");

    // After a look at the engine, the container is as Pulumi's state has it.
    const { code, output } = await stack.command("up", "--yes");
    assert.notEqual(code, 0);
    assert.match(
      output,
      /app cannot be started: Address already in use\n\s*→ mend the cause and run `up` again/,
    );

    const ids = await containerIds(stack.project);
    await docker("rm", "--force", holder);
    await stack.recover();
    assert.deepEqual(await containerIds(stack.project), ids);
    assert.equal((await inspectContainer(app)).State.Status, "running");
  } finally {
    await docker("rm", "--force", holder).catch(() => undefined);
    await project.remove().finally(() => docker("network", "rm", network));
  }
});
