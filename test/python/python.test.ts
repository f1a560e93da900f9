import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { environment, lines, runCommand } from "../fixture/command.ts";
import { leftOf } from "../fixture/docker.ts";
import { directory } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";
import { missing, must, pythonEnvironment, source, withPython } from "../fixture/python.ts";

const reason = await missing();
if (reason !== undefined) console.log(`not run: ${reason}`);

const program = join(directory, "test", "stack", "throw-away");

describe("the package for pytest", { skip: reason, concurrency: 2 }, () => {
  let commands: string;
  /** Where tests in Python write down what they see. */
  let folder: string;
  before(async () => {
    commands = await pythonEnvironment();
    folder = await mkdtemp(join(tmpdir(), "pytest-"));
  });
  after(() => rm(folder, { recursive: true }));

  const place = join(import.meta.dirname, "own-stack");
  const pytest = ["pytest", "-p", "no:cacheprovider"];

  async function assertGone(stack: string): Promise<void> {
    const file = join(program, `Pulumi.${stack}.yaml`);
    await until(`${stack} is gone`, () => Promise.resolve(!existsSync(file)));
    assert.deepEqual(await leftOf(`super-team-throw-away-${stack}`), []);
  }

  test("is typed", async () => {
    const cache = join(folder, "mypy");
    const sources = [join(source, "src"), join(source, "tests"), place];
    await must(join(commands, "mypy"), "--strict", "--cache-dir", cache, ...sources);
  });

  test("says what it cannot do, without an engine", async () => {
    const { code, output } = await runCommand("pytest", [...pytest.slice(1), join(source, "tests")], {
      cwd: source,
      env: withPython(commands),
    });
    assert.equal(code, 0, output);
  });

  test("runs the tests of Super Agent Team's specification on one stack", async () => {
    const { code, output } = await runCommand("pulumi-compose", ["test", "--", ...pytest], {
      cwd: join(directory, "systems", "super-agent-team", "tests"),
      env: withPython(commands),
    });
    assert.equal(code, 0, output);
    assert.match(output, /\b14 passed\b/);
  });

  test("gives each process of pytest-xdist a stack of its own, and takes both down", async () => {
    const seen = await mkdtemp(join(folder, "xdist-"));
    const { code, output } = await runCommand("pytest", [...pytest.slice(1), "-n", "2"], {
      cwd: place,
      env: { ...withPython(commands), SEEN: seen },
    });
    assert.equal(code, 0, output);
    const stacks = await readdir(seen);
    assert.equal(stacks.length, 2);
    const counted = await Promise.all(stacks.map(async (name) => readFile(join(seen, name), "utf8")));
    assert.deepEqual(
      counted.map((text) => lines(text).at(0)),
      ["1", "1"],
    );
    for (const stack of stacks) await assertGone(stack);
  });

  test("has the stack taken down when pytest is killed, and another pytest that was on it has left it up", async () => {
    const seen = await mkdtemp(join(folder, "killed-"));
    const seenByOther = await mkdtemp(join(folder, "other-"));
    const child = spawn("pytest", pytest.slice(1), {
      cwd: place,
      env: { ...environment(), ...withPython(commands), SEEN: seen, WAIT: "1" },
      stdio: "ignore",
    });
    const ended = once(child, "exit");
    const stack = await until("a test has run", async () => (await readdir(seen))[0]);
    const other = await runCommand("pytest", [...pytest.slice(1), "--running-stack", stack], {
      cwd: place,
      env: { ...withPython(commands), SEEN: seenByOther },
    });
    assert.equal(other.code, 0, other.output);
    assert.deepEqual(await readdir(seenByOther), [stack]);
    assert.equal(child.exitCode, null);
    assert.ok(existsSync(join(program, `Pulumi.${stack}.yaml`)));
    child.kill("SIGKILL");
    await ended;
    await assertGone(stack);
  });
});
