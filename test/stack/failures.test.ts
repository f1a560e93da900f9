import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Definitions } from "../../components/compose-spec/definitions.ts";
import { assertNoChanges } from "../fixture/no-changes.ts";
import { TestStack } from "../fixture/stack.ts";
import { containerIds } from "../fixture/docker.ts";
import { allHealthy, healthByPrefix } from "../fixture/http.ts";
import { assertReadable } from "../fixture/output.ts";
import { takePort } from "../fixture/ports.ts";

type Services = NonNullable<Definitions["services"]>;

/** A health check that gives its verdict within seconds. */
// Quick to fail, and patient with a machine that is slow to answer.
const hasty = { interval: "500ms", timeout: "30s", retries: 2, start_period: "1s" };

/**
 * One stack that meets one obstacle after the other, each a step further up: mending one and running `up` again leads
 * to the next, and at last to a stack that serves.
 */
describe("an up that cannot succeed", () => {
  let stack: TestStack;
  let folder: string;
  let migration: string;
  let squatter: Awaited<ReturnType<typeof takePort>>;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "failures-"));
    migration = join(folder, "9999_more.sql");
    await writeFile(migration, "CREATE TABLE more (id int);\nSELECT id FROM no_such_table;\n");
    squatter = await takePort();
    stack = await TestStack.create();
  });
  after(async () => {
    await squatter.close();
    await stack.down();
    await rm(folder, { recursive: true });
  });

  /** In place throughout, so that only the obstacles differ. */
  const common = (): Services => ({
    migrations: {
      volumes: [{ type: "bind", source: migration, target: "/migrations/9999_more.sql", read_only: true }],
    },
    "orders-service": {
      depends_on: { "auth-service": { condition: "service_healthy" } },
    },
    "notifications-service": { depends_on: { "orders-service": { condition: "service_healthy" } } },
  });

  interface Obstacle {
    readonly title: string;
    readonly services: () => Services;
    /** What the message must say. */
    readonly cause: () => readonly RegExp[];
    /** What waits for it, directly or not. */
    readonly behind: readonly string[];
    readonly mend?: () => Promise<unknown>;
  }

  const generated = ["auth-service", "notifications-service", "orders-service"];
  const obstacles: readonly Obstacle[] = [
    {
      title: "an image that does not exist",
      services: () => ({ postgres: { image: "registry.invalid/postgres:none" } }),
      cause: () => [/registry\.invalid\/postgres:none/, /postgres/],
      behind: [
        "architect",
        ...["auth-service", "codebase-intelligence", "contract-engine", "migrations"],
        ...["notifications-service", "orders-service", "postgres", "traefik"],
      ],
    },
    {
      title: "a broken migration",
      services: () => ({}),
      cause: () => [
        /migrations exited with code [1-9]/,
        /relation "no_such_table" does not exist/,
        /9999_more\.sql/,
      ],
      behind: ["architect", "contract-engine", "traefik", ...generated],
      mend: () => writeFile(migration, "CREATE TABLE more (id int);\n"),
    },
    {
      title: "two services that never become healthy",
      services: () => ({
        "codebase-intelligence": { healthcheck: { ...hasty, test: ["CMD", "false"] } },
        "contract-engine": {
          healthcheck: { ...hasty, test: ["CMD-SHELL", "echo the moon is in the wrong place; exit 1"] },
        },
      }),
      cause: () => [
        /codebase-intelligence is unhealthy/,
        /contract-engine is unhealthy/,
        /the moon is in the wrong place/,
        // On a machine under load they have not come to logging yet.
        /last \d+ log lines|the container logged nothing/,
      ],
      behind: ["traefik", ...generated],
    },
    {
      title: "a service that exits",
      services: () => ({
        "auth-service": {
          entrypoint: ["sh", "-c", "echo cannot work with $DATABASE_URL; exit 3"],
          healthcheck: hasty,
        },
      }),
      cause: () => [
        /auth-service .*exited with code 3/,
        // What a service says of its password stays between them.
        /cannot work with postgresql:\/\/superteam:\[secret\]@postgres/,
      ],
      behind: ["notifications-service", "orders-service"],
    },
    {
      // Before anything is touched: what the earlier obstacles left behind stays as it is.
      title: "a host port that somebody else has",
      services: () => ({
        "orders-service": {
          ports: [{ target: 8080, published: String(squatter.port), host_ip: "127.0.0.1" }],
        },
      }),
      cause: () => [
        /services\.orders-service\.ports\.0/,
        new RegExp(`host port ${squatter.port} is already used by .+ \\(process ${process.pid}\\)`),
        /nothing was touched/,
      ],
      behind: ["notifications-service", "orders-service"],
      mend: () => squatter.close(),
    },
  ];

  for (const { title, services, cause, behind, mend } of obstacles) {
    describe(`because of ${title}`, () => {
      let output: string;
      before(async () => {
        await stack.configure({ services: merged(common(), services()) });
        output = await failedUp();
      });
      after(() => mend?.());

      test("names the cause", () => {
        for (const part of cause()) assert.match(output, part);
      });

      test("shows neither a stack trace nor a password", () => {
        assertReadable(output);
        assert.doesNotMatch(output, /superteam_secret/);
      });

      test("starts nothing that waits for it", async () => {
        const made = Object.keys(await containerIds(stack.project));
        assert.deepEqual(
          behind.filter((service) => made.includes(service)),
          [],
        );
      });

      test("fails the next time as well, for the same reason", async () => {
        const again = await failedUp();
        for (const part of cause()) assert.match(again, part);
        assertReadable(again);
        const made = Object.keys(await containerIds(stack.project));
        assert.deepEqual(
          behind.filter((service) => made.includes(service)),
          [],
        );
      });
    });
  }

  describe("once every cause is mended", () => {
    before(() => stack.up());

    test("serves all six prefixes", async () => {
      assert.deepEqual(await healthByPrefix(await stack.gatewayUrl()), allHealthy());
    });

    test("has applied the mended migration, once", async () => {
      const applied = "SELECT count(*) FROM schema_migrations WHERE name = '9999_more.sql'";
      assert.deepEqual(await stack.query(applied), ["1"]);
      assert.deepEqual(await stack.query("SELECT count(*) FROM more"), ["0"]);
    });

    test("has nothing to change", async () => {
      await assertNoChanges(stack);
    });
  });

  async function failedUp(): Promise<string> {
    const { code, output } = await stack.pulumi("up", "--yes", "--skip-preview");
    assert.notEqual(code, 0, output);
    return output;
  }
});

/** The services of both, key by key below a service. */
function merged(one: Services, other: Services): Services {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries([...names].map((name) => [name, { ...one[name], ...other[name] }]));
}
