import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerInspectInfo } from "dockerode";
import { compare, type Observed } from "../../components/cli/status/compare.ts";
import { screenOf } from "../../components/cli/status/screen.ts";
import type { SwarmStatus, TaskStatus } from "../../components/cli/status/swarm-status.ts";
import type { Verdict } from "../../components/engine/readiness.ts";

const now = new Date("2026-11-29T12:00:00Z");

interface Given {
  readonly verdict?: Verdict;
  readonly restart?: string;
  readonly state?: Partial<ContainerInspectInfo["State"]>;
}

function found(service: string, { verdict = { state: "ready" }, restart = "no", state = {} }: Given = {}) {
  const container = {
    Id: `id-${service}`,
    Name: `/shop-${service}-1`,
    Created: "2026-11-29T11:54:59Z",
    State: { Status: "running", Running: true, ExitCode: 0, StartedAt: "2026-11-29T11:55:00Z", ...state },
    Config: {
      Labels: {
        "com.docker.compose.service": service,
        "com.docker.compose.config-hash": "0123456789abcdef",
        "io.pulumi-compose.tier": "all",
      },
    },
    HostConfig: { RestartPolicy: { Name: restart } },
    NetworkSettings: { Ports: { "80/tcp": [{ HostPort: "8080" }, { HostPort: "8080" }], "81/tcp": null } },
  } as unknown as ContainerInspectInfo;
  return { container, verdict };
}

function observed(services: readonly ReturnType<typeof found>[], more: Partial<Observed> = {}): Observed {
  const expected = services.map(({ container }) => ({
    ...{ id: container.Id, name: container.Name.slice(1), tier: "all" },
    service: container.Name.slice("/shop-".length, -2),
  }));
  return {
    ...{ stack: "dev", project: "shop", expected, found: services, seen: [], tiers: ["all"] },
    ...{ known: new Set(expected.map(({ id }) => id)), addresses: { web: "http://localhost/web" } },
    ...{ starts: {}, update: undefined, lastUp: "2026-11-29T09:00:00Z" },
    ...more,
  };
}

test("a stack is well when all that its state knows is there and ready", () => {
  const status = compare(observed([found("web"), found("db")]));
  assert.equal(status.ok, true);
  assert.deepEqual(
    status.containers.map(({ service, since, revision, ports, url }) => [
      service,
      since,
      revision,
      ports,
      url,
    ]),
    [
      ["db", "2026-11-29T11:55:00Z", "0123456789ab", { "80/tcp": [8080] }, null],
      ["web", "2026-11-29T11:55:00Z", "0123456789ab", { "80/tcp": [8080] }, "http://localhost/web"],
    ],
  );
});

const ended = { Status: "exited", Running: false, ExitCode: 137, FinishedAt: "2026-11-29T11:59:00Z" };

const problems: readonly {
  readonly title: string;
  readonly given: Observed;
  readonly expected: readonly string[];
}[] = [
  {
    title: "a container that waits",
    given: observed([found("web", { verdict: { state: "waiting", detail: "to become healthy" } })]),
    expected: ["shop-web-1 is not ready: it waits to become healthy"],
  },
  {
    title: "a container that failed, with the advice",
    given: observed([
      found("web", {
        verdict: { state: "failed", reason: "is paused", advice: "docker unpause shop-web-1" },
      }),
    ]),
    expected: ["shop-web-1 is paused (docker unpause shop-web-1)"],
  },
  {
    title: "a container that a person has stopped",
    given: observed([
      found("web", {
        ...{ restart: "unless-stopped", state: ended },
        verdict: { state: "failed", reason: "exited with code 137" },
      }),
    ]),
    expected: ["shop-web-1 was stopped"],
  },
  {
    title: "a container that is gone",
    given: observed([found("web")], { found: [] }),
    expected: ["shop-web-1 is missing"],
  },
  {
    title: "a container of another state",
    given: observed([found("web")], { known: new Set() }),
    expected: ["shop-web-1 is not of this state: another checkout, or Compose, has made it"],
  },
  {
    title: "nothing of a container that an update has just made",
    given: observed([found("web")], { known: new Set(), update: "pulumi up" }),
    expected: [],
  },
  {
    title: "what was changed, and what is gone",
    given: observed([found("web")], {
      seen: [
        { urn: "", kind: "container", key: "id-web", name: "shop-web-1", is: "changed" },
        { urn: "", kind: "network", key: "1", name: "shop_default", is: "changed" },
        { urn: "", kind: "volume", key: "shop_data", name: "shop_data", is: "gone" },
        { urn: "", kind: "image", key: "web:1", name: "web:1", is: "gone" },
      ],
    }),
    expected: [
      "shop-web-1 was changed since the last up",
      "network shop_default was changed since the last up",
      "volume shop_data is missing",
    ],
  },
];

for (const { title, given, expected } of problems) {
  test(`a status tells of ${title}`, () => {
    const status = compare(given);
    assert.deepEqual([status.problems, status.ok], [expected, expected.length === 0]);
  });
}

test("what another state has made gets no address of this stack", () => {
  const [web] = compare(observed([found("web")], { known: new Set(), expected: [] })).containers;
  assert.equal(web?.url, null);
});

const status = compare(observed([found("web"), found("db", { state: { ...ended, ExitCode: 1 } })]));

test("a status for people has a line a container, what is wrong, and the last up", () => {
  const broken = compare(observed([found("web")], { found: [] }));
  assert.equal(
    screenOf(broken, { now, width: undefined, up: "npx pulumi-compose up --stack dev" }),
    [
      "TIER  SERVICE  CONTAINER   STATE    HEALTH  SINCE  PORTS  URL                   REVISION",
      "all   web      shop-web-1  missing  -       -             http://localhost/web",
      "",
      "1 problem:",
      "  shop-web-1 is missing",
      "→ npx pulumi-compose up --stack dev",
      "",
      "Last up: 3 h ago",
    ].join("\n"),
  );
});

test("on a narrow terminal columns give way, and no line is broken", () => {
  const shown = (width: number) => screenOf(status, { now, width, up: "" }).split("\n\n")[0] ?? "";
  assert.match(shown(160), /CONTAINER .*REVISION/);
  for (const width of [80, 50]) {
    for (const line of shown(width).split("\n")) assert.ok(line.length <= width, line);
    assert.match(shown(width), /SERVICE +STATE|SERVICE +CONTAINER/);
  }
  assert.match(shown(80), /web .* running +- +5 min/);
  assert.match(shown(80), /db .* exited \(1\) +- +1 min/);
});

const task: TaskStatus = {
  ...{ id: "task", tier: "all", service: "web", container: "shop_web.1", node: "node-1", state: "running" },
  ...{ error: "", since: "2026-11-29T11:55:00Z", changed: null, revision: "0123456789ab", problem: null },
  ...{ ports: { "80/tcp": [8080] }, url: "http://localhost/web" },
};
const pending = {
  ...task,
  node: "-",
  state: "pending",
  error: "no suitable node",
  revision: null,
  ports: {},
};
const inSwarm: SwarmStatus = {
  ...{ stack: "prod", project: "shop", ok: false, last_up: "2026-11-29T09:00:00Z", update: null },
  ...{ services: [], nodes: [], tasks: [task, pending] },
  problems: ["web has 1 of 2 containers running: no suitable node"],
};

test("a status of a swarm has a line a container with its node, what is wrong, and the last up", () => {
  assert.equal(
    screenOf(inSwarm, { now, width: undefined, up: "npx pulumi-compose up --stack prod" }),
    [
      "TIER  SERVICE  NODE    STATE    SINCE  PORTS    URL                   REVISION      WHY",
      "all   web      node-1  running  5 min  8080→80  http://localhost/web  0123456789ab",
      "all   web      -       pending  5 min           http://localhost/web                no suitable node",
      "",
      "1 problem:",
      "  web has 1 of 2 containers running: no suitable node",
      "→ npx pulumi-compose up --stack prod",
      "",
      "Last up: 3 h ago",
    ].join("\n"),
  );
});

test("of a swarm, a narrow terminal shows at least which service is in which state on which node", () => {
  const shown = (width: number) => screenOf(inSwarm, { now, width, up: "" }).split("\n\n")[0] ?? "";
  for (const width of [80, 40]) {
    for (const line of shown(width).split("\n")) assert.ok(line.length <= width, line);
    assert.match(shown(width), /SERVICE +NODE +STATE/);
  }
});
