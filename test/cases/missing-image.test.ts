import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { containerIds, docker } from "../fixture/docker.ts";
import { assertReadable, mistakesIn } from "../fixture/output.ts";
import { freePorts } from "../fixture/ports.ts";
import { Case } from "./case.ts";

test("an image that no registry has is a mistake before anything is touched", async () => {
  const asked: string[] = [];
  const server = registry(asked).listen(0, "127.0.0.1");
  await once(server, "listening");
  const at = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const [free = 0] = await freePorts(1);
  const environment = { REGISTRY: at, NO_REGISTRY: `127.0.0.1:${free}` };
  const project = await Case.create("missing-image", { environment });
  const { stack } = project;
  await docker("tag", "debian:bookworm-slim", `${at}/local:1.0`);
  try {
    await stack.configure({ settings: { profiles: ["mistaken"] } });
    for (const command of [["preview"], ["up", "--yes", "--skip-preview"]]) {
      const { code, output } = await stack.pulumi(...command);
      assert.notEqual(code, 0, output);
      assertReadable(output);
      assert.deepEqual(
        mistakesIn(output).map(({ place, message, name }) => `${place}: ${message} [${name}]`),
        [
          `compose.yaml: services.never.image: Docker does not have the image \`${at}/shop:1.0\`, and \`pull_policy: never\` keeps it from a pull [missing-image]`,
          `compose.yaml: services.repository.image: there is no image \`${at}/shpo:1.0\`: neither Docker nor the registry has it [missing-image]`,
          `compose.yaml: services.tag.image: there is no image \`${at}/shop:2.0\`: neither Docker nor the registry has it [missing-image]`,
        ],
      );
      assert.deepEqual(await containerIds(stack.project), {});
    }

    // What is merely not known stops nothing.
    await stack.configure({ settings: { profiles: ["silent"] } });
    const { code, output } = await stack.pulumi("preview");
    assert.equal(code, 0, output);
    const warned = [...output.matchAll(/services\.(\w+)\.image: (.+) \(.+\) \[missing-image\]/g)];
    assert.deepEqual([...new Set(warned.map(([, service]) => service))].sort(), ["gone", "private"]);
    assert.match(output, /does not show the image to somebody without a login/);
    assert.match(output, /cannot ask the registry for it: .*connection refused/);
    assert.ok(asked.includes("silent"), "the registry that never answers was asked");
    assert.ok(!asked.includes("local"), "a registry was asked for an image that the engine has");
  } finally {
    await docker("image", "rm", `${at}/local:1.0`);
    server.close();
    server.closeAllConnections();
    await project.remove();
  }
});

/** A registry with one image, as far as an engine asks for it: by HTTP, which an engine allows on 127.0.0.1. */
function registry(asked: string[]): Server {
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.docker.distribution.manifest.v2+json",
    config: {
      mediaType: "application/vnd.docker.container.image.v1+json",
      size: 2,
      digest: `sha256:${createHash("sha256").update("{}").digest("hex")}`,
    },
    layers: [],
  });
  const digest = `sha256:${createHash("sha256").update(manifest).digest("hex")}`;
  return createServer((request, response) => {
    const [, name = "", reference = ""] = /^\/v2\/(\w+)\/manifests\/(.+)$/.exec(request.url ?? "") ?? [];
    if (name !== "") asked.push(name);
    // It never answers.
    if (name === "silent") return;
    const [status, body] =
      name === ""
        ? [200, "{}"]
        : name === "private"
          ? [403, JSON.stringify({ errors: [{ code: "DENIED", message: "denied" }] })]
          : name === "shop" && ["1.0", digest].includes(reference)
            ? [200, manifest]
            : [404, JSON.stringify({ errors: [{ code: "MANIFEST_UNKNOWN", message: "unknown" }] })];
    response.writeHead(status, {
      "content-type":
        body === manifest ? "application/vnd.docker.distribution.manifest.v2+json" : "application/json",
      "content-length": Buffer.byteLength(body),
      "docker-content-digest": digest,
      "docker-distribution-api-version": "registry/2.0",
    });
    response.end(request.method === "HEAD" ? undefined : body);
  });
}
