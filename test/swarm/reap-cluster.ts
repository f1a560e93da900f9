import { readdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { endOfTest } from "../fixture/reaper.ts";
import { until } from "../fixture/until.ts";

/**
 * `node reap-cluster.ts <folder> <id>`: when the test is over, removes the files and the control groups of a cluster. Its
 * processes and mounts have ended with its namespaces.
 */
const [, , folder = "", id = ""] = process.argv;

await endOfTest();
await until("the cluster's files can be removed", () =>
  rm(folder, { recursive: true, force: true }).then(
    () => true,
    () => false,
  ),
);
const groups = "/sys/fs/cgroup";
// One hierarchy, or one for each kind of resource.
for (const place of [groups, ...(await folders(groups))]) {
  await until("the cluster's control groups can be removed", () =>
    removeGroup(join(place, id)).then(
      () => true,
      () => false,
    ),
  );
}

/** A control group is removed when those below it are; its files go with it. */
async function removeGroup(group: string): Promise<void> {
  for (const child of await folders(group)) await removeGroup(child);
  await rmdir(group).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  });
}

async function folders(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(path, name));
}
