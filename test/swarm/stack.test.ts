import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { SwarmStatus } from "../../components/cli/status/swarm-status.ts";
import { lines, type Finished } from "../fixture/command.ts";
import { TestStack, type Settings } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";
import { Cluster, succeeded, whyNoCluster } from "./cluster.ts";

const secret = "open-sesame-4711";
const gateway = "http://10.77.0.1";

type Status = Pick<SwarmStatus, "ok" | "problems" | "tasks">;

describe("a stack in a swarm", { skip: whyNoCluster() }, () => {
  let cluster: Cluster;
  let stack: TestStack;
  let settings: Settings;

  before(async () => {
    cluster = await Cluster.start({ nodes: 3 });
    await cluster.push("traefik:v3.6", "redis:7-alpine", "nginx:1.28-alpine");
    settings = {
      // The first does not answer.
      ...cluster.settings(["unix:///nobody/is/here.sock", cluster.host(1)]),
      environment: {
        REGISTRY: cluster.registry,
        DOCKER_SOCKET: cluster.host(1).replace("unix://", ""),
      },
    };
    await cluster.docker(1, "config", "create", "banner", "test/swarm/project/banner");
    stack = await TestStack.create({
      folder: "test/swarm/project",
      settings,
      environment: cluster.environment,
    });
  });

  after(async () => {
    try {
      await stack.down();
    } finally {
      await cluster.stop();
    }
  });

  test("comes up, and is what Pulumi expects after a refresh, with the same tasks", async () => {
    succeeded(await command("up", "--yes"));
    await answers(/^first hello of-somebody-else /);
    assert.equal((await tasks("web")).length, 2);
    const there = await allTasks();
    succeeded(await command("pulumi", "up", "--yes", "--skip-preview", "--refresh", "--expect-no-changes"));
    assert.deepEqual(await allTasks(), there);
  });

  test("tells what runs on which node", async () => {
    const { output } = succeeded(await command("status"));
    for (const service of ["db", "prepare", "traefik", "web"])
      assert.match(output, new RegExp(`^${service} `, "m"));
    const { ok, problems, tasks } = JSON.parse(succeeded(await command("status", "--json")).output) as Status;
    assert.deepEqual([ok, problems], [true, []]);
    assert.equal(tasks.filter(({ service }) => service === "web").length, 2);
    assert.ok(new Set(tasks.map(({ node }) => node)).size > 1);
    const { swarm } = JSON.parse(succeeded(await command("preview", "--json")).output) as { swarm: Status };
    assert.deepEqual(swarm.tasks, tasks);
  });

  test("has its secret in clear nowhere", async () => {
    const services = lines(await cluster.docker(1, "service", "ls", "-q"));
    const told = [
      await cluster.docker(1, "service", "inspect", ...services),
      succeeded(await command("pulumi", "stack", "export")).output,
      succeeded(await command("preview")).output,
    ].join("\n");
    for (const hidden of [secret, "well-known"]) {
      assert.ok(!told.includes(hidden));
      assert.ok(!told.includes(Buffer.from(hidden).toString("base64")));
    }
  });

  test("loses no request when an environment, a number of replicas and a secret change, and when a node is drained", async () => {
    const load = await cluster.startLoad(`${gateway}/web`);
    const environment = { GREETING: "second" };
    const services = { web: { environment, deploy: { replicas: 3 } } };
    for (const change of [
      { settings, services: { web: { environment } } },
      { settings, services },
      { settings: { ...settings, password: "another-4711" }, services },
    ]) {
      await stack.configure(change);
      succeeded(await command("up", "--yes"));
      await answers(/^second /);
    }
    assert.equal((await tasks("web")).length, 3);
    await drain(3);
    assert.deepEqual(await load(), []);
    await cluster.docker(1, "node", "update", "--availability", "active", await cluster.nodeId(3));
  });

  test("loses no request to a revision that is sick, or that crashes, and says why", async () => {
    const load = await cluster.startLoad(`${gateway}/web`);
    for (const [health, why] of [
      ["sick", /web: the swarm took the update back: a new container is unhealthy/],
      [
        "crash",
        /web: the swarm took the update back: a new container exited with code 3[^]*cannot start: no third/,
      ],
    ] as const) {
      await stack.configure({
        settings,
        services: { web: { environment: { GREETING: "third", HEALTH: health }, deploy: { replicas: 3 } } },
      });
      const { code, output } = await command("up", "--yes");
      assert.notEqual(code, 0, output);
      assert.match(output, why);
    }
    assert.deepEqual(await load(), []);
    assert.match(await page(), /^second /);
  });

  test("mends what was deleted and scaled by hand", async () => {
    await stack.configure({ settings });
    succeeded(await command("up", "--yes"));
    await cluster.docker(1, "service", "rm", `${stack.project}_db`);
    await cluster.docker(1, "service", "scale", "--detach", `${stack.project}_web=1`);
    const { code, output } = await command("status");
    assert.equal(code, 1);
    assert.match(output, /2 problems:\n {2}db is missing\n {2}web was scaled 2 → 1 since the last up/);
    assert.match(
      succeeded(await command("up", "--yes")).output,
      /not as the last `up` left it:\n {2}db is missing/,
    );
    await answers(/^first /);
    assert.equal((await tasks("web")).length, 2);
    assert.equal((await tasks("db")).length, 1);
  });

  test("lists at once all that stands in the way", async () => {
    const services = {
      web: {
        ports: [{ host_ip: "127.0.0.1", published: "9000", target: 8080 }],
        volumes: [
          { type: "bind" as const, source: "./web", target: "/src" },
          { type: "volume" as const, source: "data", target: "/data" },
        ],
        environment: { PASSWORD: "${password}" },
      },
    };
    await stack.configure({ settings: { ...settings, swarm: { managers: [cluster.host(1)] } }, services });
    const { code, output } = await command("preview");
    assert.notEqual(code, 0);
    for (const said of [
      /not on 127\.0\.0\.1 alone/,
      /on this machine, and on no node/,
      /another one on every node/,
      /no node of the swarm can get it/,
      /in clear in `docker service inspect`/,
    ])
      assert.match(output, said);
    await stack.configure({ settings });
  });

  test("destroy leaves the volumes, and nothing else, on any node", async () => {
    succeeded(await command("destroy", "--yes"));
    // Somebody else's config is there still.
    await cluster.docker(1, "config", "rm", "banner");
    await cluster.assertOnlyVolumesLeft(stack.project);
    assert.deepEqual(lines(await cluster.docker(2, "volume", "ls", "--quiet")), [`${stack.project}_data`]);
  });

  /** Runs `pulumi-compose` on the cluster's network. */
  async function command(...words: readonly string[]): Promise<Finished> {
    // Pulumi takes all of its own words, also those behind the stack's.
    return cluster.run(["pulumi-compose", ...words, ...stack.options], stack.environment);
  }

  /** What the web service answers by the gateway. */
  async function page(): Promise<string> {
    return cluster.page(`${gateway}/web/`);
  }

  async function answers(pattern: RegExp): Promise<void> {
    await until(`the gateway answers with ${String(pattern)}`, async () => pattern.test(await page()));
  }

  /** Takes a node out of use, and waits until its containers run elsewhere. */
  async function drain(number: number): Promise<void> {
    await cluster.docker(1, "node", "update", "--availability", "drain", await cluster.nodeId(number));
    await until(`node ${number} is empty, and 3 containers run elsewhere`, async () => {
      const here = lines(await cluster.docker(number, "ps", "--quiet"));
      const { output } = await command("status");
      return here.length === 0 && output.match(/^web .* running/gm)?.length === 3;
    });
  }

  /** Ids of the tasks of a service that are to run. */
  async function tasks(service: string): Promise<readonly string[]> {
    return cluster.tasks(`${stack.project}_${service}`);
  }

  async function allTasks(): Promise<readonly string[]> {
    return cluster.tasks(...["traefik", "web", "db"].map((service) => `${stack.project}_${service}`));
  }
});
