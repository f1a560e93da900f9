import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { ContainerInspectInfo } from "dockerode";
import { lines } from "../fixture/command.ts";
import {
  containerIds,
  docker,
  eventsDuring,
  inspectContainer,
  inspectNetwork,
  type ServiceEvent,
} from "../fixture/docker.ts";
import { ask } from "../fixture/http.ts";
import { startLoad, type LoadResult } from "../fixture/load.ts";
import { assertNoDrift } from "../fixture/no-changes.ts";
import { freePorts } from "../fixture/ports.ts";
import { checkOutPresent, checkOutRelease } from "../fixture/release.ts";
import { TestStack } from "../fixture/stack.ts";

/**
 * What the next release makes otherwise than the last one: paths in what the engine says of a container, each with the
 * reason. Nothing else may differ, and each has to be seen. Without any, no container is replaced.
 */
const changes = [
  {
    path: /^Config\.Labels\.io\.(super-team|pulumi-compose)\.(project|tier)$/,
    services: "all",
    reason: "labels bear the package's name",
  },
  {
    path: /^Config\.Image$/,
    services: ["auth-service", "contract-engine", "migrations"],
    reason: "the tag of a built image covers all that is said of the build",
  },
  {
    path: /^HostConfig\.Mounts$/,
    services: ["traefik"],
    reason: "a program keeps its route files in its own folder",
  },
  {
    path: /^HostConfig\.PidsLimit$/,
    services: "all",
    reason: "every service has a limit of processes",
  },
  {
    path: /^HostConfig\.Mounts$/,
    services: ["redis"],
    reason: "Redis has a named volume",
  },
  {
    path: /^Config\.Healthcheck\.Test$/,
    services: ["auth-service", "contract-engine"],
    reason: "a health check starts bash in place of Python",
  },
  {
    path: /^Config\.Labels\.traefik\.http\.routers\..+\.rule$/,
    services: ["auth-service", "contract-engine"],
    reason: "a route's prefix ends where a name ends",
  },
  {
    path: /^Config\.Labels\.com\.docker\.compose\.config-hash$/,
    services: "all",
    reason: "the hash is of the definition",
  },
] as const;

/** Requests before an update begins, and after it has ended. */
const margin = 100;

describe("a stack that the last release brought up", () => {
  let stack: TestStack;
  let containers: Record<string, ContainerInspectInfo>;
  let kept: Kept;
  let previewed: string;
  let events: readonly ServiceEvent[];
  let load: LoadResult;
  before(async () => {
    const [port] = await freePorts(1);
    const checkout = await checkOutRelease();
    stack = await TestStack.create({
      checkout,
      folder: "test/stack/small",
      // Through another port the gateway's successor would not be found.
      services: { traefik: { ports: [{ target: 80, published: String(port), host_ip: "127.0.0.1" }] } },
    });
    await stack.up();
    await stack.query("CREATE TABLE kept (text text); INSERT INTO kept VALUES ('a row')");
    const contract = { name: "pens", type: "jsonschema", document: { type: "object" } };
    assert.equal((await ask("POST", await stack.url("contract-engine"), contract)).status, 201);
    containers = await containersOf(stack.project);
    kept = await keptOf(stack.project);

    await checkOutPresent(checkout);
    ({ output: previewed } = await stack.pulumi("preview"));
    const requests = startLoad(await stack.url("auth-service"), { keepAlive: false, pause: 10 });
    try {
      await requests.further(margin);
      events = await eventsDuring(stack.project, () => stack.up());
      await requests.further(margin);
    } finally {
      load = await requests.end();
    }
  });
  after(() => stack.down());

  test("keeps its volumes and its networks, and what is in them", async () => {
    const now = await keptOf(stack.project);
    assert.deepEqual(now.networks, kept.networks);
    // A release may add a volume.
    assert.deepEqual(
      kept.volumes.filter((volume) => !now.volumes.includes(volume)),
      [],
    );
    assert.deepEqual(await stack.query("SELECT text FROM kept"), ["a row"]);
    assert.equal((await ask("GET", `${await stack.url("contract-engine")}/pens`)).status, 200);
  });

  test("has each container replaced once at most, and none without a reason", async () => {
    const now = await containersOf(stack.project);
    assert.deepEqual(Object.keys(now), Object.keys(containers));
    const seen = new Set<object>();
    for (const [service, container] of Object.entries(now)) {
      const before = containers[service];
      assert.ok(before);
      const made = events.filter((event) => event.service === service && event.action === "create");
      assert.equal(made.length, container.Id === before.Id ? 0 : 1, service);
      const paths = differencesOf(before, container);
      for (const path of paths) {
        const change = changes.find(
          (known) =>
            known.path.test(path) &&
            (known.services === "all" || (known.services as readonly string[]).includes(service)),
        );
        assert.ok(change, `${service}: ${path} is another than the last release's, without a reason`);
        seen.add(change);
      }
      assert.ok(made.length === 0 || paths.length > 0, `${service} is replaced without a reason`);
    }
    assert.deepEqual(
      changes.filter((change) => !seen.has(change)),
      [],
      "not seen",
    );
  });

  test("loses no request to a start-first service while its gateway serves", (t) => {
    const gateway = events.filter(({ service }) => service === "traefik");
    const timeOf = (...actions: readonly string[]) =>
      gateway.find(({ action }) => actions.includes(action))?.time ?? Infinity;
    const [killed, started] = [timeOf("kill", "die"), timeOf("start")];
    // The engine tells of a signal after it has sent the signal, and a gateway is alive before it has read its routes.
    const down = load.served.findLast((time) => time < killed) ?? killed;
    const up = load.served.find((time) => time > started) ?? killed;
    const lost = load.failures.filter(({ from, to }) => to < down || from > up);
    assert.deepEqual(lost, []);
    t.diagnostic(`${load.failures.length} of ${load.requests} requests fell into the gateway's own gap`);
  });

  test("was said in the preview to have these containers replaced, and where there would be a gap", async () => {
    const words = {
      "auth-service": "is replaced start-first, without a gap",
      migrations: "is a job and runs again",
    };
    const now = await containerIds(stack.project);
    for (const [service, { Id: id }] of Object.entries(containers)) {
      const said = `${service} ${new Map(Object.entries(words)).get(service) ?? "is replaced stop-first, with a gap"}`;
      assert.equal(previewed.includes(said), now[service] !== id, said);
    }
  });

  test("has nothing more to change", () => assertNoDrift(stack));
});

/** A project's containers by service; a service has one. */
async function containersOf(project: string): Promise<Record<string, ContainerInspectInfo>> {
  const ids = Object.entries(await containerIds(project));
  return Object.fromEntries(
    await Promise.all(ids.map(async ([service, id]) => [service, await inspectContainer(id)] as const)),
  );
}

interface Kept {
  readonly volumes: readonly string[];
  readonly networks: readonly object[];
}

/** By what the engine knows volumes and networks: whatever is made anew has another id, or another time. */
async function keptOf(project: string): Promise<Kept> {
  const filter = ["--filter", `label=com.docker.compose.project=${project}`];
  const volumes = lines(await docker("volume", "ls", "--quiet", ...filter));
  const networks = lines(await docker("network", "ls", "--quiet", ...filter));
  assert.ok(volumes.length > 0 && networks.length > 0);
  return {
    volumes: lines(await docker("volume", "inspect", "--format", "{{.Name}} {{.CreatedAt}}", ...volumes)),
    networks: await Promise.all(
      networks.map(async (id) => {
        const { Name, Id, Created, Labels } = await inspectNetwork(id);
        return { Name, Id, Created, Labels };
      }),
    ),
  };
}

/** Paths of the differences between two containers, without those that any two containers have. */
function differencesOf(one: ContainerInspectInfo, other: ContainerInspectInfo): string[] {
  const [before, now] = [one, other].map(({ Config, HostConfig }) =>
    Object.fromEntries(leavesOf({ Config: { ...Config, Hostname: undefined }, HostConfig }, [])),
  );
  const paths = new Set([...Object.keys(before ?? {}), ...Object.keys(now ?? {})]);
  return [...paths].filter((path) => before?.[path] !== now?.[path]).sort();
}

/** A list is a leaf: its order may mean something. */
function leavesOf(value: unknown, path: readonly string[]): [path: string, json: string | undefined][] {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]))
    : [[path.join("."), JSON.stringify(value)]];
}
