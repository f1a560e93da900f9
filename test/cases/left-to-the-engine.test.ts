import assert from "node:assert/strict";
import { inspectContainer } from "../fixture/docker.ts";
import { sameAsCompose } from "./case.ts";

const isOfRange = (port: number) => port >= 18550 && port <= 18555;

sameAsCompose("left-to-the-engine", {
  known: [
    {
      kind: "container",
      path: /^Config\.(Cmd|Entrypoint)$/,
      reason: "the provider leaves an empty entrypoint out: the image's command is said in its place",
    },
    {
      kind: "container",
      path: /^HostConfig\.PortBindings\./,
      when: (expected) => JSON.stringify(expected).includes('"HostPort":"0"'),
      reason: "host port 0 is none, which is any free one as well",
    },
    {
      kind: "container",
      path: /^(HostConfig\.PortBindings|NetworkSettings\.Ports)\.80\/tcp$/,
      when: (_expected, actual) => JSON.stringify(actual).includes('"HostPort":"1855'),
      reason: "the provider takes no range, so that the plan chooses which container has which port",
    },
  ],
  whileUp: async ({ stack }) => {
    const containers = await Promise.all(
      [1, 2].map((number) => inspectContainer(`${stack.project}-several-${number}`)),
    );
    const ports = containers.flatMap(({ NetworkSettings: { Ports: published } }) =>
      (published["80/tcp"] ?? []).map(({ HostPort: port }) => Number(port)),
    );
    assert.equal(new Set(ports).size, 2);
    assert.ok(ports.every(isOfRange), ports.join());
  },
});
