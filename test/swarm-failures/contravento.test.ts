import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { ContainerInspectInfo } from "dockerode";
import { lines, runCommand, type Finished } from "../fixture/command.ts";
import { directory, TestStack } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";
import { Cluster, succeeded, whyNoCluster } from "../swarm/cluster.ts";

const built = ["backend", "frontend"];
const pulled = { postgres: "postgres:16-alpine", redis: "redis:7-alpine" };
/** The node that has the label `data`. */
const data = 2;

describe("ContraVento's stack swarm", { skip: whyNoCluster() }, () => {
  let cluster: Cluster;
  let stack: TestStack;
  let files: string;

  before(async () => {
    files = await mkdtemp(join(tmpdir(), "contravento-"));
    cluster = await Cluster.start({ nodes: 3 });
    // The nodes reach no packages, so the images are built where the packages are, as in CI.
    for (const name of built) {
      const args = ["build", "--target", "production", "--tag", image(name), `systems/contravento/${name}`];
      succeeded(await runCommand("docker", args, { cwd: directory }));
    }
    await cluster.push(...Object.values(pulled), ...built.map(image));
    await cluster.docker(1, "node", "update", "--label-add", "data=contravento", await cluster.nodeId(data));
    const settings = cluster.settings();
    stack = await TestStack.create({
      folder: "systems/contravento",
      config: "Pulumi.swarm.yaml",
      settings: {
        ...settings,
        swarm: { ...(settings.swarm as object), nodes: [cluster.host(data)] },
        postgresPassword: "open-sesame-4711",
      },
      services: Object.fromEntries([
        ...Object.entries(pulled).map(([name, reference]) => [name, { image: cluster.named(reference) }]),
        ...built.map((name) => [name, { image: image(name) }]),
      ]) as Record<string, { image: string }>,
      environment: cluster.environment,
    });
  });

  after(async () => {
    try {
      await stack.down();
    } finally {
      await cluster.stop();
      await runCommand("docker", ["rmi", ...built.map(image)], { cwd: directory });
      await rm(files, { recursive: true });
    }
  });

  test("comes up, and is what Pulumi expects after a refresh, with the same tasks", async () => {
    succeeded(await command("up", "--yes"));
    await until("the site answers", async () => (await site("/")).includes("<html"));
    const services = ["postgres", "redis", "backend", "frontend"].map((name) => `${stack.project}_${name}`);
    const there = await cluster.tasks(...services);
    assert.equal(there.length, 6);
    succeeded(await command("pulumi", "up", "--yes", "--skip-preview", "--refresh", "--expect-no-changes"));
    assert.deepEqual(await cluster.tasks(...services), there);
  });

  test("gives its database while it serves, and has it back where the volume was lost", async () => {
    const archive = join(files, "postgres.tar.gz");
    const user = JSON.stringify({ username: "ada", email: "ada@example.org" });
    assert.match(await site("/api/users", "--json", user), /"ada"/);
    succeeded(await command("backup", "postgres_data", archive));
    const { Mounts: mounts } = await postgres();
    const volume = mounts.find(({ Type: type }) => type === "volume")?.Name ?? "";
    await cluster.docker(1, "service", "scale", "--detach", `${stack.project}_postgres=0`);
    await until("the volume is lost", async () =>
      cluster.docker(data, "volume", "rm", volume).then(
        () => true,
        () => false,
      ),
    );
    succeeded(await command("restore", "postgres_data", archive));
    succeeded(await command("up", "--yes"));
    const psql = ["psql", "-U", "contravento", "-At", "-c", "SELECT username FROM users"];
    const { Id: container } = await postgres();
    assert.deepEqual(lines(await cluster.docker(data, "exec", container, ...psql)), ["ada"]);
  });

  test("destroy leaves the volumes, and nothing else, on any node", async () => {
    succeeded(await command("destroy", "--yes"));
    await cluster.assertOnlyVolumesLeft(stack.project);
  });

  function image(name: string): string {
    return cluster.named(`contravento-${name}`);
  }

  async function command(...words: readonly string[]): Promise<Finished> {
    return cluster.run(["pulumi-compose", ...words, ...stack.options], stack.environment);
  }

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
    const ids = lines(await cluster.docker(data, "ps", "--quiet", ...filter));
    const [container] = JSON.parse(await cluster.docker(data, "inspect", ...ids)) as ContainerInspectInfo[];
    assert.ok(container !== undefined);
    return container;
  }
});
