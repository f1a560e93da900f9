import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { directory, TestStack } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";
import { containerIds, docker, inspectContainer, inspectNetwork } from "./docker.ts";
import { allHealthy, ask, healthByPrefix } from "./http.ts";
import { assertReadable } from "./output.ts";

/** The generated tier would only make it slower. */
const services = ["architect", "contract-engine", "codebase-intelligence"] as const;

describe("npm run up", () => {
  let stack: TestStack;
  let folder: string;
  /** Sessions of the updates that were killed. */
  const sessions: number[] = [];
  before(async () => {
    // The migrations' files lie on the host here, so that one can be added while the stack is up.
    folder = await mkdtemp(join(tmpdir(), "mend-"));
    await cp(join(directory, "services", "migrations", "sql"), join(folder, "sql"), { recursive: true });
    stack = await TestStack.create();
    await stack.configure(config());
  });
  after(async () => {
    await Promise.all(sessions.map(endSession));
    await stack.down();
    await rm(folder, { recursive: true });
  });

  function config({ timeout = "10", logLevel = "info" } = {}) {
    const sql = join(folder, "sql");
    return {
      settings: { generatedFile: "", logLevel },
      services: {
        migrations: {
          environment: { PGCONNECT_TIMEOUT: timeout },
          volumes: [{ type: "bind" as const, source: sql, target: "/migrations", read_only: true }],
        },
      },
    };
  }

  describe("after an update that was killed", () => {
    test("brings up a new stack, with no orphan", async () => {
      await killUpWhen("redis runs", async () => "redis" in (await containerIds(stack.project)));
      await stack.recover();
      await assertServes();
      await assertNoOrphans();
    });

    test("ends the replacing of containers, with no orphan", async () => {
      const before = await containerIds(stack.project);
      await stack.configure(config({ logLevel: "debug" }));
      await killUpWhen("architect is being replaced", async () => {
        return (await containerIds(stack.project)).architect !== before.architect;
      });
      await stack.recover();
      await assertServes();
      const { Env } = (await inspectContainer(`${stack.project}-architect-1`)).Config;
      assert.ok(Env.includes("LOG_LEVEL=debug"));
      await assertNoOrphans();
    });
  });

  describe("mends exactly", () => {
    before(async () => {
      const contract = { name: "kept", type: "jsonschema", document: { type: "object" } };
      const { status } = await ask("POST", `${await stack.gatewayUrl()}/api/contracts`, contract);
      assert.equal(status, 201);
    });

    for (const [title, damage, affected] of [
      ["a container that was killed", () => docker("kill", `${stack.project}-architect-1`), ["architect"]],
      [
        "a container that was removed, for which a plain pulumi up names it",
        async () => {
          await docker("rm", "--force", `${stack.project}-contract-engine-1`);
          const { code, output } = await stack.pulumi("up", "--yes", "--skip-preview");
          assert.notEqual(code, 0, output);
          assertReadable(output);
          assert.match(output, /contract-engine.*removed/);
          assert.match(output, /npm run up/);
        },
        ["contract-engine"],
      ],
      [
        "a network that was removed",
        () => removeNetwork(`${stack.project}-frontend`),
        [...services, "traefik"],
      ],
    ] as const) {
      test(title, async () => {
        const ids = await containerIds(stack.project);
        await damage();
        await stack.recover();
        await assertServes();
        const kept = await ask("GET", `${await stack.gatewayUrl()}/api/contracts/kept`);
        assert.equal(kept.status, 200);
        const now = await containerIds(stack.project);
        assert.deepEqual(Object.keys(now), Object.keys(ids));
        assert.deepEqual(without(now, affected), without(ids, affected));
        await assertNoOrphans();
      });
    }

    test("nothing where nothing is broken, and starts nothing again, be it a job", async () => {
      const before = await startTimes(stack.project);
      await stack.recover();
      assert.deepEqual(await startTimes(stack.project), before);
    });
  });

  describe("when a job has succeeded", () => {
    const log = () => docker("logs", `${stack.project}-migrations-1`);

    test("runs it again after a change of its definition, and restarts nothing that waits for it", async () => {
      const ids = await containerIds(stack.project);
      await stack.configure(config({ timeout: "20", logLevel: "debug" }));
      await stack.up();
      assert.match(await log(), /^0 applied, [1-9]\d* already there$/m);
      const now = await containerIds(stack.project);
      assert.notEqual(now.migrations, ids.migrations);
      assert.deepEqual(without(now, ["migrations"]), without(ids, ["migrations"]));
    });

    test("runs it again after a change of the files it works on", async () => {
      await writeFile(join(folder, "sql", "9999_more.sql"), "CREATE TABLE more (id int);\n");
      await stack.up();
      assert.match(await log(), /^1 applied, [1-9]\d* already there$/m);
      assert.deepEqual(await stack.query("SELECT count(*) FROM more"), ["0"]);
    });
  });

  async function assertServes(): Promise<void> {
    assert.deepEqual(await healthByPrefix(await stack.gatewayUrl(), services), allHealthy(services));
  }

  /**
   * Starts a `pulumi up` and kills it as soon as it has come that far. The provider, which Pulumi starts in a process
   * group of its own, outlives it, as it does when a user's is killed.
   */
  async function killUpWhen(what: string, isFar: () => Promise<boolean>): Promise<void> {
    const child = spawn("pulumi", ["up", "--yes", "--skip-preview", "--stack", stack.name], {
      cwd: directory,
      env: { PULUMI_CONFIG_PASSPHRASE: "", ...process.env },
      detached: true,
      stdio: "ignore",
    });
    if (child.pid === undefined) throw new Error("pulumi could not be started");
    sessions.push(child.pid);
    const ended = new Promise<NodeJS.Signals | null>((resolve) =>
      child.once("exit", (_code, signal) => {
        resolve(signal);
      }),
    );
    try {
      await until(what, isFar);
    } finally {
      process.kill(-child.pid, "SIGKILL");
    }
    assert.equal(await ended, "SIGKILL", "the update was over before it could be killed");
  }

  /** What the engine has of the stack is what its state knows, one container a service. */
  async function assertNoOrphans(): Promise<void> {
    const { output } = await stack.pulumi("stack", "export");
    const { deployment } = JSON.parse(output) as {
      deployment: { resources: { type: string; id?: string }[]; pending_operations?: unknown[] };
    };
    const known = (type: string) =>
      deployment.resources.flatMap(({ type: other, id = "" }) => (other === type ? [id] : [])).sort();
    assert.deepEqual(deployment.pending_operations ?? [], []);
    const filter = `label=com.docker.compose.project=${stack.project}`;
    const present = async (...command: string[]) =>
      (await docker(...command, "--quiet", "--no-trunc", "--filter", filter)).trim().split("\n").sort();
    assert.deepEqual(await present("ps", "--all"), known("docker:index/container:Container"));
    assert.deepEqual(await present("network", "ls"), known("docker:index/network:Network"));
  }
});

/** Ends what is left of a session that was started here. */
async function endSession(session: number): Promise<void> {
  const { stdout } = await promisify(execFile)("ps", ["-eo", "pid=,sess="]);
  for (const line of stdout.trim().split("\n")) {
    const [pid, of] = line.trim().split(/\s+/).map(Number);
    if (pid !== undefined && of === session) process.kill(pid, "SIGKILL");
  }
}

/** By container id, when each container of a project has started last. */
async function startTimes(project: string): Promise<Record<string, string>> {
  const ids = Object.values(await containerIds(project));
  const containers = await Promise.all(ids.map(inspectContainer));
  return Object.fromEntries(containers.map(({ Id, State }) => [Id, State.StartedAt]));
}

async function removeNetwork(name: string): Promise<void> {
  const { Containers: members = {} } = await inspectNetwork(name);
  for (const id of Object.keys(members)) await docker("network", "disconnect", "--force", name, id);
  await docker("network", "rm", name);
}

function without(ids: Readonly<Record<string, string>>, services: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(ids).filter(([service]) => !services.includes(service)));
}
