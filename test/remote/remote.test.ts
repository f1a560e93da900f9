import assert from "node:assert/strict";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { containerIds } from "../fixture/docker.ts";
import { assertNoChanges, assertNoDrift } from "../fixture/no-changes.ts";
import { TestStack } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";
import { Server, whyNoServer } from "./server.ts";

const skip = whyNoServer() ?? false;
const folder = "test/remote/shop";

describe("a stack on a server that has Docker, and none of these files", { skip }, () => {
  let server: Server;
  let stack: TestStack;
  before(async () => {
    server = await Server.start(["nginx:1.28-alpine"]);
    const { environment, address } = server;
    stack = await TestStack.create({ folder, environment, settings: { engine: address } });
  });
  after(async () => {
    try {
      await stack.down();
    } finally {
      await server.stop();
    }
  });

  for (const [title, engine, expected] of [
    ["that does not answer", "deploy@<name>:2223", /cannot be reached by SSH: .*refused/],
    ["whose host key is not known", "deploy@unknown-<name>:2222", /the host key .* is not known here/],
    ["that lets the user in, but not to the engine", "stranger@<name>:2222", /may not use the engine/],
  ] as const) {
    test(`a server ${title} is told in a sentence, with what to do, and nothing is touched`, async () => {
      const address = `ssh://${engine.replace("<name>", server.name)}`;
      await stack.configure({ settings: { engine: address } });
      const { code, output } = await stack.command("up", "--yes");
      assert.equal(code, 1, output);
      assert.match(output, expected);
      assert.match(output, /^→ /m);
      assert.doesNotMatch(output, /^\s+at /m);
    });
  }

  test("comes up by one connection, and then there is nothing to change", async () => {
    await stack.configure({ settings: { engine: server.address } });
    const logIns = await server.logIns();
    await stack.recover();
    assert.equal(await server.docker("ps", "--format", "{{.Names}}"), `${stack.project}-shop-1\n`);
    assert.deepEqual(await containerIds(stack.project), {}, "this machine's own engine has nothing of it");
    await assertNoChanges(stack);
    await assertNoDrift(stack);
    assert.equal(await server.logIns(), logIns + 1);
  });

  test("has its status, its logs and its backups here", async () => {
    const { output } = await stack.command("status");
    assert.match(output, /shop .* healthy .* shop-[0-9a-f]+\.test:80/);
    const logs = await stack.command("logs", "shop");
    assert.match(logs.output, /start worker process/);
    assert.equal(
      (await stack.command("stop", "shop")).code,
      0,
      "a volume that is written to is not backed up",
    );
    const kept = await mkdtemp(join(tmpdir(), "backup-"));
    try {
      const { code, output } = await stack.command("backup", "kept", join(kept, "kept.tar.gz"));
      assert.equal(code, 0, output);
      assert.ok((await stat(join(kept, "kept.tar.gz"))).size > 0);
    } finally {
      await rm(kept, { recursive: true });
    }
  });

  test("whose connection is cut in the middle of an up, converges by the next", async () => {
    const healthcheck = { start_interval: "250ms", test: ["CMD", "test", "-e", "/kept/go"] };
    await stack.configure({ settings: { engine: server.address }, services: { shop: { healthcheck } } });
    const update = stack.start("up", "--yes", "--skip-preview");
    const ended = new Promise((resolve) => update.once("exit", resolve));
    await until("the new container starts", async () =>
      (await server.docker("ps", "--format", "{{.Status}}")).includes("starting"),
    );
    await server.disconnect();
    assert.notEqual(await ended, 0);
    await server.startSsh();
    await server.docker("exec", `${stack.project}-shop-1`, "touch", "/kept/go");
    await stack.recover();
    await assertNoChanges(stack);
  });
});
