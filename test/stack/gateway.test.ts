import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { docker, eventsDuring, inspectContainer, serviceStates } from "../fixture/docker.ts";
import { ask } from "../fixture/http.ts";
import { startLoad, type LoadResult } from "../fixture/load.ts";
import { assertNoChanges } from "../fixture/no-changes.ts";
import { freePortPair } from "../fixture/ports.ts";
import { TestStack, type TestStackOptions } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";

/** Requests before the gateway goes away, and after it is back. */
const margin = 100;

describe("a gateway whose own definition changes", () => {
  let stack: TestStack;
  let gateway: string;
  let url: string;
  let port: number;

  const services = (more: object): TestStackOptions["services"] => ({
    traefik: { ports: [{ target: 80, published: String(port), host_ip: "127.0.0.1" }], ...more },
  });
  before(async () => {
    port = await freePortPair();
    stack = await TestStack.create({ folder: "test/stack/gateway", services: services({}) });
    gateway = `${stack.project}-traefik-1`;
    url = `http://127.0.0.1:${port}/shop`;
    await stack.up();
  });
  after(() => stack.down());

  async function serves(): Promise<boolean> {
    const { status } = await ask("GET", `${url}/health`).catch(() => ({ status: 0 }));
    return status === 200;
  }

  async function underLoad(work: () => Promise<unknown>): Promise<LoadResult> {
    const load = startLoad(url, { keepAlive: false, pause: 10 });
    try {
      await load.further(margin);
      await work();
      await until("it answers", serves);
      await load.further(margin);
    } finally {
      await load.end();
    }
    return load.end();
  }

  /** Milliseconds of the longest time without a good answer. */
  function gapIn({ served }: LoadResult): number {
    return Math.max(...served.map((time, index) => time - (served[index - 1] ?? time)));
  }

  // Traefik listens a moment before its routes are loaded: that moment is a part of the gap.
  test("is away, or without its routes, for no longer than twice a stop and a start", async (context) => {
    const restart = () => docker("stop", gateway).then(() => docker("start", gateway));
    const gaps = [gapIn(await underLoad(restart))];
    await stack.configure({ services: services({ environment: { CHANGED: "1" } }) });
    const { output } = await stack.pulumi("preview");
    assert.match(output, /traefik is replaced stop-first, with a gap of about \d+ s/);
    const result = await underLoad(() => stack.up());
    gaps.push(gapIn(await underLoad(restart)));
    const gap = gapIn(result);
    context.diagnostic(`a gap of ${gap} ms, of a stop and a start: ${gaps.join(" and ")} ms`);
    context.diagnostic([...new Set(result.failures.map(({ what }) => what))].join("; "));
    assert.ok(gap <= 2 * Math.max(...gaps), `${gap} ms, and ${gaps.join(" and ")} ms`);
    const { Config: config } = await inspectContainer(gateway);
    assert.ok(config.Env.includes("CHANGED=1"));
  });

  test("serves as before where the change is no good, and is updated when the change is taken back", async () => {
    const { Id: id } = await inspectContainer(gateway);
    await stack.configure({
      services: services({
        environment: { CHANGED: "2" },
        healthcheck: {
          test: ["CMD", "traefik", "no-such-command"],
          interval: "500ms",
          retries: 1,
          start_period: "0s",
        },
      }),
    });
    const { code, output } = await stack.pulumi("up", "--yes", "--skip-preview");
    assert.notEqual(code, 0);
    assert.match(output, /traefik is unhealthy/);
    assert.equal((await inspectContainer(gateway)).Id, id);
    await until("it answers", serves);

    await stack.configure({ services: services({ environment: { CHANGED: "1" } }) });
    await stack.up();
    assert.equal((await ask("GET", `${url}/health`)).status, 200);
    assert.equal((await serviceStates(stack.project)).length, 2);
    await assertNoChanges(stack);
  });

  test("is exchanged one replica at a time where each has a host port of its own", async () => {
    const two = (more: object) =>
      services({
        ports: [{ target: 80, published: `${port}-${port + 1}`, host_ip: "127.0.0.1" }],
        deploy: { replicas: 2 },
        ...more,
      });
    await stack.configure({ services: two({}) });
    await stack.up();
    await stack.configure({ services: two({ environment: { CHANGED: "3" } }) });
    const events = await eventsDuring(stack.project, () => stack.up());
    const turns = events.filter(
      ({ service, action }) => service === "traefik" && ["die", "health_status: healthy"].includes(action),
    );
    assert.deepEqual(
      turns.map(({ action }) => action),
      [1, 2].flatMap(() => ["die", "health_status: healthy"]),
    );
    for (const at of [port, port + 1])
      assert.equal((await ask("GET", `http://127.0.0.1:${at}/shop/health`)).status, 200);
  });
});
