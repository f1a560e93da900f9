import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Case } from "../cases/case.ts";
import { containerIds, docker, inspectContainer } from "../fixture/docker.ts";
import { assertNoChanges } from "../fixture/no-changes.ts";
import { until } from "../fixture/until.ts";

/** What a command says that has not started Pulumi's engine. */
const settled = /Nothing to change: the stack \S+ has all \d+ resources/;

describe("a stack at which there is nothing to do", () => {
  let project: Case;
  before(async () => {
    project = await Case.create("all-day");
    await writeFile(join(project.folder, ".env"), "DB_PASSWORD=hunter2\n");
    await project.stack.recover();
  });
  after(() => project.remove());

  /** Runs a command that has to end well. */
  async function run(...words: readonly string[]): Promise<string> {
    const { code, output } = await project.stack.command(...words);
    assert.equal(code, 0, output);
    return output;
  }

  async function previewChanges(): Promise<void> {
    const { code, output } = await project.stack.command("preview", "--exit-code");
    assert.equal(code, 2, output);
    assert.doesNotMatch(output, settled);
  }

  test("is left as it is by an up, which says so and shows the status, as Pulumi would leave it", async () => {
    const { stack } = project;
    const before = await containerIds(stack.project);
    const output = await run("up", "--yes");
    assert.match(output, settled);
    assert.match(output, /web\s+\S+-web-1\s+running/);
    assert.deepEqual(await containerIds(stack.project), before);
    await assertNoChanges(stack);
  });

  test("is left alone at a terminal without a question, and by a program", async () => {
    assert.match(await run("up"), settled);
    const { code, output } = await project.stack.command("up", "--yes", "--json");
    assert.equal(code, 0, output);
    assert.match(output, /"outcome": "succeeded"/);
  });

  test("has a preview that says so in each form", async () => {
    assert.match(await run("preview", "--exit-code"), settled);
    const answer = JSON.parse(await run("preview", "--json")) as { readonly changes: boolean };
    assert.equal(answer.changes, false);
    assert.match(await run("preview", "--markdown"), /nothing changes/);
  });

  // A change in stack config is not even rehearsed. These are found by the rehearsal.
  for (const [what, from, to] of [
    ["a variable", 'LEVEL: "${API_LEVEL:-info}"', 'LEVEL: "debug"'],
    ["a service that goes", /\n {2}api:[\s\S]*?\n {2}worker:/, "\n  worker:"],
    ["a limit that no argument of the provider has", "user: ", "pids_limit: 77\n    user: "],
  ] as const) {
    test(`is another one with ${what} in its file`, async () => {
      const file = join(project.folder, "compose.yaml");
      const text = await readFile(file, "utf8");
      try {
        const changed = text.replace(from, to);
        assert.notEqual(changed, text);
        await writeFile(file, changed);
        await previewChanges();
      } finally {
        await writeFile(file, text);
      }
    });
  }

  for (const [what, path, text] of [
    ["another secret", ".env", "DB_PASSWORD=hunter3\n"],
    ["another file in an image", "web/page", "another page\n"],
  ] as const) {
    test(`is another one with ${what}`, async () => {
      const file = join(project.folder, path);
      const before = await readFile(file, "utf8").catch(() => undefined);
      await writeFile(file, text);
      try {
        await previewChanges();
      } finally {
        await (before === undefined ? rm(file) : writeFile(file, before));
      }
      assert.match(await run("preview"), settled);
    });
  }

  test("is brought back by an up where somebody has stopped a container", async () => {
    await docker("stop", "--time", "1", `${project.stack.project}-api-1`);
    assert.doesNotMatch(await run("up", "--yes"), settled);
    assert.match(await run("up", "--yes"), settled);
  });

  test("has a service that ends by itself after its up, as the service may", async () => {
    const file = join(project.folder, "compose.yaml");
    const command = '["sh", "-c", "until test -e /tmp/done; do sleep 0.1; done"]';
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace(/(?<= api:[^]*?command: ).*/, command));
    const api = `${project.stack.project}-api-1`;
    await run("up", "--yes");
    await docker("exec", api, "touch", "/tmp/done");
    await until("the service has ended", async () => !(await inspectContainer(api)).State.Running);
    assert.match(await run("status"), /api +\S+ +exited/);
    assert.match(await run("up", "--yes"), settled);
    assert.equal((await inspectContainer(api)).State.Status, "exited");
  });

  test("is Pulumi's to look at after somebody else has written the state", async () => {
    const { code, output } = await project.stack.pulumi("up", "--yes", "--skip-preview");
    assert.equal(code, 0, output);
    assert.doesNotMatch(await run("up", "--yes"), settled);
    assert.match(await run("up", "--yes"), settled);
  });
});
