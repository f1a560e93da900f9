import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { assertNoChanges } from "../fixture/no-changes.ts";
import { TestStack } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";
import { docker, inspectContainer } from "../fixture/docker.ts";
import { allHealthy, ask, healthByPrefix } from "../fixture/http.ts";

describe("a stack whose gateway finds its routes by labels", () => {
  let stack: TestStack;
  let gateway: string;
  before(async () => {
    // The API tells what Traefik has taken up.
    stack = await TestStack.create({
      settings: { routing: "labels", dashboard: true },
      services: { traefik: { ports: [{ target: 80 }, { target: 8080 }] } },
    });
    await stack.up();
    gateway = await stack.gatewayUrl();
  });
  after(() => stack.down());

  test("answers 200 on the health path of all six prefixes", async () => {
    // An `up` waits for routes by labels, and in the end warns: it is the gateway that makes them.
    await until("all are healthy", async () =>
      isDeepStrictEqual(await healthByPrefix(gateway), allHealthy()),
    );
  });

  test("has every route from Docker's provider", async () => {
    const routers = ["architect", "auth", "codebase", "contracts", "notifications", "orders"];
    await until("all routers are there", async () =>
      isDeepStrictEqual(
        await routersOf(stack),
        routers.map((name) => `${name}@docker`),
      ),
    );
  });

  test("mounts the engine's socket read-only", async () => {
    const { Mounts } = await inspectContainer(`${stack.project}-traefik-1`);
    const socket = Mounts.find(({ Destination }) => Destination === "/var/run/docker.sock");
    assert.equal(socket?.RW, false);
  });

  test("has nothing to change", async () => {
    await assertNoChanges(stack);
  });

  test("does not route what belongs to another project, even on its own network", async () => {
    const stranger = `${stack.project}-stranger`;
    const route = "traefik.http.routers.stranger.rule=PathPrefix(`/api/stranger`)";
    const port = "traefik.http.services.stranger.loadbalancer.server.port=6379";
    const run = async (name: string, project: string) => {
      const labels = ["traefik.enable=true", route, port, `com.docker.compose.project=${project}`];
      const network = `${stack.project}-frontend`;
      const options = ["--detach", "--name", name, "--network", network, "--pull", "never"];
      await docker("run", ...options, ...labels.flatMap((label) => ["--label", label]), "redis:7-alpine");
    };
    try {
      // One that Traefik does take up, started later, is the sign that it has seen the first.
      await run(stranger, "somebody-else");
      await run(`${stranger}-witness`, stack.project);
      await until("the witness's route", async () => (await routersOf(stack)).includes("stranger@docker"));
      await docker("rm", "--force", "--volumes", `${stranger}-witness`);
      await until("the end of the witness's route", async () => {
        return !(await routersOf(stack)).includes("stranger@docker");
      });
      assert.equal((await ask("GET", `${gateway}/api/stranger`)).status, 404);
    } finally {
      await docker("rm", "--force", "--volumes", stranger, `${stranger}-witness`);
    }
  });
});

/** Names of the routers that Traefik itself says it has, its own aside. */
async function routersOf(stack: TestStack): Promise<string[]> {
  const { ports } = await stack.service("traefik");
  const { body } = await ask<{ name: string; provider: string }[]>(
    "GET",
    `http://${ports["8080/tcp"] ?? ""}/api/http/routers`,
  );
  return body
    .filter(({ provider }) => provider !== "internal")
    .map(({ name }) => name)
    .sort();
}
