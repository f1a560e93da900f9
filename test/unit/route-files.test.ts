import assert from "node:assert/strict";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { routesInFolder } from "../../components/engine/route-folder.ts";
import { writeRouteFile } from "../../components/engine/route-files.ts";
import { dynamicConfiguration } from "../../components/plan/route.ts";

test("a route's file can be read by the gateway, however shy of others its user is", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "routes-"));
  const before = process.umask(0o077);
  t.after(async () => {
    process.umask(before);
    await rm(folder, { recursive: true });
  });
  const route = { prefix: "/api/orders", port: 8080 };
  const directory = join(folder, "routes");
  await writeRouteFile(
    routesInFolder(directory),
    "orders",
    dynamicConfiguration(route, ["host"], { name: "web", port: "80/tcp", tls: false }),
  );
  const modes = [directory, join(directory, "orders.yml")].map(
    async (path) => (await stat(path)).mode & 0o777,
  );
  assert.deepEqual(await Promise.all(modes), [0o755, 0o644]);
});
