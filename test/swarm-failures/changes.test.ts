import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Changes, ServiceChange } from "../../components/changes/changes.ts";
import { lines, type Finished } from "../fixture/command.ts";
import { TestStack } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";
import { succeeded, whyNoCluster, Cluster } from "../swarm/cluster.ts";

/* What a preview says of a change of a stack in a swarm, beside what a manager tells of services and tasks behind the `up`. */

interface Stack {
  services: Record<string, Record<string, unknown>>;
  networks: Record<string, unknown>;
  volumes: Record<string, unknown>;
  configs: Record<string, unknown>;
  secrets: Record<string, unknown>;
}

interface Step {
  readonly title: string;
  readonly change: (stack: Stack) => void;
  readonly password?: string;
  /** A word a service, and sentences of everything else. */
  readonly expected: readonly string[];
}

const place = (node: string) => ({ placement: { constraints: [`node.labels.name == ${node}`] } });

/** Both nodes fit: a swarm leaves the containers of a service that gets such a placement alone. */
const anywhere = { placement: { constraints: ["node.labels.name != node3"] } };

const steps: readonly Step[] = [
  {
    title:
      "in place: a variable, a config, a secret, a number; a job; a new service with a network and a volume",
    change: ({ services, networks, volumes, configs }) => {
      services.web = { ...services.web, environment: { LOG_LEVEL: "debug" } };
      services.worker = { ...services.worker, deploy: { replicas: 2 } };
      services.job = { ...services.job, environment: { AGAIN: "1" } };
      services.cache = {
        ...services.tool,
        ...{ volumes: ["more:/more"], networks: ["more"], deploy: place("node2") },
      };
      networks.more = {};
      volumes.more = {};
      configs.page = { content: "two" };
    },
    password: "another-4711",
    expected: [
      ...[
        "web replaced",
        "worker scaled",
        "job replaced",
        "cache added",
        "locked replaced",
        "reader replaced",
      ],
      ...["network more new", "volume more new"],
    ],
  },
  {
    title:
      "anew: another network, a label, another node for data; one that goes, and one that has another name",
    change: ({ services, networks, volumes }) => {
      services.store = { ...services.store, deploy: place("node2") };
      services.agent = { ...services.agent, labels: { team: "data" } };
      services.kit = { ...services.tool };
      delete services.tool;
      delete services.cache;
      delete services.idle;
      networks.inner = { internal: true };
      delete networks.more;
      delete volumes.more;
    },
    expected: [
      ...["store replaced", "agent replaced", "kit renamed", "cache removed", "idle removed"],
      ...["inside replaced", "network inner made anew", "network more gone", "volume more left behind"],
    ],
  },
  {
    title: "another mode, a port, one with a placement that fits, and a label of the service alone",
    change: ({ services }) => {
      services.kit = { ...services.kit, ports: ["8086:80"], deploy: anywhere };
      services.slow = {
        ...{ ...services.kit, hostname: "slow", ports: ["8085:80"], deploy: place("node2") },
        ...{ command: ["sh", "-c", "trap '' TERM; while :; do sleep 1; done"], stop_grace_period: "15s" },
      };
      services.worker = { ...services.worker, deploy: { mode: "global" } };
      services.reader = { ...services.reader, ports: ["8080:80"], deploy: place("node1") };
      services.locked = { ...services.locked, deploy: { labels: { team: "web" } } };
    },
    expected: [
      ...["worker replaced", "reader replaced", "kit replaced", "slow added"],
      ...["port 8080 opened by reader", "port 8085 opened by slow", "port 8086 opened by kit"],
    ],
  },
  {
    title:
      "a port that is held until the container of before is killed, and one of a service that is renamed; a placement alone",
    change: ({ services }) => {
      services.slow = { ...services.slow, environment: { AGAIN: "1" } };
      services.scribe = { ...services.reader };
      delete services.reader;
      services.web = { ...services.web, deploy: { replicas: 2, ...anywhere } };
      services.kit = { ...services.kit, deploy: { ...anywhere, labels: { team: "data" } } };
    },
    expected: [
      ...["slow replaced", "scribe renamed", "web replaced", "port 8080 opened by scribe"],
      "host port 8080 moves from reader to scribe: reader is stopped first",
    ],
  },
];

/** A task of a service: where a container is, or was. */
interface Task {
  readonly id: string;
  readonly state: string;
  readonly desired: string;
  /** Milliseconds since 1970, when it came into that state. */
  readonly time: number;
}

/** A service of the swarm as a manager has it. */
interface Seen {
  readonly id: string;
  /** Changes with anything that somebody does to the service. */
  readonly version: number;
  readonly tasks: readonly Task[];
}

describe("what a preview says of a change of a stack in a swarm", { skip: whyNoCluster() }, () => {
  let cluster: Cluster;
  let stack: TestStack;
  let folder: string;
  let definitions: Stack;

  before(async () => {
    cluster = await Cluster.start({ nodes: 2 });
    await cluster.push("debian:bookworm-slim");
    folder = await mkdtemp(join(tmpdir(), "swarm-changes-"));
    const base = {
      ...{ image: cluster.named("debian:bookworm-slim"), command: "sleep infinity" },
      ...{ init: true, stop_grace_period: "10s" },
    };
    definitions = {
      services: {
        web: {
          ...{ ...base, configs: ["page"], deploy: { replicas: 2 } },
          depends_on: { job: { condition: "service_completed_successfully" } },
        },
        job: { ...base, command: "true" },
        worker: { ...base },
        reader: { ...base, configs: [{ source: "page", target: "/etc/page" }] },
        locked: { ...base, secrets: ["password"] },
        store: { ...base, volumes: ["data:/data"], deploy: place("node1") },
        agent: { ...base, deploy: { mode: "global" } },
        idle: { ...base, deploy: { replicas: 0 } },
        tool: { ...base, hostname: "tool" },
        inside: { ...base, networks: ["inner"] },
      },
      ...{ networks: { inner: {} }, volumes: { data: {} } },
      ...{ configs: { page: { content: "one" } }, secrets: { password: { environment: "DB_PASSWORD" } } },
    };
    stack = await TestStack.create({
      folder: "test/cases/program",
      environment: {
        ...{ ...cluster.environment, CASE_DIRECTORY: folder },
        PULUMI_CONFIG_PASSPHRASE: "a passphrase of its own",
      },
      // A program that declares no secret has those that are set as secrets.
      settings: { ...cluster.settings(), registryPassword: undefined },
    });
    const { registryPassword } = cluster.settings();
    succeeded(await stack.pulumi("config", "set", "--secret", "registryPassword", String(registryPassword)));
    await write("open-sesame-4711");
    succeeded(await command("up", "--yes"));
  });

  after(async () => {
    try {
      succeeded(await command("destroy", "--yes"));
      await stack.down();
    } finally {
      await cluster.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });

  for (const { title, change, password, expected } of steps) {
    test(`is what happens: ${title}`, async () => {
      change(definitions);
      await write(password);
      const was = await seen();
      const { code, output } = await command("preview", "--json", "--exit-code");
      assert.equal(code, 2, output);
      assert.doesNotMatch(output, /4711/);
      const [changes] = (JSON.parse(output) as { readonly projects: readonly Changes[] }).projects;
      assert.ok(changes !== undefined, output);
      assert.deepEqual(wordsOf(changes).toSorted(), [...expected].toSorted());
      assert.deepEqual(await seen(), was, "a preview changes nothing");
      const before = await parts();
      succeeded(await command("up", "--yes"));
      const is = await settled();
      const after = await parts();
      for (const each of changes.services) assertHappened(each, was, is);
      for (const { service, port } of changes.ports)
        assert.match((await publishedBy(service)).join("\n"), new RegExp(`:${port}->80/tcp`));
      const touched = changes.services.flatMap(({ service, from = service }) => [service, from]);
      for (const [service, { id, tasks }] of Object.entries(was)) {
        if (touched.includes(service)) continue;
        assert.deepEqual(
          [is[service]?.id, running(is[service])],
          [id, running({ tasks })],
          `${service} stays`,
        );
      }
      for (const { network, what } of changes.networks) {
        const named = (names: readonly string[]) =>
          names.filter((name) => name.startsWith(`${stack.project}_${network}-`));
        const counts = { new: [0, 1], gone: [1, 0], "made anew": [1, 1] }[what];
        assert.deepEqual([named(before).length, named(after).length], counts, network);
        assert.notDeepEqual(named(before), named(after), network);
      }
      for (const { volume, what } of changes.volumes)
        assert.deepEqual([before.includes(volume), after.includes(volume)], [what !== "new", true], volume);
      for (const { service, data } of changes.services)
        for (const volume of data.left ?? []) {
          const has = async (node: number) =>
            lines(await cluster.docker(node, "volume", "ls", "-q")).includes(volume);
          assert.deepEqual(
            [await has(1), await has(2)],
            [true, true],
            `${service}: each node has its ${volume}`,
          );
        }
      const again = await command("preview", "--exit-code");
      assert.equal(again.code, 0, again.output);
    });
  }

  /** Writes the definitions, and the secret where it has another value. */
  async function write(password?: string): Promise<void> {
    await writeFile(join(folder, "compose.yaml"), JSON.stringify(definitions));
    if (password !== undefined)
      succeeded(await stack.pulumi("config", "set", "--secret", "dbPassword", password));
  }

  async function command(...words: readonly string[]): Promise<Finished> {
    return cluster.run(["pulumi-compose", ...words, ...stack.options], stack.environment);
  }

  /** What a manager has of the stack, by service. */
  async function seen(): Promise<Record<string, Seen>> {
    const ids = lines(await cluster.docker(1, "service", "ls", "--quiet"));
    const services = JSON.parse(await cluster.docker(1, "service", "inspect", ...ids)) as readonly {
      readonly ID: string;
      readonly Version: { readonly Index: number };
      readonly Spec: { readonly Name: string };
    }[];
    const found = services.map(async ({ ID: id, Version: { Index: version }, Spec: { Name: name } }) => {
      const tasks = await tasksOf(name);
      return [name.slice(stack.project.length + 1), { id, version, tasks }] as const;
    });
    return Object.fromEntries(await Promise.all(found));
  }

  async function tasksOf(service: string): Promise<Task[]> {
    const ids = lines(await cluster.docker(1, "service", "ps", "--quiet", "--no-trunc", service));
    if (ids.length === 0) return [];
    const told = JSON.parse(await cluster.docker(1, "inspect", "--type", "task", ...ids)) as readonly {
      readonly ID: string;
      readonly DesiredState: string;
      readonly Status: { readonly State: string; readonly Timestamp: string };
    }[];
    return told
      .map(({ ID: id, DesiredState: desired, Status: { State: state, Timestamp: at } }) => ({
        ...{ id, desired, state, time: Date.parse(at) },
      }))
      .toSorted((one, other) => one.id.localeCompare(other.id));
  }

  /** The same, when every container that is to go has gone. */
  async function settled(): Promise<Record<string, Seen>> {
    let now: Record<string, Seen> = {};
    await until("no container is on its way out", async () => {
      now = await seen();
      return Object.values(now)
        .flatMap(({ tasks }) => tasks)
        .every(({ state, desired }) => desired === "running" || !["running", "starting"].includes(state));
    });
    return now;
  }

  /** Names of the networks of the swarm, and of the volumes of its nodes. */
  async function parts(): Promise<string[]> {
    const lists = await Promise.all([
      cluster.docker(1, "network", "ls", "--format", "{{.Name}}"),
      ...[1, 2].map((node) => cluster.docker(node, "volume", "ls", "--quiet")),
    ]);
    return lists.flatMap(lines);
  }

  /** Ports that the containers of a service have on the nodes. */
  async function publishedBy(service: string): Promise<string[]> {
    const args = ["ps", "--filter", `label=com.docker.compose.service=${service}`, "--format", "{{.Ports}}"];
    return (await Promise.all([1, 2].map((node) => cluster.docker(node, ...args)))).flatMap(lines);
  }

  /** Each change in a few words. */
  function wordsOf({ services, networks, volumes, ports, handOvers }: Changes): string[] {
    return [
      ...services.map(({ service, what }) => `${service} ${what}`),
      ...networks.map(({ network, what }) => `network ${network} ${what}`),
      ...volumes.map(({ volume, what }) => `volume ${volume.slice(stack.project.length + 1)} ${what}`),
      ...ports.map(({ service, port }) => `port ${port} opened by ${service}`),
      ...handOvers,
    ];
  }
});

/** Ids of the tasks that run, or that have run to their end. */
function running(seen: Pick<Seen, "tasks"> | undefined): string[] {
  return (seen?.tasks ?? []).flatMap(({ id, state }) =>
    ["running", "complete"].includes(state) ? [id] : [],
  );
}

/** The tasks that went and came, and in which order, are those that were said. */
function assertHappened(
  { service, from = service, what, job, replicas, update, reason }: ServiceChange,
  was: Readonly<Record<string, Seen>>,
  is: Readonly<Record<string, Seen>>,
): void {
  const [before, now] = [was[from], is[service]];
  const [gone, come] = [running(before), running(now)];
  const stay = come.filter((id) => gone.includes(id));
  const count = replicas.onEachNode?.includes("after") === true ? 2 : replicas.after;
  if (what === "removed" || what === "renamed") assert.equal(is[from], undefined, `${from} is gone`);
  if (what === "added" || what === "renamed") assert.equal(was[service], undefined, `${service} is new`);
  if (what === "removed") return;
  if (reason === "a container on a node that fits may stay" && stay.length > 0) {
    assert.deepEqual(come, gone, `${service} keeps its containers`);
    return;
  }
  if (what === "scaled") {
    assert.equal(now?.id, before?.id);
    assert.equal(stay.length, Math.min(replicas.before, replicas.after), `${service} keeps its containers`);
  } else if (!job) assert.deepEqual(stay, [], `${service}: no container of before is left`);
  if (job) assert.ok(come.length > stay.length, `${service} has run again`);
  else assert.equal(come.length, count, `${service} has its number`);
  if (what !== "replaced" || update === undefined || job) return;
  const isAnew = /for life|made anew/.test(update.because);
  assert.equal(now?.id !== before?.id, isAnew, `${service} is made anew: ${update.because}`);
  if (isAnew) return;
  const times = (ids: readonly string[]) =>
    (now?.tasks ?? []).flatMap(({ id, time }) => (ids.includes(id) ? [time] : []));
  const order = Math.min(...times(come)) < Math.min(...times(gone)) ? "start-first" : "stop-first";
  assert.equal(order, update.order, `${service}: ${update.because} ${reason ?? ""}`);
}
