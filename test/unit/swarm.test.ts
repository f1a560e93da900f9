import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { check } from "../../components/checks/index.ts";
import { takenSubnets } from "../../components/plan/taken-subnets.ts";
import { checkSwarm, withoutDigest, withoutExternal } from "../../components/checks/swarm.ts";
import { withProvidersOn } from "../../components/cli/provider-host.ts";
import type { State } from "../../components/cli/stack-state.ts";
import { problemsInSwarm, type Known } from "../../components/cli/status/swarm-status.ts";
import type { StackService, StackTask } from "../../components/engine/stack-in-swarm.ts";
import { onSwarm } from "../../components/compose-spec/on-swarm.ts";
import { serviceKeys } from "../../components/compose-spec/service.ts";
import {
  isOnItsWayOut,
  judgeService,
  secondsToRun,
  type ServiceSeen,
  type TaskSeen,
} from "../../components/engine/tasks.ts";
import { nodesWithVolume, type NodeSeen, type VolumeMount } from "../../components/engine/nodes.ts";
import { isMistake } from "../../components/findings/finding.ts";
import {
  modelOnSwarm,
  type NetworksInSwarm,
  type ServicesInSwarm,
  type Swarm,
} from "../../components/model/swarm.ts";
import { planOf, type Plan } from "../../components/plan/plan.ts";
import { describeHandOvers } from "../../components/plan/hand-over.ts";
import { handOversInSwarm, portsHeldTooLong } from "../../components/plan/swarm-ports.ts";
import { selected } from "../../components/plan/selected.ts";
import { planForSwarm, swarmFilesOf } from "../../components/plan/swarm.ts";
import { definedService } from "../../components/provider/swarm-service.ts";
import { modelFrom, options, said, type Written } from "./builders.ts";

const registry = "http://registry.test:5000";
const nothing = { contents: {}, secretFiles: {}, digests: {} };

/** The plan of a stack as it is made in a swarm. */
function planned(written: Written, read = nothing, secrets: readonly string[] = []): Plan {
  const model = modelOnSwarm(modelFrom(written, { secrets }), { registry, project: "shop" }, read);
  return planForSwarm(planOf(model, options), model);
}

/** The one service of a stack, and what its definition decides of it in a swarm. */
function defined(service: Written, more: Written = {}) {
  const plan = planned({ services: { app: { image: "app:1", ...service } }, ...more });
  const [app] = plan.services;
  if (app === undefined) throw new Error("the plan has no service");
  return { ...definedService(app, plan), update: app.update };
}

describe("each key of a service, on a swarm,", () => {
  test("has a row in the table", () => {
    assert.deepEqual(Object.keys(onSwarm).toSorted(), serviceKeys.toSorted());
  });

  for (const [what, service, expected] of [
    ["an entrypoint and a command", { entrypoint: ["a"], command: ["b"] }, { commands: ["a"], args: ["b"] }],
    ["an environment", { environment: { A: "1", B: null } }, { env: { A: "1" } }],
    [
      "a health check",
      { healthcheck: { test: ["CMD", "true"], interval: "90s", retries: 2 } },
      {
        healthcheck: {
          tests: ["CMD", "true"],
          interval: "1m30s",
          timeout: "0s",
          startPeriod: "0s",
          retries: 2,
        },
      },
    ],
    ["a period to stop in", { stop_grace_period: "1m" }, { stopGracePeriod: "1m" }],
    ["no period to stop in", {}, { stopGracePeriod: "10s" }],
    ["a period of hours", { stop_grace_period: "2h" }, { stopGracePeriod: "2h" }],
    [
      "capabilities",
      { cap_add: ["net_admin"], cap_drop: ["ALL"] },
      { capAdds: ["CAP_NET_ADMIN"], capDrops: ["ALL"] },
    ],
    [
      "servers of names",
      { dns: "10.0.0.53" },
      { dnsConfig: { nameservers: ["10.0.0.53"], options: [], searches: [] } },
    ],
    [
      "memory for files, and shared memory",
      { tmpfs: ["/run:size=1m"], shm_size: "2m" },
      {
        mounts: [
          { type: "tmpfs", target: "/run", tmpfsOptions: { sizeBytes: 2 ** 20 } },
          { type: "tmpfs", target: "/dev/shm", tmpfsOptions: { sizeBytes: 2 ** 21 } },
        ],
      },
    ],
  ] as const) {
    test(`${what} becomes an argument of the containers`, () => {
      const { container } = defined(service);
      for (const [key, value] of Object.entries(expected))
        assert.deepEqual(container[key as keyof typeof container], value);
    });
  }

  test("is said in full where the provider takes the engine's own value for a difference", () => {
    const { task, service } = defined({});
    assert.deepEqual(task.restartPolicy, { condition: "any", delay: "5s", window: "0s", maxAttempts: 0 });
    assert.deepEqual(service.updateConfig, {
      ...{ order: "start-first", parallelism: 1, delay: "0s", monitor: "5s" },
      ...{ failureAction: "rollback", maxFailureRatio: "0.0" },
    });
  });

  test("decides replicas, placement, resources and ports", () => {
    const { task, service } = defined({
      deploy: {
        replicas: 3,
        placement: { constraints: ["node.role == worker"], preferences: [{ spread: "node.labels.zone" }] },
        resources: { limits: { cpus: 0.5, memory: "64M" }, reservations: { cpus: "0.25" } },
      },
      ports: ["8080:80/udp"],
      platform: "linux/arm64",
    });
    assert.deepEqual(service.mode, { replicated: { replicas: 3 } });
    assert.deepEqual(task.placement, {
      constraints: ["node.role == worker", "node.platform.arch == aarch64"],
      prefs: ["node.labels.zone"],
      maxReplicas: 0,
    });
    assert.deepEqual(task.resources, {
      limits: { nanoCpus: 5e8, memoryBytes: 64 * 2 ** 20 },
      reservation: { nanoCpus: 25e7, memoryBytes: 0 },
    });
    assert.deepEqual(service.endpointSpec, {
      mode: "dnsrr",
      ports: [{ targetPort: 80, protocol: "udp", publishMode: "host", publishedPort: 8080 }],
    });
    assert.deepEqual(defined({ deploy: { mode: "global" } }).service.mode, { global: true });
  });

  for (const [what, service, order] of [
    ["nothing in its way", {}, "start-first"],
    ["a published port", { ports: ["80:80"] }, "stop-first"],
    ["a volume that it writes to", { volumes: ["data:/data"] }, "stop-first"],
    ["a volume that it reads", { volumes: ["data:/data:ro"] }, "start-first"],
    ["a container on each node", { deploy: { mode: "global" } }, "stop-first"],
  ] as const) {
    test(`makes an update ${order} with ${what}`, () => {
      assert.equal(defined(service, { volumes: { data: {} } }).update.order, order);
    });
  }
});

describe("a stack in a swarm", () => {
  test("names a built image in the registry, and any other by its digest", () => {
    const { services } = planned(
      { services: { built: { build: "." }, other: { image: "redis:7" } } },
      { ...nothing, digests: { "redis:7": "sha256:1234" } },
    );
    const images = Object.fromEntries(services.map(({ name, image }) => [name, image]));
    assert.match(images.built ?? "", /^registry\.test:5000\/shop-built:[0-9a-f]{12}$/);
    assert.equal(images.other, "redis:7@sha256:1234");
  });

  test("has another name for a network that is made in another way", () => {
    const of = (network: Written) =>
      planned({ services: { app: { image: "a", networks: ["back"] } }, networks: { back: network } }).networks
        .back;
    assert.equal(of({})?.driver, "overlay");
    assert.match(of({})?.name ?? "", /^shop_back-[0-9a-f]{8}$/);
    assert.notEqual(of({ internal: true })?.name, of({})?.name);
    assert.equal(of({ labels: { a: "b" } })?.name, of({})?.name);
    const [one, same, other] = [
      { a: "1", b: "2" },
      { b: "2", a: "1" },
      { a: "2", b: "1" },
    ].map((driver_opts) => of({ driver_opts })?.name);
    assert.equal(one, same);
    assert.equal(new Set([of({})?.name, one, other]).size, 3);
  });

  test("gets a file with a secret in it as a secret, whatever the definitions call the file", () => {
    const [app] = planned(
      {
        services: { app: { image: "a", configs: ["plain", "mixed", "file"], secrets: ["key"] } },
        configs: { plain: { content: "a" }, mixed: { content: "b ${password}" }, file: { file: "./c.conf" } },
        secrets: { key: { file: "./key.pem" } },
      },
      { ...nothing, contents: { "./c.conf": "c" }, secretFiles: { "./key.pem": "file_1" } },
      ["password"],
    ).services;
    assert.ok(app !== undefined);
    assert.deepEqual(
      swarmFilesOf(app, ["password", "file_1"]).map(({ kind, source, content }) => [kind, source, content]),
      [
        ["config", "plain", "a"],
        ["secret", "mixed", "b ${password}"],
        ["config", "file", "c"],
        ["secret", "key", "${file_1}"],
      ],
    );
  });
});

describe("what stands between a stack and a swarm", () => {
  const found = (service: Written, swarm: Swarm = { registry }, more: Written = {}) =>
    checkSwarm(
      modelFrom({ services: { app: { image: "app:1", ...service } }, ...more }, { secrets: ["password"] }),
      swarm,
      "/checkout",
    );

  for (const [service, path, message] of [
    [{ privileged: true }, "privileged", /cannot honour the key/],
    [{ pids_limit: 10 }, "pids_limit", /has no effect on a swarm/],
    [{ ports: ["127.0.0.1:80:80"] }, "ports.0", /not on 127\.0\.0\.1 alone/],
    [{ volumes: ["./site:/site"] }, "volumes.0", /on this machine, and on no node/],
    [{ volumes: ["/etc/hosts:/hosts"] }, "volumes.0", /has to be there on every node/],
    [{ volumes: ["data:/data"] }, "volumes.0", /another one on every node/],
    [{ environment: { URL: "redis://:${password}@db" } }, "environment", /`password` would be in clear/],
    [
      { networks: { back: { ipv4_address: "10.0.0.5" } } },
      "networks.back.ipv4_address",
      /chooses the addresses/,
    ],
    [{ deploy: { mode: "replicated-job" } }, "deploy.mode", /replicated-job/],
    [
      { ports: ["80:80"], deploy: { update_config: { order: "start-first" } } },
      "deploy.update_config.order",
      /only one container of a node can publish port 80/,
    ],
  ] as const) {
    test(`is ${JSON.stringify(service)}`, () => {
      const [finding, ...others] = found(service, undefined, { volumes: { data: {} } });
      assert.deepEqual(others, []);
      assert.equal(finding?.path, `services.app.${path}`);
      assert.match(finding.message, message);
    });
  }

  test("is an image that no node can get, built or not", () => {
    assert.match(String(said(found({ build: "." }, {}))), /no node of the swarm can get it/);
    const model = modelFrom({ services: { app: { image: "app:1" } } });
    assert.match(
      String(said(withoutDigest(model, { "app:1": { registry: "missing" } }))),
      /no node .* `app:1`/,
    );
    assert.deepEqual(withoutDigest(model, { "app:1": "sha256:1234" }), []);
  });

  test("is not a volume with a place, one that its driver shares, or what is switched off", () => {
    const place = { deploy: { placement: { constraints: ["node.labels.disk == db"] } } };
    assert.deepEqual(found({ volumes: ["data:/data"], ...place }, undefined, { volumes: { data: {} } }), []);
    const shared = { volumes: { data: { driver_opts: { type: "nfs" } } } };
    assert.deepEqual(found({ volumes: ["data:/data"], privileged: false }, undefined, shared), []);
  });
});

describe("configs and secrets that a swarm has already", () => {
  const model = modelFrom({
    services: {
      app: {
        image: "app:1",
        configs: ["page"],
        secrets: [{ source: "token", target: "/run/token", mode: "0400", uid: "7" }],
      },
    },
    configs: { page: { external: true } },
    secrets: { token: { external: true, name: "shop-token" } },
  });
  const there = { config: { page: "c1" }, secret: { "shop-token": "s1" } };

  test("are files of the service, by their names there", () => {
    const [app] = planForSwarm(planOf(model, options), model, there).services;
    assert.deepEqual(app?.external, [
      { kind: "config", name: "page", id: "c1", target: "/page", mode: "0444" },
      { kind: "secret", name: "shop-token", id: "s1", target: "/run/token", mode: "0400", uid: "7" },
    ]);
    assert.deepEqual(app.files, []);
  });

  test("are a mistake where the swarm does not have them, and on one engine", () => {
    assert.deepEqual(withoutExternal(model, there), []);
    assert.match(
      String(said(withoutExternal(model, { config: {}, secret: there.secret }))),
      /config `page` is external, and the swarm has no config `page`/,
    );
    assert.deepEqual(check(model, () => true, undefined, "swarm").filter(isMistake), []);
    assert.equal(check(model, () => true).filter(isMistake).length, 2);
  });
});

describe("a subnet of a network in a swarm", () => {
  const networks = (subnet: string) => ({
    front: { ipam: { config: [{ subnet, aux_addresses: { host: "10.1.0.9" } }] } },
  });
  const stack = (subnet: string) => ({
    services: { app: { image: "app:1", networks: ["front"] } },
    networks: networks(subnet),
  });
  const taken = (subnet: string, there: NetworksInSwarm) => said(takenSubnets(planned(stack(subnet)), there));
  const front = planned(stack("10.1.0.0/24")).networks.front?.name ?? "";

  test("is a mistake where another network has some of the addresses, also where the network was that one before", () => {
    assert.match(
      String(taken("10.1.0.0/16", { other: { subnets: ["10.1.7.0/24"] } })),
      /the subnet 10\.1\.0\.0\/16 is that of network `other`: a swarm would make a network without addresses/,
    );
    assert.match(
      String(taken("10.1.0.0/25", { [front]: { key: "front", subnets: ["10.1.0.0/24"] } })),
      /is that of network `shop_front-\w+`, which is what this network was before, and goes last/,
    );
  });

  test("is none where no other network has them, or the network is there already", () => {
    assert.deepEqual(taken("10.1.0.0/24", { [front]: { key: "front", subnets: ["10.1.0.0/24"] } }), []);
    assert.deepEqual(taken("10.1.0.0/24", { other: { subnets: ["10.1.1.0/24", "fd00::/64"] } }), []);
  });

  test("keeps no address free, which is a warning", () => {
    assert.match(
      String(said(checkSwarm(modelFrom(stack("10.1.0.0/24")), { registry }, "/checkout"))),
      /no effect on a swarm: it keeps no address free/,
    );
  });
});

const there = (services: Readonly<Record<string, readonly string[]>>): ServicesInSwarm =>
  Object.fromEntries(Object.entries(services).map(([name, ports]) => [name, { id: name, ports }]));
const planFor = (services: Readonly<Record<string, Written>>) => {
  const written = Object.entries(services).map(([name, more]) => [name, { image: "app:1", ...more }]);
  return planned({ services: Object.fromEntries(written) });
};
const port = { ports: ["80:8080"] };

describe("a host port that goes from one service of a swarm to another", () => {
  const moves = (services: Readonly<Record<string, Written>>, before: ServicesInSwarm) =>
    handOversInSwarm(planFor(services), before);

  for (const [what, handOvers, expected] of [
    [
      "is told of a service that is renamed",
      moves({ proxy: port, other: {} }, there({ web: ["80/tcp"], other: [] })),
      ["host port 80 moves from web to proxy: web is stopped first"],
    ],
    [
      "is told of a service that stays",
      moves({ proxy: port, web: {} }, there({ web: ["80/tcp"], proxy: [] })),
      ["host port 80 moves from web to proxy: web is stopped first"],
    ],
    [
      "goes in one direction where two services change places",
      moves({ proxy: port, web: { ports: ["81:8080"] } }, there({ web: ["80/tcp"], proxy: ["81/tcp"] })),
      ["host port 80 moves from web to proxy: web is stopped first"],
    ],
    [
      "goes to one new service alone",
      moves({ one: port, two: { ports: ["81:8080/udp"] } }, there({ web: ["80/tcp", "81/udp"] })),
      ["host port 80 moves from web to one: web is stopped first"],
    ],
    ["is not told where it stays", moves({ web: port }, there({ web: ["80/tcp"] })), []],
    ["is not told of two protocols", moves({ proxy: port, web: {} }, there({ web: ["80/udp"] })), []],
    [
      "does not let a service wait for one that waits for it",
      moves({ proxy: port, web: { depends_on: ["proxy"] } }, there({ web: ["80/tcp"], proxy: [] })),
      [],
    ],
    [
      "is nothing that one waits for who is there already, where the other one goes",
      moves({ proxy: port }, there({ web: ["80/tcp"], proxy: [] })),
      [],
    ],
  ] as const) {
    test(what, () => {
      assert.deepEqual(describeHandOvers(handOvers), expected);
    });
  }
});

describe("a host port that another service of a swarm has for too long", () => {
  const warnings = (
    services: Readonly<Record<string, Written>>,
    before: ServicesInSwarm,
    wanted?: readonly string[],
  ) => {
    const whole = planFor(services);
    const plan = { ...whole, handOvers: handOversInSwarm(whole, before) };
    return portsHeldTooLong(wanted === undefined ? plan : selected(plan, wanted), before).map(
      ({ path, message, fix }) => `${path}: ${message} → ${fix}`,
    );
  };
  const end = "where no other node has the port free, this `up` fails at proxy";

  test("is told where a service that is there already gets the port of one that leaves", () => {
    assert.deepEqual(warnings({ proxy: port }, there({ web: ["80/tcp"], proxy: [] })), [
      `services.proxy.ports: host port 80 is that of web, which leaves the stack at the end of this \`up\`: ${end} → take web out of the stack in an \`up\` of its own first`,
    ]);
  });

  test("is told where a service has to be ready before the one that has the port is changed", () => {
    const services = { proxy: port, web: { depends_on: ["proxy"] } };
    assert.deepEqual(warnings(services, there({ web: ["80/tcp"], proxy: [] })), [
      `services.proxy.ports: host port 80 is that of web, which gives up the port later in this \`up\`: ${end} → take the port from web in an \`up\` of its own first`,
    ]);
  });

  test("is told where the service that has the port is left alone", () => {
    const services = { proxy: port, web: {}, other: {} };
    const before = there({ web: ["80/tcp"], proxy: [], other: [] });
    assert.deepEqual(warnings(services, before, ["proxy"]), [
      `services.proxy.ports: host port 80 is that of web, which this \`up\` leaves alone: ${end} → bring the whole stack up`,
    ]);
    assert.deepEqual(warnings(services, before), []);
    assert.deepEqual(warnings(services, before, ["other"]), []);
  });

  test("is no warning where the port is handed over in time, or stays", () => {
    assert.deepEqual(warnings({ proxy: port, other: {} }, there({ web: ["80/tcp"], other: [] })), []);
    assert.deepEqual(warnings({ web: port }, there({ web: ["80/tcp"] })), []);
    const two = { one: port, two: { ports: ["81:8080"] } };
    assert.deepEqual(warnings(two, there({ web: ["80/tcp", "81/tcp"] })), []);
  });
});

describe("the gate of a swarm's service", () => {
  const template = { ContainerSpec: { Image: "app:2" } };
  const before = { ContainerSpec: { Image: "app:1" } };
  const wanted = {
    revision: "two",
    label: "revision",
    project: "shop",
    replicas: 2,
    isJob: false,
    timeout: 60_000,
  };
  const service = (revision: string, state?: string): ServiceSeen => ({
    ID: "1",
    Spec: {
      Name: "shop_app",
      Labels: { revision },
      TaskTemplate: revision === "two" ? template : before,
    },
    ...(state === undefined ? {} : { UpdateStatus: { State: state, Message: "update failed" } }),
  });
  let created = 0;
  const task = (
    state: string,
    more: Partial<TaskSeen["Status"]> = {},
    spec: object = template,
  ): TaskSeen => ({
    ID: `task-${state}`,
    CreatedAt: new Date((created += 1)).toISOString(),
    DesiredState: ["running", "pending", "starting"].includes(state) ? "running" : "shutdown",
    // The engine adds the kind of its runtime.
    Spec: { ...spec, Runtime: "container" },
    Status: { State: state, Timestamp: "", ...more },
  });
  const failed = (code: number) =>
    task("failed", { Err: "task: non-zero exit", ContainerStatus: { ExitCode: code } });
  const judged = (
    seen: ServiceSeen,
    tasks: readonly TaskSeen[],
    {
      waited = 0,
      quiet = waited,
      isJob = false,
    }: { readonly waited?: number; readonly quiet?: number; readonly isJob?: boolean } = {},
  ) => {
    const verdict = judgeService(seen, tasks, { ...wanted, isJob }, waited, quiet);
    return verdict.state === "ready" || verdict.state === "left"
      ? verdict.state
      : `${verdict.state}: ${verdict.state === "failed" ? verdict.reason : verdict.detail}`;
  };
  const two = [task("running"), task("running")];
  const unfit = "no suitable node (scheduling constraints not satisfied on 2 nodes)";
  const taken = "no suitable node (host-mode port already in use on 1 node)";
  const onDisk = { Placement: { Constraints: ["node.labels.disk == db"] } };
  const placed: ServiceSeen = {
    ...service("two"),
    Spec: { ...service("two").Spec, TaskTemplate: { ...template, ...onDisk } },
  };

  const withPorts = (seen: ServiceSeen, published?: number): ServiceSeen => ({
    ...seen,
    Spec: {
      ...seen.Spec,
      EndpointSpec: {
        Ports: [
          {
            ...{ Protocol: "tcp", TargetPort: 8080 },
            ...(published === undefined ? {} : { PublishedPort: published }),
          },
        ],
      },
    },
  });
  const open = (published: number) =>
    task("running", {
      PortStatus: { Ports: [{ Protocol: "tcp", TargetPort: 8080, PublishedPort: published }] },
    });

  for (const [what, verdict, expected] of [
    ["opens when enough run", judged(service("two"), two), "ready"],
    ["waits for the rest", judged(service("two"), two.slice(1)), "waiting: until 2 run (1 do)"],
    [
      "waits for the end of the update",
      judged(service("two", "updating"), two),
      "waiting: until 2 run (2 do)",
    ],
    [
      "does not count containers of before",
      judged(service("two"), [task("running", {}, before), ...two.slice(1)]),
      "waiting: until 2 run (1 do)",
    ],
    ["opens again behind an old rollback", judged(service("two", "rollback_completed"), two), "ready"],
    [
      "fails on a rollback, with what became of the new containers",
      judged(service("one", "rollback_started"), [failed(3), task("running", {}, before)]),
      "failed: the swarm took the update back: a new container exited with code 3",
    ],
    [
      "fails where somebody else has changed the service",
      judged(service("other"), two),
      "failed: is not what this stack's state says: somebody has changed the service",
    ],
    [
      "fails when three containers have ended",
      judged(service("two"), [failed(1), failed(1), failed(1)]),
      "failed: does not stay up: exited with code 1",
    ],
    [
      "fails when no node can run it",
      judged(service("two"), [task("pending", { Err: "no suitable node" })], { waited: 11_000 }),
      "failed: no node can run it: no suitable node",
    ],
    [
      "waits for a port, as long as a container is on its way out",
      judged(service("two"), [task("pending", { Err: taken })], { waited: 11_000, quiet: 500 }),
      "waiting: until 2 run (0 do)",
    ],
    [
      "fails when the port is taken by what stays",
      judged(service("two"), [task("pending", { Err: taken })], { waited: 20_000, quiet: 11_000 }),
      `failed: no node can run it: ${taken}`,
    ],
    [
      "fails when no node can ever run it, whatever is on its way out",
      judged(service("two"), [task("pending", { Err: unfit })], { waited: 11_000, quiet: 500 }),
      `failed: no node can run it: ${unfit}`,
    ],
    [
      "counts containers that a swarm leaves, since their node fits the placement as well",
      judged(placed, two, { waited: 11_000 }),
      "ready",
    ],
    [
      "does not count them where their ports are others",
      judged(withPorts(placed, 80), [open(81), open(80)], { waited: 11_000 }),
      "left",
    ],
    [
      "does not count them where the service has no ports any more",
      judged(placed, [open(80), ...two.slice(1)], { waited: 11_000 }),
      "left",
    ],
    ["counts them with the same ports", judged(withPorts(placed, 80), [open(80), open(80)]), "ready"],
    ["counts them with a port that the node chooses", judged(withPorts(placed), [open(3), open(4)]), "ready"],
    ["does not look at ports of others", judged(withPorts(service("two"), 80), two), "ready"],
    [
      "waits until those on other nodes are exchanged",
      judged({ ...placed, UpdateStatus: { State: "updating" } }, two),
      "waiting: until 2 run (2 do)",
    ],
    [
      "fails when no container is to run, since no node fits",
      judged(placed, [task("shutdown")], { waited: 11_000, quiet: 500 }),
      "failed: no node can run it: no node fits its constraints",
    ],
    [
      "tells of a rollback what became of containers that differ in their placement",
      judged({ ...service("one", "rollback_completed") }, [
        task("running", {}, before),
        task(
          "failed",
          { Err: "task: non-zero exit", ContainerStatus: { ExitCode: 5 } },
          { ...before, ...onDisk },
        ),
      ]),
      "failed: the swarm took the update back: a new container exited with code 5",
    ],
    ["of a job opens at its end", judged(service("two"), [task("complete")], { isJob: true }), "ready"],
    [
      "of a job fails with its exit code",
      judged(service("two"), [failed(4)], { isJob: true }),
      "failed: exited with code 4",
    ],
  ] as const) {
    test(what, () => {
      assert.equal(verdict, expected);
    });
  }
});

test("a container of a swarm is on its way out until it has ended, unless its node is gone", () => {
  const node = (id: string, state: string): NodeSeen => ({
    ...{ ID: id, Spec: { Role: "worker", Availability: "active" }, Status: { State: state } },
    Description: { Hostname: id },
  });
  const nodes = [node("one", "ready"), node("two", "down")];
  const goes = (desired: string, state: string, on = "one") => {
    const ofTask = { ID: "task", CreatedAt: "", Spec: {}, NodeID: on };
    return isOnItsWayOut(
      { ...ofTask, DesiredState: desired, Status: { State: state, Timestamp: "" } },
      nodes,
    );
  };
  assert.deepEqual([goes("shutdown", "running"), goes("remove", "starting")], [true, true]);
  assert.deepEqual([goes("running", "running"), goes("ready", "pending")], [false, false]);
  assert.deepEqual([goes("shutdown", "shutdown"), goes("shutdown", "failed")], [false, false]);
  assert.equal(goes("shutdown", "running", "two"), false);
});

test("how long a service of a swarm takes to run is how long its slowest new container took", () => {
  const seen = { ID: "id", Spec: { Name: "web", TaskTemplate: { one: 1 } } };
  const task = (made: string, at: string, more: Partial<TaskSeen> = {}): TaskSeen => ({
    ...{ ID: "task", CreatedAt: `2026-11-29T12:00:${made}Z`, DesiredState: "running", Spec: { one: 1 } },
    Status: { State: "running", Timestamp: `2026-11-29T12:00:${at}Z` },
    ...more,
  });
  const since = new Date("2026-11-29T12:00:10Z");
  assert.equal(secondsToRun(seen, [task("11", "13"), task("12", "17"), task("00", "50")], since), 5);
  assert.equal(secondsToRun(seen, [task("12", "17", { Spec: { one: 2 } })], since), undefined);
});

describe("what is not as the last up left a stack in a swarm", () => {
  const task = (state: string, error = ""): StackTask => ({
    ...{ id: "task", name: "shop_web.1", node: "one", state, error, since: "", isCurrent: true, ports: {} },
  });
  const web: StackService = {
    ...{
      id: "id",
      look: "",
      tier: "shop",
      service: "web",
      wanted: 2,
      isJob: false,
      revision: "two",
      changed: "",
      volumes: {},
    },
    tasks: [task("running"), task("running")],
  };
  const known: Known = {
    expected: [{ service: "web", id: "id", tier: "shop", tasks: 2, revision: "two" }],
    ...{ changed: [], isUpdating: false },
  };
  const problems = (seen: Partial<StackService>, more: Partial<Known> = {}) =>
    problemsInSwarm([{ ...web, ...seen }], { ...known, ...more });

  test("is nothing where all containers run, and a job has completed", () => {
    assert.deepEqual(problems({}), []);
    assert.deepEqual(problems({ wanted: undefined }), []);
    assert.deepEqual(problems({ isJob: true, wanted: 1, tasks: [task("complete")] }), []);
  });

  test("is told service by service", () => {
    assert.deepEqual(problemsInSwarm([], known), ["web is missing"]);
    assert.deepEqual(problems({}, { expected: [] }), [
      "web is not of this state: another checkout, or a person, has made it",
    ]);
    assert.deepEqual(problems({ wanted: 1, tasks: [task("running")] }), [
      "web was scaled 2 → 1 since the last up",
    ]);
    assert.deepEqual(problems({ id: "other" }), problems({}, { expected: [] }));
    assert.deepEqual(problems({}, { changed: ["web"] }), ["web was changed since the last up"]);
    assert.deepEqual(problems({ tasks: [task("running"), task("pending", "no suitable node")] }), [
      "web has 1 of 2 containers running: no suitable node",
    ]);
    assert.deepEqual(problems({ isJob: true, tasks: [task("running")] }), ["web has not completed"]);
  });

  test("is an update that the swarm took back, until the definitions are put back too", () => {
    const update = { state: "rollback_completed", message: "too many failures" };
    assert.deepEqual(problems({ update, revision: "one" }), [
      "web: the swarm took the last update back: too many failures",
    ]);
    assert.deepEqual(problems({ update }), []);
  });

  test("is nothing of a service that an update makes just now", () => {
    assert.deepEqual(problems({}, { expected: [], isUpdating: true }), []);
  });
});

describe("the node that has a volume of a stack in a swarm", () => {
  const node = (id: string, role: string, labels: Readonly<Record<string, string>>): NodeSeen => ({
    ID: id,
    Spec: { Role: role, Availability: "active", Labels: labels },
    Status: { State: "ready" },
    Description: {
      Hostname: `Host-${id}`,
      Platform: { OS: "linux", Architecture: "x86_64" },
      Engine: { Labels: { rack: id } },
    },
  });
  const nodes = [node("a", "manager", {}), node("b", "worker", { disk: "db" }), node("c", "worker", {})];
  const mount = (changes: Partial<VolumeMount>): VolumeMount => ({
    ...{ service: "db", key: "data", writes: true, constraints: [], runsOn: [] },
    volume: { name: "shop_data", driver: "local", driverOptions: {}, labels: {} },
    ...changes,
  });

  const cases: readonly (readonly [
    what: string,
    mounts: readonly Partial<VolumeMount>[],
    expected: readonly string[],
  ])[] = [
    ["by a label", [{ constraints: ["node.labels.disk == db"] }], ["b"]],
    ["by a label that the others have not", [{ constraints: ["node.labels.disk!=db"] }], ["a", "c"]],
    ["by its id", [{ constraints: ["node.id==c"] }], ["c"]],
    ["by its host name, in whatever letters", [{ constraints: ["node.hostname == host-A"] }], ["a"]],
    ["by a label of its engine", [{ constraints: ["engine.labels.rack == c"] }], ["c"]],
    ["by all constraints", [{ constraints: ["node.role == worker", "node.labels.disk != db"] }], ["c"]],
    ["by a platform that no node has", [{ constraints: ["node.platform.arch == aarch64"] }], []],
    ["by what nobody knows here", [{ constraints: ["node.ip == 10.0.0.1", "node.role==manager"] }], ["a"]],
    ["by where its service runs, of several that may have it", [{ runsOn: ["c"] }], ["c"]],
    ["by its constraint, wherever it ran before", [{ constraints: ["node.id==a"], runsOn: ["b"] }], ["a"]],
    [
      "by the service that writes, not by one that reads",
      [{ service: "report", writes: false, runsOn: ["a"] }, { constraints: ["node.labels.disk == db"] }],
      ["b"],
    ],
    ["by one that reads, where none writes", [{ writes: false, constraints: ["node.id == b"] }], ["b"]],
  ];
  for (const [what, mounts, expected] of cases) {
    test(`is known ${what}`, () => {
      const found = nodesWithVolume(mounts.map(mount), nodes);
      assert.deepEqual(
        found.map(({ ID: id }) => id),
        expected,
      );
    });
  }
});

describe("the state of a stack in a swarm", () => {
  const provider = (host: string, type = "pulumi:providers:docker") => ({
    ...{ urn: `urn:${type}`, type, inputs: { host, sshOpts: "[]" }, outputs: { host, sshOpts: "[]" } },
  });
  const stateWith = (...resources: ReturnType<typeof provider>[]) =>
    ({ deployment: { manifest: { time: "now" }, resources } }) as State;

  test("names the manager that answers, in its Docker provider alone", () => {
    const other = provider("tcp://a", "pulumi:providers:other");
    assert.deepEqual(
      withProvidersOn(stateWith(provider("tcp://a"), other), "tcp://b"),
      stateWith(provider("tcp://b"), other),
    );
  });

  test("stays as it is where the provider works there already, or where there is none", () => {
    assert.equal(withProvidersOn(stateWith(provider("tcp://a")), "tcp://a"), undefined);
    assert.equal(withProvidersOn(undefined, "tcp://a"), undefined);
  });
});
