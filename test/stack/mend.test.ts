import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { directory, TestStack } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";
import { containerIds, docker, inspectContainer, inspectNetwork } from "./docker.ts";
import { allHealthy, ask, healthByPrefix } from "./http.ts";
import { assertReadable } from "./output.ts";

describe("npm run up", () => {
  let stack: TestStack;
  let folder: string;
  before(async () => {
    // The migrations' files lie on the host here, so that one can be added while the stack is up.
    folder = await mkdtemp(join(tmpdir(), "mend-"));
    await cp(join(directory, "services", "migrations", "sql"), join(folder, "sql"), { recursive: true });
    stack = await TestStack.create();
    await stack.configure(config());
  });
  after(async () => {
    await stack.down();
    await rm(folder, { recursive: true });
  });

  function config(timeout = "10") {
    const sql = join(folder, "sql");
    return {
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
      assert.deepEqual(await healthByPrefix(await stack.gatewayUrl()), allHealthy);
      await assertNoOrphans();
    });

    test("ends the replacing of containers, with no orphan", async () => {
      const before = await containerIds(stack.project);
      await stack.configure({ ...config(), settings: { logLevel: "debug" } });
      await killUpWhen("architect is being replaced", async () => {
        return (await containerIds(stack.project)).architect !== before.architect;
      });
      await stack.recover();
      assert.deepEqual(await healthByPrefix(await stack.gatewayUrl()), allHealthy);
      const { Env } = (await inspectContainer(`${stack.project}-architect-1`)).Config;
      assert.ok(Env.includes("LOG_LEVEL=debug"));
      await assertNoOrphans();
    });
  });

  describe("mends exactly", () => {
    let order: { readonly id: string };
    before(async () => {
      await stack.configure(config());
      await stack.recover();
      const placed = await ask<{ id: string }>("POST", `${await stack.gatewayUrl()}/api/orders`, {
        item: "a compass",
        quantity: 1,
      });
      assert.equal(placed.status, 201);
      order = placed.body;
    });

    for (const [title, damage, affected] of [
      ["a container that was killed", () => docker("kill", `${stack.project}-architect-1`), ["architect"]],
      [
        "a container that was removed",
        () => docker("rm", "--force", `${stack.project}-contract-engine-1`),
        ["contract-engine"],
      ],
      [
        "a network that was removed",
        () => removeNetwork(`${stack.project}-frontend`),
        [
          "architect",
          "auth-service",
          "codebase-intelligence",
          "contract-engine",
          "notifications-service",
          "orders-service",
          "traefik",
        ],
      ],
    ] as const) {
      test(title, async () => {
        const ids = await containerIds(stack.project);
        await damage();
        await stack.recover();
        const gateway = await stack.gatewayUrl();
        assert.deepEqual(await healthByPrefix(gateway), allHealthy);
        assert.equal((await ask("GET", `${gateway}/api/orders/${order.id}`)).status, 200);
        const now = await containerIds(stack.project);
        assert.deepEqual(Object.keys(now), Object.keys(ids));
        assert.deepEqual(without(now, affected), without(ids, affected));
        await assertNoOrphans();
      });
    }

    test("nothing, where nothing is broken", async () => {
      const ids = await containerIds(stack.project);
      await stack.recover();
      assert.deepEqual(await containerIds(stack.project), ids);
    });
  });

  test("is what a plain pulumi up names when a container is missing", async () => {
    await docker("rm", "--force", `${stack.project}-redis-1`);
    const { code, output } = await stack.pulumi("up", "--yes", "--skip-preview");
    assert.notEqual(code, 0, output);
    assertReadable(output);
    assert.match(output, /redis.*removed/);
    assert.match(output, /npm run up/);
    await stack.recover();
    assert.deepEqual(await healthByPrefix(await stack.gatewayUrl()), allHealthy);
  });

  describe("a job that succeeded", () => {
    const jobRun = async () => {
      const { Id: id, State: state } = await inspectContainer(`${stack.project}-migrations-1`);
      return { id, startedAt: state.StartedAt };
    };
    const log = () => docker("logs", `${stack.project}-migrations-1`);

    test("does not run again", async () => {
      const before = await jobRun();
      await stack.up();
      assert.deepEqual(await jobRun(), before);
    });

    test("runs again when its definition has changed, and restarts nothing that waits for it", async () => {
      const ids = await containerIds(stack.project);
      await stack.configure(config("20"));
      await stack.up();
      assert.match(await log(), /^0 applied, [1-9]\d* already there$/m);
      const now = await containerIds(stack.project);
      assert.notEqual(now.migrations, ids.migrations);
      assert.deepEqual(without(now, ["migrations"]), without(ids, ["migrations"]));
    });

    test("runs again when the files it works on have changed", async () => {
      await writeFile(join(folder, "sql", "9999_more.sql"), "CREATE TABLE more (id int);\n");
      await stack.up();
      assert.match(await log(), /^1 applied, [1-9]\d* already there$/m);
      assert.deepEqual(await stack.query("SELECT count(*) FROM more"), ["0"]);
    });
  });

  /** Starts a `pulumi up` and kills it, with all that it has started, as soon as it has come that far. */
  async function killUpWhen(what: string, isFar: () => Promise<boolean>): Promise<void> {
    const child = spawn("pulumi", ["up", "--yes", "--skip-preview", "--stack", stack.name], {
      cwd: directory,
      env: { PULUMI_CONFIG_PASSPHRASE: "", ...process.env },
      detached: true,
      stdio: "ignore",
    });
    const ended = new Promise<NodeJS.Signals | null>((resolve) =>
      child.once("exit", (_code, signal) => {
        resolve(signal);
      }),
    );
    try {
      await until(what, isFar);
    } finally {
      process.kill(-(child.pid ?? 0), "SIGKILL");
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

async function removeNetwork(name: string): Promise<void> {
  const { Containers: members = {} } = await inspectNetwork(name);
  for (const id of Object.keys(members)) await docker("network", "disconnect", "--force", name, id);
  await docker("network", "rm", name);
}

function without(ids: Readonly<Record<string, string>>, services: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(ids).filter(([service]) => !services.includes(service)));
}
