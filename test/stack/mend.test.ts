import assert from "node:assert/strict";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { directory, TestStack } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";
import { containerIds, docker, inspectContainer, inspectNetwork } from "../fixture/docker.ts";
import { allHealthy, ask, healthByPrefix } from "../fixture/http.ts";
import { assertNoOrphans, startUpdate } from "../fixture/killed-update.ts";
import { assertReadable } from "../fixture/output.ts";

/** The generated tier would only make it slower. */
const services = ["architect", "contract-engine", "codebase-intelligence"] as const;

describe("pulumi-compose up", () => {
  let stack: TestStack;
  let folder: string;
  before(async () => {
    // The migrations' files lie on the host here, so that one can be added while the stack is up.
    folder = await mkdtemp(join(tmpdir(), "mend-"));
    const sources = join(directory, "systems", "super-agent-team", "services");
    await cp(join(sources, "migrations", "sql"), join(folder, "sql"), { recursive: true });
    stack = await TestStack.create();
    await stack.configure(config());
  });
  after(async () => {
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
      await assertNoOrphans(stack);
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
      await assertNoOrphans(stack);
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
          assert.match(output, /pulumi-compose up/);
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
        await assertNoOrphans(stack);
      });
    }

    test("a route file that somebody has removed, though nothing else is broken", async () => {
      await stack.recover();
      await rm(join(directory, ".state", "routes", stack.project, "contracts.yml"));
      await stack.recover();
      await assertServes();
    });

    test("nothing where nothing is broken, and starts nothing again, not even a job", async () => {
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

  /** Starts a `pulumi up` and kills it as soon as it has come that far. */
  async function killUpWhen(what: string, isFar: () => Promise<boolean>): Promise<void> {
    const update = startUpdate(stack);
    try {
      await until(what, isFar);
    } finally {
      assert.ok(await update.kill(), "the update was over before it could be killed");
    }
  }
});

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
