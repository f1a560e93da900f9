import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Definitions } from "../../components/compose-spec/definitions.ts";
import { lines, runCommand } from "../fixture/command.ts";
import { directory } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";
import { succeeded, whyNoCluster, type Cluster } from "../swarm/cluster.ts";
import { dataNode, SystemInSwarm } from "./system-in-swarm.ts";

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
  let system: SystemInSwarm;
  let cluster: Cluster;

  before(async () => {
    const folder = "systems/super-agent-team/services";
    system = await SystemInSwarm.start({
      data: "super-team",
      builds: Object.fromEntries(
        applications.map((name) => [name, ["--file", `${folder}/${name}/Dockerfile`, folder]]),
      ),
      images,
      settings: { dbPassword: password },
    });
    ({ cluster } = system);
    await configure({});
  });

  after(() => system.end());

  test("comes up from the definitions of one engine, and answers by the gateway", async () => {
    succeeded(await system.command("up", "--yes"));
    for (const path of ["architect", "contracts", "codebase", "auth", "orders", "notifications"]) {
      await until(`${path} answers`, async () => (await page(`${path}/health`)).includes("healthy"));
    }
    assert.equal(await page("orders"), '{"orders":[]}');
    assert.equal((await system.tasks("orders-service")).length, 3);
    assert.equal((await system.tasks("architect")).length, 2);
  });

  test("is what Pulumi expects after a refresh, with the same tasks", async () => {
    const there = await system.tasks(...applications);
    succeeded(
      await system.command("pulumi", "up", "--yes", "--skip-preview", "--refresh", "--expect-no-changes"),
    );
    assert.deepEqual(await system.tasks(...applications), there);
  });

  test("has its password in clear nowhere", async () => {
    const ids = lines(await cluster.docker(1, "service", "ls", "-q"));
    const told = [
      await cluster.docker(1, "service", "inspect", ...ids),
      succeeded(await system.command("pulumi", "stack", "export")).output,
      succeeded(await system.command("preview")).output,
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
    const before = await system.tasks("orders-service");
    const load = await cluster.startLoad(`${gateway}/api/orders`);
    await configure({ LOG_LEVEL: "debug" });
    succeeded(await system.command("up", "--yes"));
    assert.deepEqual(await load(), []);
    const now = await system.tasks("orders-service");
    assert.equal(now.length, 3);
    assert.ok(!now.some((task) => before.includes(task)));
  });

  test("destroy leaves the volumes, and nothing else, on any node", async () => {
    succeeded(await system.command("destroy", "--yes"));
    await cluster.assertOnlyVolumesLeft(system.stack.project);
    const volumes = lines(await cluster.docker(dataNode, "volume", "ls", "--quiet"));
    assert.ok(volumes.includes(`${system.stack.project}-pgdata`));
  });

  /** What the cluster of this test has elsewhere, and a change of orders-service. */
  async function configure(environment: Readonly<Record<string, string>>): Promise<void> {
    const { stack, settings, images: own } = system;
    const socket = cluster.host(1).replace("unix://", "");
    const services: Definitions["services"] = {
      ...own,
      "socket-proxy": {
        ...own["socket-proxy"],
        volumes: [{ type: "bind", source: socket, target: "/var/run/docker.sock" }],
      },
      "orders-service": { ...own["orders-service"], environment },
    };
    await stack.configure({ settings, services });
  }

  async function page(path: string): Promise<string> {
    return cluster.page(`${gateway}/api/${path}`);
  }
});
