import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { lines } from "../fixture/command.ts";
import { Cluster, whyNoCluster } from "./cluster.ts";

test(
  "a cluster has its nodes and its registry, and leaves nothing behind",
  { skip: whyNoCluster() },
  async () => {
    const before = await left();
    const cluster = await Cluster.start({ nodes: 3, managers: 3 });
    try {
      const nodes = lines(
        await cluster.docker(1, "node", "ls", "--format", "{{.Status}} {{.ManagerStatus}}"),
      );
      assert.deepEqual(nodes.toSorted(), ["Ready Leader", "Ready Reachable", "Ready Reachable"]);
      await cluster.push("redis:7-alpine");
      await cluster.docker(3, "pull", `${cluster.registry}/redis:7-alpine`);
      await cluster.end(3, "KILL");
    } finally {
      await cluster.stop();
    }
    assert.deepEqual(await left(), before);
  },
);

/** Folders of clusters, and mounts and control groups on the machine. */
async function left(): Promise<readonly string[]> {
  const folders = (await readdir(tmpdir())).filter((name) => name.startsWith("cluster-"));
  const mounts = readFileSync("/proc/mounts", "utf8")
    .split("\n")
    .filter((line) => line.includes("cluster-"));
  const groups = await readdir("/sys/fs/cgroup/memory").catch(() => readdir("/sys/fs/cgroup"));
  return [...folders, ...mounts, ...groups.filter((name) => name.startsWith("swarm-"))];
}
