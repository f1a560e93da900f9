import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Port } from "../../components/compose-spec/service.ts";
import { assertNoChanges, assertNoDrift } from "../fixture/no-changes.ts";
import { TestStack } from "../fixture/stack.ts";
import { lines } from "../fixture/command.ts";
import { containerIds, docker, leftOf } from "../fixture/docker.ts";
import { allHealthy, ask, healthByPrefix } from "../fixture/http.ts";
import { freePorts } from "../fixture/ports.ts";

/** The stack dev without its host ports, which a developer's own stack may hold. */
describe("a stack like dev", () => {
  let stack: TestStack;
  let other: TestStack;
  let ports: readonly number[];
  before(async () => {
    ports = await freePorts(5);
    const [web = 0, dashboard = 0, architect = 0, contracts = 0, codebase = 0] = ports;
    stack = await TestStack.create({
      config: "Pulumi.dev.yaml",
      services: {
        traefik: { ports: [published(web, 80), published(dashboard, 8080)] },
        architect: { ports: [published(architect, 8000)] },
        "contract-engine": { ports: [published(contracts, 8000)] },
        "codebase-intelligence": { ports: [published(codebase, 8000)] },
      },
    });
    other = await TestStack.create();
    await Promise.all([stack.up(), other.up()]);
  });
  after(() => Promise.all([stack.down(), other.down()]));

  describe("right after up", () => {
    test("has nothing to change", async () => {
      await assertNoChanges(stack);
    });

    test("has nothing to change after a refresh either", async () => {
      await assertNoDrift(stack);
    });

    test("answers on the host ports that its config names", async () => {
      const [web, dashboard, ...foundation] = ports.map((port) => `http://localhost:${port}`);
      assert.equal(await stack.gatewayUrl(), web);
      assert.deepEqual(await healthByPrefix(web ?? ""), allHealthy());
      assert.equal((await ask("GET", `${dashboard ?? ""}/api/overview`)).status, 200);
      for (const address of foundation) {
        assert.equal((await ask("GET", `${address}/api/health`)).status, 200, address);
      }
    });
  });

  describe("beside a test stack", () => {
    test("serves as the other does, each its own data", async () => {
      const [mine, theirs] = await Promise.all([stack.gatewayUrl(), other.gatewayUrl()]);
      assert.deepEqual(await Promise.all([healthByPrefix(mine), healthByPrefix(theirs)]), [
        allHealthy(),
        allHealthy(),
      ]);
      assert.equal((await ask("POST", `${theirs}/api/orders`, { item: "a ruler", quantity: 1 })).status, 201);
      assert.deepEqual(await other.query("SELECT item FROM orders"), ["a ruler"]);
      assert.deepEqual(await stack.query("SELECT item FROM orders"), []);
    });

    test("is untouched when the other is destroyed, of which nothing is left", async () => {
      const before = await containerIds(stack.project);
      const volumes = await volumesOf(stack.project);
      const { code, output } = await other.pulumi("destroy", "--yes", "--skip-preview");
      assert.equal(code, 0, output);
      assert.deepEqual(await leftOf(other.project), []);
      assert.deepEqual(await containerIds(stack.project), before);
      assert.deepEqual(await volumesOf(stack.project), volumes);
      assert.deepEqual(await healthByPrefix(await stack.gatewayUrl()), allHealthy());
    });
  });

  describe("destroyed and brought up again", () => {
    const document = { type: "object" };
    let order: { readonly id: string };
    before(async () => {
      const gateway = await stack.gatewayUrl();
      const placed = await ask<{ id: string }>("POST", `${gateway}/api/orders`, {
        item: "a fountain pen",
        quantity: 2,
      });
      assert.equal(placed.status, 201);
      order = placed.body;
      const contract = { name: "pens", type: "jsonschema", document };
      assert.equal((await ask("POST", `${gateway}/api/contracts`, contract)).status, 201);
      const { code, output } = await stack.pulumi("destroy", "--yes", "--skip-preview");
      assert.equal(code, 0, output);
    });

    test("leaves its data volumes and nothing else in between", async () => {
      assert.deepEqual(
        await leftOf(stack.project),
        [
          "architect-data",
          "artifacts",
          "chroma-data",
          "contract-data",
          "intel-data",
          "pgdata",
          "redisdata",
        ].map((volume) => `${stack.project}-${volume}`),
      );
    });

    test("still has its order in PostgreSQL and its contract", async () => {
      await stack.up();
      const gateway = await stack.gatewayUrl();
      assert.deepEqual(await stack.query(`SELECT item, quantity FROM orders WHERE id = '${order.id}'`), [
        "a fountain pen|2",
      ]);
      assert.equal((await ask("GET", `${gateway}/api/orders/${order.id}`)).status, 200);
      const contract = await ask<{ document: unknown }>("GET", `${gateway}/api/contracts/pens`);
      assert.deepEqual(contract.body.document, document);
    });

    test("has nothing to change", async () => {
      await assertNoChanges(stack);
    });
  });
});

function published(port: number, target: number): Port {
  return { target, published: String(port), host_ip: "127.0.0.1" };
}

async function volumesOf(project: string): Promise<string[]> {
  const filter = `label=com.docker.compose.project=${project}`;
  return lines(await docker("volume", "ls", "--format", "{{.Name}}", "--filter", filter));
}
