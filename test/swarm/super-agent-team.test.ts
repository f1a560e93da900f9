import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Definitions } from "../../components/compose-spec/definitions.ts";
import { lines, runCommand, type Finished } from "../fixture/command.ts";
import { directory, TestStack, type Settings } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";
import { Cluster, succeeded, whyNoCluster } from "./cluster.ts";

const gateway = "http://10.77.0.1";
const password = "open-sesame-4711";
const applications = [
  "architect",
  "contract-engine",
  "codebase-intelligence",
  "migrations",
  "auth-service",
  "orders-service",
  "notifications-service",
];
const images = {
  traefik: "traefik:v3.6",
  "socket-proxy": "nginx:1.28-alpine",
  postgres: "postgres:16-alpine",
  redis: "redis:7-alpine",
};

describe("Super Agent Team's stack swarm", { skip: whyNoCluster() }, () => {
  let cluster: Cluster;
  let stack: TestStack;
  let settings: Settings;

  before(async () => {
    cluster = await Cluster.start({ nodes: 3 });
    // The nodes reach no packages, so the images are built where the packages are, as in CI.
    for (const name of applications) await build(name);
    await cluster.push(...Object.values(images), ...applications.map((name) => cluster.named(name)));
    await cluster.docker(1, "node", "update", "--label-add", "data=super-team", await cluster.nodeId(2));
    settings = { ...cluster.settings(), dbPassword: password };
    stack = await TestStack.create({
      config: "Pulumi.swarm.yaml",
      settings,
      services: services(),
      environment: cluster.environment,
    });
  });

  after(async () => {
    try {
      await stack.down();
    } finally {
      await cluster.stop();
      await runCommand("docker", ["rmi", ...applications.map((name) => cluster.named(name))], {
        cwd: directory,
      });
    }
  });

  test("comes up from the definitions of one engine, and answers by the gateway", async () => {
    succeeded(await command("up", "--yes"));
    for (const path of ["architect", "contracts", "codebase", "auth", "orders", "notifications"]) {
      await until(`${path} answers`, async () => (await page(`${path}/health`)).includes("healthy"));
    }
    assert.equal(await page("orders"), '{"orders":[]}');
    assert.equal((await tasks("orders-service")).length, 3);
    assert.equal((await tasks("architect")).length, 2);
  });

  test("is what Pulumi expects after a refresh, with the same tasks", async () => {
    const there = await tasks(...applications);
    succeeded(await command("pulumi", "up", "--yes", "--skip-preview", "--refresh", "--expect-no-changes"));
    assert.deepEqual(await tasks(...applications), there);
  });

  test("has its password in clear nowhere", async () => {
    const ids = lines(await cluster.docker(1, "service", "ls", "-q"));
    const told = [
      await cluster.docker(1, "service", "inspect", ...ids),
      succeeded(await command("pulumi", "stack", "export")).output,
      succeeded(await command("preview")).output,
    ].join("\n");
    assert.ok(!told.includes(password));
    assert.ok(!told.includes(Buffer.from(password).toString("base64")));
  });

  test("lets the gateway ask a manager, and change nothing", async () => {
    const filter = "label=com.docker.compose.service=socket-proxy";
    const [proxy = ""] = lines(await cluster.docker(1, "ps", "--quiet", "--filter", filter));
    const ask = async (path: string, ...args: readonly string[]) => {
      const words = ["exec", proxy, "wget", "-O", "-", ...args, `http://127.0.0.1:2375${path}`];
      return runCommand("docker", ["--host", cluster.host(1), ...words], { cwd: directory });
    };
    assert.equal((await ask("/v1.45/services")).code, 0);
    assert.match((await ask("/v1.45/secrets")).output, /403 Forbidden/);
    assert.match((await ask("/v1.45/services/create", "--post-data={}")).output, /403 Forbidden/);
    assert.match((await ask("/v1.45/services", "--post-data={}")).output, /403 Forbidden/);
  });

  test("loses no request while a service is updated", async () => {
    const before = await tasks("orders-service");
    const load = await cluster.startLoad(`${gateway}/api/orders`);
    await stack.configure({ settings, services: services({ LOG_LEVEL: "debug" }) });
    succeeded(await command("up", "--yes"));
    assert.deepEqual(await load(), []);
    const now = await tasks("orders-service");
    assert.equal(now.length, 3);
    assert.ok(!now.some((task) => before.includes(task)));
  });

  test("is followed by ContraVento's, in whose way nothing stands either", async () => {
    const other = await TestStack.create({
      folder: "systems/contravento",
      config: "Pulumi.swarm.yaml",
      settings: { ...cluster.settings(), postgresPassword: password },
      services: {
        postgres: { image: cluster.named(images.postgres) },
        redis: { image: cluster.named(images.redis) },
      },
      environment: cluster.environment,
    });
    try {
      const { output } = succeeded(
        await cluster.run(["pulumi-compose", "preview", ...other.options], other.environment),
      );
      assert.match(output, /the stack is new: 4 services/);
      assert.doesNotMatch(output, /warning/);
    } finally {
      await other.down();
    }
  });

  test("destroy leaves the volumes, and nothing else, on any node", async () => {
    succeeded(await command("destroy", "--yes"));
    await cluster.assertOnlyVolumesLeft(stack.project);
    const volumes = lines(await cluster.docker(2, "volume", "ls", "--quiet"));
    assert.ok(volumes.includes(`${stack.project}-pgdata`));
  });

  async function build(name: string): Promise<void> {
    const file = `systems/super-agent-team/services/${name}/Dockerfile`;
    const args = ["build", "--file", file, "--tag", cluster.named(name), "systems/super-agent-team/services"];
    succeeded(await runCommand("docker", args, { cwd: directory }));
  }

  /** What the cluster of this test has under other names, and a change of orders-service. */
  function services(
    environment: Readonly<Record<string, string>> = {},
  ): NonNullable<Definitions["services"]> {
    const named = Object.entries({
      ...images,
      ...Object.fromEntries(applications.map((name) => [name, name])),
    });
    const own = Object.fromEntries(named.map(([name, image]) => [name, { image: cluster.named(image) }]));
    const socket = cluster.host(1).replace("unix://", "");
    return {
      ...own,
      "socket-proxy": {
        ...own["socket-proxy"],
        volumes: [{ type: "bind", source: socket, target: "/var/run/docker.sock" }],
      },
      "orders-service": { ...own["orders-service"], environment },
    };
  }

  /** Runs `pulumi-compose` on the cluster's network. */
  async function command(...words: readonly string[]): Promise<Finished> {
    return cluster.run(["pulumi-compose", ...words, ...stack.options], stack.environment);
  }

  async function page(path: string): Promise<string> {
    return cluster.page(`${gateway}/api/${path}`);
  }

  async function tasks(...names: readonly string[]): Promise<readonly string[]> {
    return cluster.tasks(...names.map((name) => `${stack.project}_${name}`));
  }
});
