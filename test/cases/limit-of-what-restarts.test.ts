import assert from "node:assert/strict";
import { test } from "node:test";
import { docker, inspectContainer } from "../fixture/docker.ts";
import { until } from "../fixture/until.ts";
import { Case } from "./case.ts";

test("a container that restarts in a loop is told as that, also where it has a limit of processes", async () => {
  const project = await Case.create("limit-of-what-restarts");
  const name = `${project.stack.project}-loop-1`;
  try {
    for (let update = 1; update <= 2; update += 1) {
      const { code, output } = await project.stack.pulumi("up", "--yes", "--skip-preview");
      assert.notEqual(code, 0);
      assert.match(output, /error: loop restarts in a loop; it last exited with code 1/);
      // The engine's pause before a restart doubles, so that the next `up` meets one.
      await until("the container waits for its restart", async () => {
        return (await inspectContainer(name)).State.Restarting;
      });
    }
    const job = await inspectContainer(`${project.stack.project}-job-1`);
    assert.equal(job.HostConfig.PidsLimit, 100);
    await docker("rm", "--force", name);
  } finally {
    await project.remove();
  }
});
