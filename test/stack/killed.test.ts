import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { directory, TestStack } from "../fixture/stack.ts";
import { containerIds, docker, serviceStates } from "../fixture/docker.ts";
import { ask } from "../fixture/http.ts";
import { assertNoOrphans, startUpdate } from "../fixture/killed-update.ts";
import { assertReadable } from "../fixture/output.ts";

/** How often a first `up` and an update are killed. */
const kills = { first: 8, update: 12 };

const services = ["auth-service", "contract-engine", "migrations", "postgres", "redis", "traefik"];

/**
 * An `up` is killed at moments that are drawn from its own course: how many signs of life it has given. The same seed
 * draws the same ones: `KILL_SEED=… node --test test/stack/killed.test.ts`.
 */
const seed = Number(process.env.KILL_SEED ?? randomInt(2 ** 31));
const random = randomNumbers(seed);

describe(`an up that is killed, with the seed ${seed}`, () => {
  let stack: TestStack;
  before(async () => {
    stack = await TestStack.create({ folder: "test/stack/small" });
  });
  after(() => stack.down());

  test("finds no file of the state's that is written in place, and can be cut off", async () => {
    assert.deepEqual(await filesOfState(/\.attrs$/), []);
  });

  test("pulumi-compose up tells of a state that cannot be read, and touches nothing", async () => {
    const [path = ""] = await filesOfState(/\.json$/);
    await writeFile(`${path}.attrs`, "");
    try {
      await assert.rejects(stack.recover(), ({ message }: Error) => {
        assert.match(message, new RegExp(`the state of the stack ${stack.name} cannot be read`));
        assert.match(message, /Nothing was touched.*\.attrs/s);
        assertReadable(message);
        return true;
      });
      assert.deepEqual(await containerIds(stack.project), {});
    } finally {
      await rm(`${path}.attrs`);
    }
  });

  describe("as the stack's first", () => {
    let course: number;
    before(async () => {
      course = await signsOfUpdate();
    });

    for (const [index, at] of moments(kills.first).entries()) {
      test(`after ${percent(at)} of it: pulumi-compose up brings all up (${index + 1})`, async () => {
        await killWithin(() => course * at, destroy);
        await stack.recover();
        await assertWhole();
      });
    }
  });

  describe("as an update of what serves", () => {
    let course: number;
    let level = "info";
    before(async () => {
      await stack.recover();
      await stack.query("CREATE TABLE kept (value text)");
      await stack.query("INSERT INTO kept VALUES ('a row')");
      const contract = { name: "kept", type: "jsonschema", document: { type: "object" } };
      const { status } = await ask("POST", `${await stack.gatewayUrl()}/api/contracts`, contract);
      assert.equal(status, 201);
      await change();
      course = await signsOfUpdate();
    });

    for (const [index, at] of moments(kills.update).entries()) {
      test(`after ${percent(at)} of it: pulumi-compose up ends it, with the data (${index + 1})`, async () => {
        await killWithin(() => course * at, change);
        await stack.recover();
        await assertWhole();
        const { Env } = JSON.parse(
          await docker("inspect", "--format", "{{json .Config}}", await containerOf("auth-service")),
        ) as { Env: string[] };
        assert.ok(Env.includes(`LOG_LEVEL=${level}`), Env.join(" "));
        assert.deepEqual(await stack.query("SELECT value FROM kept"), ["a row"]);
        const { status } = await ask("GET", `${await stack.gatewayUrl()}/api/contracts/kept`);
        assert.equal(status, 200);
      });
    }

    /** Another environment for every service, and so another container. */
    async function change(): Promise<void> {
      level = level === "info" ? "debug" : "info";
      const environment = { CHANGED: level };
      await stack.configure({
        settings: { logLevel: level },
        services: Object.fromEntries(services.map((service) => [service, { environment }])),
      });
    }
  });

  async function filesOfState(name: RegExp): Promise<string[]> {
    const folder = join(directory, ".state", ".pulumi", "stacks", "super-team-small");
    const names = await readdir(folder);
    return names
      .filter((file) => file.startsWith(stack.name) && name.test(file))
      .map((file) => join(folder, file));
  }

  /** How many signs of life an undisturbed `up` gives. */
  async function signsOfUpdate(): Promise<number> {
    let signs = 0;
    const update = startUpdate(stack, () => (signs += 1));
    assert.equal(await update.ended, 0);
    return signs;
  }

  /**
   * Prepares for an `up` and kills it after so many signs of life. No two runs give as many: one that is over too early
   * is followed by another, killed earlier.
   */
  async function killWithin(signs: () => number, prepare: () => Promise<void>): Promise<void> {
    for (let enough = signs(); ; enough *= 0.9) {
      await prepare();
      let seen = 0;
      const update = startUpdate(stack, () => {
        seen += 1;
        if (seen >= enough) void update.kill();
      });
      const end = await update.ended;
      if (end === "SIGKILL") return;
      assert.equal(end, 0);
    }
  }

  async function destroy(): Promise<void> {
    const { code, output } = await stack.pulumi("destroy", "--yes", "--skip-preview");
    assert.equal(code, 0, output);
  }

  /** Everything is there once, up, healthy and known to the state, and it serves. */
  async function assertWhole(): Promise<void> {
    assert.deepEqual(Object.keys(await containerIds(stack.project)), services);
    const states = await serviceStates(stack.project);
    const wrong = states.filter(
      (state) => !/\(healthy\)$/.test(state) && !/^migrations Exited \(0\)/.test(state),
    );
    assert.deepEqual(wrong, []);
    assert.equal(states.length, services.length, states.join("\n"));
    await assertNoOrphans(stack);
    const gateway = await stack.gatewayUrl();
    for (const path of ["/api/contracts/health", "/api/auth/health"]) {
      assert.equal((await ask("GET", gateway + path)).status, 200, path);
    }
  }

  async function containerOf(service: string): Promise<string> {
    return (await containerIds(stack.project))[service] ?? "";
  }
});

/** Fractions of a whole, one in each of so many equal parts of it. */
function moments(count: number): readonly number[] {
  return Array.from({ length: count }, (_, part) => (part + random()) / count);
}

function percent(fraction: number): string {
  return `${Math.round(fraction * 100)} %`;
}

/** Numbers in [0, 1), the same ones for the same seed (mulberry32). */
function randomNumbers(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
