import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import type { IncomingMessage } from "node:http";
import { openBuildSocket } from "../../components/engine/build-socket.ts";
import { TlsDoor } from "../fixture/tls-door.ts";

describe("a socket for builds", { skip: process.platform === "win32" }, () => {
  let folder: string;
  let door: TlsDoor;
  const engine = createServer((request, response) =>
    response.end(`the engine, asked for ${request.url ?? ""}`),
  );
  const given = process.env.DOCKER_CERT_PATH;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "build-socket-"));
    const socket = join(folder, "engine.sock");
    engine.listen(socket);
    await once(engine, "listening");
    door = await TlsDoor.open(`unix://${socket}`);
  });
  after(async () => {
    process.env.DOCKER_CERT_PATH = given ?? "";
    engine.close();
    await door.close();
    await rm(folder, { recursive: true });
  });

  test("leads to an engine that wants certificates, and is gone behind the build", async () => {
    process.env.DOCKER_CERT_PATH = door.certificates;
    const socket = await openBuildSocket(door.address);
    assert.ok(socket !== undefined);
    const socketPath = socket.host.replace("unix://", "");
    const [answer] = (await once(get({ socketPath, path: "/_ping", agent: false }), "response")) as [
      IncomingMessage,
    ];
    assert.equal(await text(answer), "the engine, asked for /_ping");
    await socket.close();
    assert.ok(!existsSync(socketPath));
  });

  for (const [what, address, certificates] of [
    ["without certificates", "tcp://10.0.0.7:2375", ""],
    ["by SSH, which has a socket here already", "ssh://ada@shop.example", "/certificates"],
  ] as const)
    test(`is not needed for an engine ${what}`, async () => {
      process.env.DOCKER_CERT_PATH = certificates;
      assert.equal(await openBuildSocket(address), undefined);
    });
});
