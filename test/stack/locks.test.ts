import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { environment, runCommand, type Finished } from "../fixture/command.ts";
import { directory, TestStack } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";
import { containerIds, docker, serviceStates } from "../fixture/docker.ts";
import { assertNoOrphans, startUpdate } from "../fixture/killed-update.ts";
import { assertReadable } from "../fixture/output.ts";

const folder = "test/stack/small";

/** Is ready when somebody says so, and so an `up` is at its gate for as long as a test needs. */
const heldBack = {
  "auth-service": {
    healthcheck: { test: ["CMD", "test", "-e", "/dev/shm/ready"], interval: "1s", start_period: "10m" },
  },
};

describe("the lock on a stack", () => {
  let stack: TestStack;
  let locks: string;
  before(async () => {
    stack = await TestStack.create({ folder, services: heldBack });
    const state = join(directory, ".state", ".pulumi", "locks", "organization");
    locks = join(state, "super-team-small", stack.name);
    await mkdir(locks, { recursive: true });
  });
  after(() => stack.down());

  describe("while a pulumi up is at work", () => {
    let first: ReturnType<typeof startUpdate>;
    before(async () => {
      first = startUpdate(stack);
      await untilAtGate();
    });

    for (const [command, args] of [
      ["pulumi-compose up", ["up", "--yes"]],
      ["pulumi-compose pulumi up", ["pulumi", "up", "--yes"]],
    ] as const) {
      test(`${command} says who holds it, and touches nothing`, async () => {
        const ids = await containerIds(stack.project);
        const { code, output } = await stack.command(...args);
        assert.equal(code === 0, false, output);
        const holder = `pulumi up \\(process \\d+ of ${userInfo().username} on ${hostname()}, since [\\d: -]+\\)`;
        assert.match(output, new RegExp(`${stack.name} is locked by ${holder}`));
        assertReadable(output);
        assert.deepEqual(await containerIds(stack.project), ids);
      });
    }

    test("the first one wins", async () => {
      await letThrough();
      assert.equal(await first.ended, 0);
      await assertNoOrphans(stack);
      assert.deepEqual(await lockFiles(), []);
    });
  });

  describe("whose holder is no more", () => {
    before(async () => {
      // A number that no process has any more.
      const { pid } = spawnSync("true");
      await lock("dead", { pid });
      // As Pulumi leaves it when it is killed just then.
      await writeFile(join(locks, "half.json.18a2.tmp"), '{"pid":12');
      await until("the half written lock is old enough", async () => {
        const old = [locks, "-name", "half*", "-not", "-newermt", "-3 seconds"];
        return (await runCommand("find", old, { cwd: directory })).output !== "";
      });
    });

    test("is told of by pulumi-compose pulumi up, with the command that clears it", async () => {
      const { code, output } = await stack.command("pulumi", "up", "--yes");
      assert.notEqual(code, 0, output);
      assert.match(output, new RegExp(`npx pulumi-compose up ${stack.options.join(" ")} clears up`));
      assertReadable(output);
    });

    test("is cleared by pulumi-compose up, half written or whole", async () => {
      const up = stack.recover();
      await letThrough();
      await up;
      assert.deepEqual(await lockFiles(), []);
    });
  });

  test("that another machine holds is respected by pulumi-compose up", async () => {
    await lock("elsewhere", { hostname: "lovelace.example", username: "ada" });
    const { code, output } = await stack.command("up", "--yes");
    assert.notEqual(code, 0, output);
    assert.match(output, /locked by pulumi \(process \d+ of ada on lovelace\.example/);
    assert.match(output, new RegExp(`npx pulumi-compose up --break-lock ${stack.options.join(" ")}`));
    assert.deepEqual(await lockFiles(), ["elsewhere.json"]);
    const up = stack.command("up", "--yes", "--break-lock");
    await letThrough();
    const broken = await up;
    assert.equal(broken.code, 0, broken.output);
    assert.deepEqual(await lockFiles(), []);
  });

  for (const [command, start] of [
    ["pulumi up", () => stack.start("up", "--yes", "--skip-preview")],
    ["npm run up", startNpmRunUp],
  ] as const) {
    test(`is let go of by a ${command} that Ctrl-C ends at a gate, and the next one goes on from there`, async () => {
      await docker("rm", "--force", (await containerIds(stack.project))["auth-service"] ?? "");
      const refresh = await stack.pulumi("refresh", "--yes", "--skip-preview");
      assert.equal(refresh.code, 0, refresh.output);
      const child = start();
      const ended = finished(child);
      await untilAtGate();
      process.kill(-(child.pid ?? 0), "SIGINT");
      const { code, output } = await ended;
      assert.notEqual(code, 0, output);
      assertReadable(output);
      assert.deepEqual(await lockFiles(), []);
      await assertNoOrphans(stack);
      const up = stack.recover();
      await letThrough();
      await up;
      await assertNoOrphans(stack);
    });
  }

  function startNpmRunUp(): ChildProcess {
    return spawn("npm", ["run", "--silent", "up", "--", ...stack.options], {
      cwd: directory,
      env: environment(),
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /** Nothing else is made any more: what does not need auth-service is there too. */
  async function untilAtGate(): Promise<void> {
    await until("auth-service is all that is waited for", async () => {
      const states = await serviceStates(stack.project);
      const reached = /\(healthy\)$|^migrations Exited \(0\)|^auth-service Up .*\(health: starting\)$/;
      return states.length === 6 && states.every((state) => reached.test(state));
    });
  }

  /** Opens the gate of the container that is there now, as soon as it runs. */
  async function letThrough(): Promise<void> {
    await until("auth-service runs", async () => {
      const { "auth-service": id = "" } = await containerIds(stack.project);
      const { code } = await runCommand("docker", ["exec", id, "touch", "/dev/shm/ready"], {
        cwd: directory,
      });
      return code === 0;
    });
  }

  async function lock(name: string, more: Readonly<Record<string, unknown>>): Promise<void> {
    const content = { pid: 1, username: userInfo().username, hostname: hostname(), ...more };
    const text = JSON.stringify({ ...content, timestamp: new Date().toISOString() });
    await writeFile(join(locks, `${name}.json`), text);
  }

  async function lockFiles(): Promise<string[]> {
    return (await readdir(locks)).filter((name) => !name.endsWith(".attrs"));
  }
});

async function finished(child: ChildProcess): Promise<Finished> {
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  return new Promise((resolve) =>
    child.once("close", (code) => {
      resolve({ code: code ?? -1, output });
    }),
  );
}
