import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { TestStack } from "../fixture/stack.ts";
import { containerIds, inspectContainer } from "../fixture/docker.ts";
import { assertNoOrphans } from "../fixture/killed-update.ts";
import { OwnEngine, whyNoOwnEngine } from "../fixture/own-engine.ts";

const skip = whyNoOwnEngine() ?? false;

describe("a stack whose engine is restarted", { skip }, () => {
  let engine: OwnEngine;
  let stack: TestStack;
  before(async () => {
    // The last is what set-up would build the others on.
    engine = await OwnEngine.start(["postgres:16-alpine", "redis:7-alpine", "debian:bookworm-slim"]);
    // For everything that this file runs.
    process.env.DOCKER_HOST = engine.host;
    stack = await TestStack.create({ folder: "test/stack/restart", database: "db" });
    await stack.up();
    await stack.query("INSERT INTO kept VALUES ('a row')");
  });
  after(async () => {
    try {
      await stack.down();
    } finally {
      await engine.stop();
    }
  });

  for (const [how, signal] of [
    ["in good order", "SIGTERM"],
    ["by a crash", "SIGKILL"],
  ] as const) {
    test(`${how}, is mended by pulumi-compose up, which starts what the engine did not, and nothing else`, async () => {
      const ids = await containerIds(stack.project);
      await engine.restart(signal);
      const ranAtRestart = await startOf("migrations");
      await stack.recover();
      const { app, ...others } = await containerIds(stack.project);
      const { app: appBefore, ...before } = ids;
      assert.deepEqual(others, before);
      assert.ok(app !== undefined && appBefore !== undefined);
      assert.equal(await startOf("migrations"), ranAtRestart);
      for (const service of ["app", "db", "redis"]) {
        const { State: state } = await inspectContainer(await idOf(service));
        assert.equal(state.Health?.Status, "healthy", service);
      }
      assert.deepEqual(await stack.query("SELECT value FROM kept"), ["a row"]);
      await assertNoOrphans(stack);
    });
  }

  async function idOf(service: string): Promise<string> {
    return (await containerIds(stack.project))[service] ?? "";
  }

  async function startOf(service: string): Promise<string> {
    return (await inspectContainer(await idOf(service))).State.StartedAt;
  }
});
