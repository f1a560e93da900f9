import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { ContainerInspectInfo } from "dockerode";
import { lines } from "../fixture/command.ts";
import { until } from "../fixture/until.ts";
import { succeeded, whyNoCluster, type Cluster } from "../swarm/cluster.ts";
import { dataNode, SystemInSwarm } from "./system-in-swarm.ts";

const folder = "systems/contravento";

describe("ContraVento's stack swarm", { skip: whyNoCluster() }, () => {
  let system: SystemInSwarm;
  let cluster: Cluster;
  let files: string;

  before(async () => {
    files = await mkdtemp(join(tmpdir(), "contravento-"));
    system = await SystemInSwarm.start({
      folder,
      data: "contravento",
      builds: Object.fromEntries(
        ["backend", "frontend"].map((name) => [name, ["--target", "production", `${folder}/${name}`]]),
      ),
      images: { postgres: "postgres:16-alpine", redis: "redis:7-alpine" },
      settings: { postgresPassword: "open-sesame-4711" },
    });
    ({ cluster } = system);
  });

  after(async () => {
    try {
      await system.end();
    } finally {
      await rm(files, { recursive: true });
    }
  });

  test("comes up, and is what Pulumi expects after a refresh, with the same tasks", async () => {
    succeeded(await system.command("up", "--yes"));
    await until("the site answers", async () => (await site("/")).includes("<html"));
    const services = ["postgres", "redis", "backend", "frontend"];
    const there = await system.tasks(...services);
    assert.equal(there.length, 6);
    succeeded(
      await system.command("pulumi", "up", "--yes", "--skip-preview", "--refresh", "--expect-no-changes"),
    );
    assert.deepEqual(await system.tasks(...services), there);
  });

  test("gives its database while it serves, and has it back where the volume was lost", async () => {
    const archive = join(files, "postgres.tar.gz");
    const user = JSON.stringify({ username: "ada", email: "ada@example.org" });
    assert.match(await site("/api/users", "--json", user), /"ada"/);
    succeeded(await system.command("backup", "postgres_data", archive));
    const { Mounts: mounts } = await postgres();
    const volume = mounts.find(({ Type: type }) => type === "volume")?.Name ?? "";
    await cluster.docker(1, "service", "scale", "--detach", `${system.stack.project}_postgres=0`);
    await until("the volume is lost", async () =>
      cluster.docker(dataNode, "volume", "rm", volume).then(
        () => true,
        () => false,
      ),
    );
    succeeded(await system.command("restore", "postgres_data", archive));
    succeeded(await system.command("up", "--yes"));
    const psql = ["psql", "-U", "contravento", "-At", "-c", "SELECT username FROM users"];
    const { Id: container } = await postgres();
    assert.deepEqual(lines(await cluster.docker(dataNode, "exec", container, ...psql)), ["ada"]);
  });

  test("destroy leaves the volumes, and nothing else, on any node", async () => {
    succeeded(await system.command("destroy", "--yes"));
    await cluster.assertOnlyVolumesLeft(system.stack.project);
  });

  /** What the web server on one of the nodes answers. */
  async function site(path: string, ...args: readonly string[]): Promise<string> {
    for (const node of [1, 2, 3]) {
      const words = ["curl", "--silent", "--fail", "--max-time", "5", ...args];
      const { code, output } = await cluster.run([...words, `http://10.77.0.${node}:5173${path}`]);
      if (code === 0) return output;
    }
    return "";
  }

  async function postgres(): Promise<ContainerInspectInfo> {
    const filter = ["--filter", "label=com.docker.compose.service=postgres"];
    const ids = lines(await cluster.docker(dataNode, "ps", "--quiet", ...filter));
    const [container] = JSON.parse(
      await cluster.docker(dataNode, "inspect", ...ids),
    ) as ContainerInspectInfo[];
    assert.ok(container !== undefined);
    return container;
  }
});
