import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { load } from "js-yaml";
import type { Changes, Replacement, ServiceChange } from "../../components/changes/changes.ts";
import { docker, eventsDuring, leftOf, type ServiceEvent } from "../fixture/docker.ts";
import { Case } from "../cases/case.ts";

interface Stack {
  services: Record<string, Record<string, unknown>>;
  networks: Record<string, unknown>;
  volumes: Record<string, unknown>;
  configs?: Record<string, unknown>;
}

/** What is expected of a step: a word a service, and sentences of everything else, `network more new`. */
type Expected = readonly string[];

interface Step {
  readonly title: string;
  readonly change: (stack: Stack, project: Case) => Promise<void> | void;
  readonly expected: Expected;
  /** Key by key, of services that are replaced. */
  readonly keys?: readonly string[];
}

const base = {
  image: "debian:bookworm-slim",
  command: "sleep infinity",
  init: true,
  stop_grace_period: "1s",
};

/** Answers on /ping. */
const page = { image: "traefik:v3.6", command: "--ping=true", init: true, stop_grace_period: "1s" };

/** Healthy some seconds after the container's start. */
const slowly = {
  test: ["CMD-SHELL", 'test "$$(( $$(date +%s) - $$(stat --format %Y /proc/1) ))" -ge 4'],
  interval: "1s",
  retries: 60,
};

const steps: readonly Step[] = [
  {
    title: "a variable, more containers, a new service with a new volume on a new network",
    change: ({ services, networks, volumes }) => {
      services.web = { ...services.web, environment: { LOG_LEVEL: "debug" } };
      services.worker = {
        ...services.worker,
        deploy: { replicas: 3, update_config: { order: "start-first" } },
      };
      services.cache = { ...base, volumes: ["cache:/cache"], networks: ["more"] };
      networks.more = {};
      volumes.cache = {};
    },
    expected: ["web replaced", "worker scaled", "cache added", "network more new", "volume cache new"],
    keys: ["environment.LOG_LEVEL added: debug"],
  },
  {
    title: "fewer containers, a command of a service with data, a job, a new service",
    change: ({ services }) => {
      services.worker = {
        ...services.worker,
        deploy: { replicas: 1, update_config: { order: "start-first" } },
      };
      services.cache = { ...services.cache, command: "sleep 1000000" };
      services.job = { ...services.job, environment: { AGAIN: "1" } };
      services.tool = { ...base, ports: ["127.0.0.1::80"] };
    },
    expected: ["worker scaled", "cache replaced", "job replaced", "tool added"],
    keys: ["command sleep infinity → sleep 1000000", "environment.AGAIN added: 1"],
  },
  {
    title: "a new name, a service that goes with its network and leaves its volume behind",
    change: (stack) => {
      stack.services.kit = { ...stack.services.tool };
      delete stack.services.tool;
      delete stack.services.cache;
      delete stack.networks.more;
      delete stack.volumes.cache;
    },
    expected: ["kit renamed", "cache removed", "network more gone", "volume cache left behind"],
  },
  {
    title: "one container after the other, start-first, and a service that restarts with another one",
    change: ({ services }) => {
      services.worker = { ...services.worker, environment: { A: "1" } };
      services.store = { ...services.store, labels: { "org.example.note": "new" } };
    },
    expected: ["worker replaced", "store replaced", "follower replaced"],
    keys: ["environment.A added: 1", "labels.org.example.note added: new", "it restarts with store"],
  },
  {
    title: "a replaced and scaled service, a network that is made anew, an open port",
    change: (stack) => {
      const { services, networks } = stack;
      services.worker = {
        ...services.worker,
        environment: { A: "2" },
        deploy: { replicas: 2, update_config: { order: "start-first" } },
      };
      networks.inner = { driver_opts: { "com.docker.network.driver.mtu": "1400" } };
      services.kit = { ...services.kit, ports: ["80"] };
    },
    expected: [
      "worker replaced",
      "inside replaced",
      "kit replaced",
      "network inner made anew",
      "port any free port opened by kit",
    ],
    keys: ["environment.A 1 → 2", "ports 127.0.0.1:80 → 80"],
  },
  {
    title: "a service without containers, a file of a config, the volume that was left behind",
    change: (stack) => {
      const { services, volumes } = stack;
      services.worker = {
        ...services.worker,
        deploy: { replicas: 0, update_config: { order: "start-first" } },
      };
      stack.configs = { app: { content: "one" } };
      services.inside = { ...services.inside, configs: [{ source: "app", target: "/etc/app.conf" }] };
      services.cache = { ...base, volumes: ["cache:/cache"] };
      volumes.cache = {};
    },
    expected: ["worker scaled", "inside replaced", "cache added"],
    keys: ["configs added", "files /etc/app.conf added"],
  },
  {
    title: "another text of the file, and a health check",
    change: (stack) => {
      stack.configs = { app: { content: "two" } };
      stack.services.kit = {
        ...stack.services.kit,
        healthcheck: { test: ["CMD", "true"], interval: "1s" },
      };
    },
    expected: ["inside replaced", "kit replaced"],
    keys: ["files /etc/app.conf changed", "healthcheck.test added: CMD true"],
  },
  {
    title: "an image that is built, a service with a file of the project, another user and folder",
    change: async ({ services }, { folder }) => {
      await mkdir(join(folder, "built"));
      await writeFile(join(folder, "built", "Dockerfile"), `FROM ${base.image}\nLABEL revision=1\n`);
      await writeFile(join(folder, "settings.ini"), "one");
      const { image, ...withoutImage } = base;
      services.built = { ...withoutImage, build: "./built" };
      services.reader = { ...base, image, volumes: ["./settings.ini:/settings.ini:ro"] };
      services.kit = { ...services.kit, user: "nobody", working_dir: "/tmp" };
    },
    expected: ["built added", "reader added", "kit replaced"],
    keys: ["user added: nobody", "working_dir added: /tmp"],
  },
  {
    title:
      "what an image is built from, a route, and a mounted file, which its reader sees without a restart",
    change: async ({ services }, { folder }) => {
      await writeFile(join(folder, "built", "Dockerfile"), `FROM ${base.image}\nLABEL revision=2\n`);
      await writeFile(join(folder, "settings.ini"), "two");
      services.page = { ...page, "x-route": { prefix: "/page", port: 8080, health: "/ping" } };
    },
    expected: ["built replaced", "page added", "route page new"],
    keys: ["what its image is built from has changed"],
  },
  {
    title: "a route that moves, two containers where one was, a service that takes longer to be healthy",
    change: ({ services }) => {
      services.pages = { ...services.page };
      delete services.page;
      services.reader = { ...services.reader, scale: 2 };
      services.slow = { ...base, healthcheck: slowly };
    },
    expected: ["pages renamed", "reader scaled", "slow added", "route page moved"],
  },
  {
    title:
      "a gap that was measured, two containers in turns, a volume that begins empty, a route that goes with its service",
    change: (stack) => {
      const { services, volumes } = stack;
      services.slow = { ...services.slow, environment: { AGAIN: "1" } };
      services.reader = { ...services.reader, environment: { AGAIN: "1" } };
      services.store = { ...services.store, volumes: ["data:/data", "more:/more"] };
      delete services.pages;
      volumes.more = {};
    },
    expected: [
      ...["slow replaced", "reader replaced", "store replaced", "follower replaced", "pages removed"],
      ...["volume more new", "route page gone"],
    ],
  },
  {
    title: "a volume that is left behind, a container's own name",
    change: (stack, { stack: { project } }) => {
      const { services, volumes } = stack;
      services.store = { ...services.store, volumes: ["data:/data"] };
      delete volumes.more;
      services.web = { ...services.web, container_name: `${project}-known` };
    },
    expected: ["store replaced", "follower replaced", "web replaced", "volume more left behind"],
    keys: ["container_name added"],
  },
  {
    title: "the name goes from one service to another one",
    change: ({ services }) => {
      const { container_name: name, ...web } = services.web ?? {};
      services.web = web;
      services.kit = { ...services.kit, container_name: name };
    },
    expected: ["web replaced", "kit replaced"],
  },
  {
    title: "what befell containers by hand",
    change: async (_, { stack: { project } }) => {
      await docker("stop", `${project}-web-1`);
      await docker("network", "disconnect", "--force", `${project}_default`, `${project}-locked-1`);
    },
    expected: ["web drifted", "locked drifted"],
  },
];

test("what a preview says of a change is what happens to the containers", async (t) => {
  const project = await Case.create("changes", {
    environment: { PULUMI_CONFIG_PASSPHRASE: "a passphrase of its own", CASE_GATEWAY: "gateway" },
  });
  const { stack } = project;
  try {
    const file = join(project.folder, "compose.yaml");
    const definitions = load(await readFile(file, "utf8")) as Stack;
    await stack.pulumi("config", "set", "--secret", "dbPassword", "correct-horse-battery");
    await stack.up();
    async function preview(): Promise<{
      readonly code: number;
      readonly changes: Changes;
      readonly text: string;
    }> {
      let found = { code: -1, output: "" };
      const events = await eventsDuring(stack.project, async () => {
        found = await stack.command("preview", "--json", "--exit-code");
      });
      const touching = events.filter(({ action }) => !isProbe(action));
      assert.deepEqual(touching, [], "a preview changes nothing");
      const { projects } = JSON.parse(found.output) as { readonly projects: readonly Changes[] };
      assert.ok(projects[0] !== undefined, found.output);
      return { code: found.code, changes: projects[0], text: found.output };
    }

    async function step(
      { expected, keys = [] }: Pick<Step, "expected" | "keys">,
      up: () => Promise<void> = () => stack.up(),
    ): Promise<void> {
      const { code, changes, text } = await preview();
      assert.equal(code, 2, text);
      assert.doesNotMatch(text, /correct-horse/);
      assert.deepEqual(wordsOf(changes, stack.project).sort(), [...expected].sort());
      for (const key of keys)
        assert.ok(
          told(changes).some((line) => line.startsWith(key)),
          `${key} in ${text}`,
        );
      const before = await leftOf(stack.project);
      const events = await eventsDuring(stack.project, up);
      const after = await leftOf(stack.project);
      for (const change of changes.services) assertHappened(change, events);
      const touched = changes.services.flatMap(({ service, from = service }) => [service, from]);
      const others = events.filter(({ service, action }) => !touched.includes(service) && !isProbe(action));
      assert.deepEqual(others, [], "services of which nothing was said stay");
      const part = (name: string) => before.includes(name) !== after.includes(name);
      for (const { network, what } of changes.networks)
        assert.equal(part(`${stack.project}_${network}`), what !== "made anew", network);
      for (const { volume, what } of changes.volumes) assert.equal(part(volume), what === "new", volume);
    }

    for (const { title, change, ...expectation } of steps) {
      await t.test(title, async () => {
        await change(definitions, project);
        await writeFile(file, JSON.stringify(definitions));
        await step(expectation);
      });
    }

    await t.test("another value of a secret, in the comment for a pull request too", async () => {
      await stack.pulumi("config", "set", "--secret", "dbPassword", "another-horse-battery");
      const { output } = await stack.command("preview", "--markdown");
      assert.doesNotMatch(output, /horse/);
      assert.match(output, /^### 1 service replaced with a gap, no data touched\n/);
      assert.match(output, /\n\| locked \| replaced \| 1 \| yes \| {2}\|\n/);
      assert.equal(output.match(/a secret that it uses has changed: dbPassword/g)?.length, 1, "once");
      assert.match(output, /\["locked \(changed\)"\]:::changed/);
      const words = {
        expected: ["locked replaced"],
        keys: ["a secret that it uses has changed: dbPassword"],
      };
      await step(words, async () => {
        const up = await stack.command("up", "--yes");
        assert.equal(up.code, 0, up.output);
        assert.match(up.output, /^ \+\+ \S+-locked-1 replaced \([\d.]+m?s\)$/m);
        assert.doesNotMatch(up.output, /docker:index/, "a line a container, without a terminal");
      });
    });

    await t.test("nothing", async () => {
      const { code, changes } = await preview();
      assert.equal(code, 0);
      assert.deepEqual(wordsOf(changes, stack.project), []);
    });

    await t.test("a mistake", async () => {
      await writeFile(
        file,
        JSON.stringify({ services: { web: { image: "debian", depends_on: ["nobody"] } } }),
      );
      const { code, output } = await stack.command("preview", "--markdown", "--exit-code");
      assert.equal(code, 1);
      assert.match(output, /^### (?:1 mistake: `up` would refuse the stack|the preview failed)\n/);
      assert.match(output, /nobody/);
      await writeFile(file, JSON.stringify(definitions));
    });
  } finally {
    await project.remove();
  }
});

/** Each change in a few words. */
function wordsOf({ services, networks, volumes, ports, routes }: Changes, project: string): string[] {
  return [
    ...routes.map(({ route, what }) => `route ${route} ${what}`),
    ...services.map(({ service, what }) => `${service} ${what}`),
    ...networks.map(({ network, what }) => `network ${network} ${what}`),
    ...volumes.map(({ volume, what }) => `volume ${volume.slice(project.length + 1)} ${what}`),
    ...ports.map(({ service, port }) => `port ${port} opened by ${service}`),
  ];
}

/** The keys of all services as a preview tells them. */
function told({ services }: Changes): string[] {
  return services.flatMap(({ keys, reason = "" }) => [
    reason,
    ...keys.map(({ path, what, before, after }) =>
      before !== undefined && after !== undefined
        ? `${path} ${before} → ${after}`
        : `${path} ${what}${after === undefined ? "" : `: ${after}`}`,
    ),
  ]);
}

function isProbe(action: string): boolean {
  return /^(?:exec_|health_status)/.test(action);
}

/** The containers that went and came, and in which order, are those that were said. */
function assertHappened(change: ServiceChange, events: readonly ServiceEvent[]): void {
  const { service, what, from = service, replicas, job } = change;
  const timesOf = (of: string, action: string) =>
    events.filter((event) => event.service === of && event.action === action).map(({ time }) => time);
  const [created, gone] = [timesOf(service, "create"), timesOf(from, "destroy")];
  const counts = {
    added: [replicas.after, 0],
    removed: [0, replicas.before],
    renamed: [replicas.after, 1],
    replaced: [replicas.after, replicas.before],
    scaled: [Math.max(0, replicas.after - replicas.before), Math.max(0, replicas.before - replicas.after)],
    drifted: [0, 0],
  }[what];
  assert.deepEqual([created.length, gone.length], counts, `${service} ${what}`);
  const { update } = change;
  if (what !== "replaced" || update === undefined || job || replicas.before === 0) return;
  assertGap(change, update, events);
  const first = Math.min(...timesOf(service, "die"));
  const begun = Math.min(...timesOf(service, "start"));
  assert.equal(begun < first ? "start-first" : "stop-first", update.order, service);
}

/** Seconds by which a busy machine may be late at a gap. */
const lateness = 10;

/** For how long none of its containers ran, or was healthy, is what was said of the gap. */
function assertGap(
  { service, replicas }: ServiceChange,
  { gap, seconds }: Replacement,
  events: readonly ServiceEvent[],
): void {
  const own = events.filter((event) => event.service === service);
  let running = replicas.before;
  let fewest = running;
  for (const { action } of own) {
    running += action === "start" ? 1 : action === "die" ? -1 : 0;
    fewest = Math.min(fewest, running);
  }
  if (gap === "none" || gap === "turns") assert.ok(fewest > 0, `${service} has no gap`);
  if (gap === "gap" && replicas.before === 1) assert.equal(fewest, 0, `${service} has a gap`);
  const ready = own.find(({ action }) => action === "health_status: healthy")?.time;
  const end = own.find(({ action }) => action === "die")?.time;
  if (gap !== "gap" || seconds === undefined || ready === undefined || end === undefined) return;
  const measured = (ready - end) / 1000;
  assert.ok(
    measured < 4 * seconds + lateness && seconds < 4 * measured,
    `${service}: ${seconds} s said, ${measured} s measured`,
  );
}
