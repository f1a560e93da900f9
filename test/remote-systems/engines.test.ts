import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { lines, runCommand } from "../fixture/command.ts";
import { containerIds } from "../fixture/docker.ts";
import { assertNoChanges, assertNoDrift } from "../fixture/no-changes.ts";
import { OwnEngine, whyNoOwnEngine } from "../fixture/own-engine.ts";
import { directory, TestStack } from "../fixture/stack.ts";
import { TlsDoor } from "../fixture/tls-door.ts";

const images = ["nginx:1.28-alpine", "traefik:v3.6"];
const folder = "test/remote/shop";

/** A folder of its server that the stack mounts. Here the engine shares that with this machine. */
const uploads = "/run/uploads";
const wasThere = existsSync(uploads);

describe("a stack whose engine is named by", { skip: whyNoOwnEngine() ?? false }, () => {
  let engine: OwnEngine;
  let door: TlsDoor;
  before(async () => {
    engine = await OwnEngine.start(images);
    door = await TlsDoor.open(engine.host);
  });
  after(async () => {
    await door.close();
    await engine.stop();
    if (!wasThere) await rm(uploads, { recursive: true, force: true });
  });

  describe("its address on the network, with certificates,", () => {
    let stack: TestStack;
    before(async () => {
      const { address, environment } = door;
      stack = await TestStack.create({ folder, environment, settings: { engine: address } });
    });
    after(() => stack.down());

    test("comes up there, and then there is nothing to change", async () => {
      await stack.recover();
      assert.deepEqual(await servicesThere(engine), ["gateway", "page", "shop"]);
      assert.deepEqual(await containerIds(stack.project), {}, "this machine's own engine has nothing of it");
      await assertNoChanges(stack);
      await assertNoDrift(stack);
    });

    test("has what a doctor can know of its machine, who says what he cannot", async () => {
      const { code, output } = await stack.command("doctor");
      assert.equal(code, 0, output);
      assert.match(output, /disk there +not known: the engine does not tell/);
      assert.match(output, /ports there +no container has one .*; what else listens is not known/);
    });

    test("is the same stack by a Docker context, which has the certificates", async () => {
      const config = await mkdtemp(join(tmpdir(), "contexts-"));
      try {
        const file = (name: string) => join(door.certificates, `${name}.pem`);
        const docker = `host=${door.address},ca=${file("ca")},cert=${file("cert")},key=${file("key")}`;
        const create = ["--config", config, "context", "create", "the-server", "--docker", docker];
        const created = await runCommand("docker", create, { cwd: directory });
        assert.equal(created.code, 0, created.output);
        await stack.configure({ settings: { engine: "the-server" } });
        const words = ["preview", "--exit-code", ...stack.options];
        const env = {
          ...stack.environment,
          DOCKER_CONFIG: config,
          DOCKER_CERT_PATH: "",
          DOCKER_TLS_VERIFY: "",
        };
        const { code, output } = await runCommand("pulumi-compose", words, { cwd: directory, env });
        assert.equal(code, 0, output);
        const unknown = await stack.command("status");
        assert.equal(unknown.code, 1);
        assert.match(
          unknown.output,
          /Docker context the-server, and this machine has no context of that name\n→ /,
        );
      } finally {
        await stack.configure({ settings: { engine: door.address } });
        await rm(config, { recursive: true });
      }
    });
  });

  test("its socket comes up there, from the files here", async () => {
    const stack = await TestStack.create({ folder, settings: { engine: engine.host } });
    try {
      await stack.recover();
      assert.deepEqual(await servicesThere(engine), ["gateway", "page", "shop"]);
      assert.deepEqual(await containerIds(stack.project), {});
      await assertNoChanges(stack);
    } finally {
      await stack.down();
    }
  });
});

async function servicesThere({ host }: OwnEngine): Promise<string[]> {
  const format = '{{.Label "com.docker.compose.service"}}';
  const { output } = await runCommand("docker", ["--host", host, "ps", "--format", format], {
    cwd: directory,
  });
  return lines(output).toSorted();
}
