import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, test } from "node:test";
import type { RunningStack } from "../../components/cli/testing/addresses.ts";
import { logOf } from "../../components/cli/testing/reaper.ts";
import { environment, runCommand } from "../fixture/command.ts";
import { containerIds, docker, leftOf } from "../fixture/docker.ts";
import { directory } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";

const folder = join(directory, "test", "stack", "throw-away");

/** `pulumi-compose test <words>` on the program, whose one stack is dev. */
function start(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn("pulumi-compose", ["test", "--cwd", folder, ...words], {
    cwd: directory,
    env: { ...environment(), ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | string);
  return { child, ended, stdout: text(child.stdout), stderr: text(child.stderr) };
}

/** Redis listens where its health check does not ask. */
const heldBack = { REDIS_PORT_INSIDE: "6380" };

/** The stacks that the tests of this file have made, by their names in the file's folder. */
const stacks = () => readdirSync(folder).flatMap((name) => /^Pulumi\.(t-.+)\.yaml$/.exec(name)?.[1] ?? []);

/** The stack that this command has begun to make: its command line's child is told the name. */
async function stackOf(pid: number | undefined): Promise<string> {
  return until("the stack has a name", async () => {
    const { output } = await runCommand("ps", ["-o", "args=", "--ppid", String(pid)], { cwd: directory });
    return / (t-[0-9a-f]{8})$/m.exec(output)?.[1];
  });
}

const projectOf = (stack: string) => `super-team-throw-away-${stack}`;

/** The config's file goes last. */
async function assertGone(stack: string): Promise<void> {
  await until(`${stack} is gone`, () => Promise.resolve(!stacks().includes(stack)));
  assert.deepEqual(await leftOf(projectOf(stack)), []);
  const named = await Promise.all(
    (["ps --all --format {{.Names}}", "volume ls -q", "network ls --format {{.Name}}"] as const).map((list) =>
      docker(...list.split(" ")),
    ),
  );
  assert.doesNotMatch(named.join(""), new RegExp(`-${stack}`));
  await until("the log is gone", () => Promise.resolve(!existsSync(logOf(stack))));
  const state = join(directory, ".state", ".pulumi", "stacks", "super-team-throw-away");
  const files = existsSync(state) ? readdirSync(state) : [];
  assert.deepEqual(
    files.filter((name) => name.startsWith(`${stack}.`)),
    [],
  );
}

describe("pulumi-compose test", { concurrency: 2 }, () => {
  test("runs a command with the addresses, on a stack beside the others, and leaves its exit code and nothing else", async () => {
    const script = `
      const { THE_CACHE_HOST: host, THE_CACHE_PORT: port, PULUMI_COMPOSE_TEST } = process.env;
      const socket = require("node:net").connect(Number(port), host, () => socket.write("PING\\r\\n"));
      socket.once("data", (data) => {
        console.log(JSON.stringify({ said: String(data), running: JSON.parse(PULUMI_COMPOSE_TEST) }));
        process.exit(7);
      });`;
    const { ended, stdout, stderr } = start(["--", "node", "-e", script]);
    assert.equal(await ended, 7, await stderr);
    // Of Pulumi's steps a line a container is left.
    assert.match(await stderr, /^ \+ {2}\S+-the-cache-1 created /m);
    assert.doesNotMatch(await stderr, /docker:index/);
    const { said, running } = JSON.parse(await stdout) as { said: string; running: RunningStack };
    assert.equal(said, "+PONG\r\n");
    assert.equal(running.directory, folder);
    assert.equal(running.project, projectOf(running.stack));
    assert.deepEqual(Object.keys(running.services).sort(), ["redis", "the-cache"]);
    // Neither the name nor the ports of the stack dev.
    assert.equal(running.services["the-cache"]?.container, `the-only-cache-${running.stack}`);
    assert.doesNotMatch(JSON.stringify(running), /:2637\d|:2638\d/);
    await assertGone(running.stack);
  });

  test("--keep leaves the stack, and the command that it names removes the stack", async () => {
    const { ended, stdout, stderr } = start(["--keep", "--", "printenv", "PULUMI_COMPOSE_STACK"]);
    assert.equal(await ended, 0, await stderr);
    const stack = (await stdout).trim();
    assert.deepEqual(Object.keys(await containerIds(projectOf(stack))), ["redis", "the-cache"]);
    const [, remove = ""] = /→ npx (.*) removes it/.exec(await stderr) ?? [];
    const [command = "", ...args] = remove.split(" ");
    const { code, output } = await runCommand(command, args, { cwd: directory });
    assert.equal(code, 0, output);
    await assertGone(stack);
  });

  test("takes the stack down when up has failed, and says why", async () => {
    const { child, ended, stdout, stderr } = start(["--", "echo", "never"], { REDIS_PORT_INSIDE: "none" });
    const stack = await stackOf(child.pid);
    assert.notEqual(await ended, 0);
    assert.equal(await stdout, "");
    assert.match(await stderr, /error: redis exited with code 1/);
    await assertGone(stack);
  });

  test("takes the stack down at a signal while the stack comes up", async () => {
    // Its input stays open.
    const { child, ended, stdout } = start(["--json"], heldBack);
    const stack = await stackOf(child.pid);
    await until("a container is there", async () => "redis" in (await containerIds(projectOf(stack))));
    child.kill("SIGTERM");
    assert.equal(await ended, 143);
    assert.equal(await stdout, "");
    await assertGone(stack);
  });

  test("takes the stack down when it is killed while the stack comes up", async () => {
    const { child, ended } = start(["--json"], heldBack);
    const stack = await stackOf(child.pid);
    await until("a container is there", async () => "redis" in (await containerIds(projectOf(stack))));
    child.kill("SIGKILL");
    assert.equal(await ended, "SIGKILL");
    await assertGone(stack);
  });

  test("refuses what is not meant, before anything is touched", async () => {
    const none = start([]);
    assert.equal(await none.ended, 1);
    assert.match(await none.stderr, /^test needs a command to run against the stack\n→ /);
    const dev = start(["--remove", "--stack", "dev"]);
    assert.equal(await dev.ended, 1);
    assert.match(await dev.stderr, /^dev is no throw-away stack/);
    const both = start(["--json", "--", "echo"]);
    assert.equal(await both.ended, 1);
    assert.match(await both.stderr, /^test --json takes no command/);
  });
});
