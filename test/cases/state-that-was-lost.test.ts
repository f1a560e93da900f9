import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { runCommand } from "../fixture/command.ts";
import { containerIds, docker, inspectContainer } from "../fixture/docker.ts";
import { assertNoChanges } from "../fixture/no-changes.ts";
import { assertReadable } from "../fixture/output.ts";
import { directory } from "../fixture/stack.ts";
import { Case } from "./case.ts";

describe("the state of a stack that is up", () => {
  let project: Case;
  let file: string;
  before(async () => {
    project = await Case.create("state-that-was-lost");
    const { stack } = project;
    file = join(directory, ".state", ".pulumi", "stacks", "cases", `${stack.name}.json`);
    const fresh = await readFile(file);
    await stack.up();
    await docker("exec", `${stack.project}-store-1`, "sh", "-c", "echo kept > /data/file");
    await cp(file, `${file}.before`);
    await writeFile(file, fresh);
  });
  after(() => project.remove());

  test("is not this state: that is a mistake before anything is touched, and says the two ways on", async () => {
    const { stack } = project;
    const ids = await containerIds(stack.project);
    for (const { code, output } of [await stack.pulumi("preview"), await stack.command("up", "--yes")]) {
      assert.notEqual(code, 0, output);
      assert.match(
        output,
        /is up, by another checkout's state or a state that was lost: the engine has 2 containers and 1 network/,
      );
      assert.match(output, /name the backend.*PULUMI_BACKEND_URL.*up --take-over --stack/);
    }
    assert.deepEqual(await containerIds(stack.project), ids);
  });

  test("is left to whoever has it: a state that knows everything finds nothing to change", async () => {
    await cp(`${file}.before`, file);
    await assertNoChanges(project.stack);
  });

  test("begins anew by up --take-over, which keeps the data", async () => {
    const { stack } = project;
    const { checkpoint, ...rest } = JSON.parse(await readFile(file, "utf8")) as {
      checkpoint: { latest: Record<string, unknown> };
    };
    const latest = { ...checkpoint.latest, resources: [] };
    await writeFile(file, JSON.stringify({ ...rest, checkpoint: { ...checkpoint, latest } }));
    const before = await containerIds(stack.project);
    const anonymous = await scratch();
    const { code, output } = await stack.command("up", "--yes", "--take-over");
    assert.equal(code, 0, output);
    assert.match(output, /Removed, to be made anew: .*-reader-1, .*-store-1, .*Every volume is kept/);
    const after = await containerIds(stack.project);
    assert.ok(Object.entries(after).every(([service, id]) => before[service] !== id));
    assert.equal(await docker("exec", `${stack.project}-store-1`, "cat", "/data/file"), "kept\n");
    assert.notEqual(await scratch(), anonymous);
    // Fails where the volume is gone.
    await docker("volume", "rm", anonymous);
    await assertNoChanges(stack);
  });

  for (const [how, breaks] of [
    ["is empty", () => truncate(file)],
    ["is broken", async () => truncate(file, (await readFile(file)).length - 100)],
  ] as const) {
    test(`${how}: up says so, and up --recover puts back what it was`, async () => {
      const { stack } = project;
      const ids = await containerIds(stack.project);
      await cp(file, `${file}.bak`);
      await breaks();
      for (const command of [["up", "--yes"], ["preview"], ["status"]]) {
        const { code, output } = await stack.command(...command);
        assert.equal(code, 1, output);
        assert.match(output, new RegExp(`the state of the stack ${stack.name} ${how}`));
        assert.match(output, /Nothing was touched.*up --recover --stack/);
        assertReadable(output);
      }
      const { code, output } = await stack.command("up", "--yes", "--recover");
      assert.equal(code, 0, output);
      assert.match(output, /put back the state before its last change/);
      assert.deepEqual(await containerIds(stack.project), ids);
    });
  }

  /** The name of the anonymous volume. */
  async function scratch(): Promise<string> {
    const { Mounts: mounts } = await inspectContainer(`${project.stack.project}-store-1`);
    return mounts.find(({ Destination: target }) => target === "/scratch")?.Name ?? "";
  }
});

const cannotFill =
  process.platform === "linux" && process.getuid?.() === 0 ? false : "only root makes a small disk";

test("a full disk is told as that, before anything is touched", { skip: cannotFill }, async () => {
  const disk = await mkdtemp(join(tmpdir(), "small-disk-"));
  await command("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk);
  try {
    const backend = { PULUMI_BACKEND_URL: `file://${disk}?metadata=skip` };
    const project = await Case.create("state-that-was-lost", { environment: backend });
    try {
      const { code, output } = await project.stack.command("up", "--yes");
      assert.equal(code, 1, output);
      assert.match(output, /the disk that has the state, .*, is full: \d+ KiB are free/);
      assertReadable(output);
      assert.deepEqual(await containerIds(project.stack.project), {});
    } finally {
      await project.remove();
    }
  } finally {
    await command("umount", disk);
    await rm(disk, { recursive: true });
  }
});

async function command(name: string, ...args: readonly string[]): Promise<void> {
  const { code, output } = await runCommand(name, args, { cwd: directory });
  assert.equal(code, 0, output);
}
