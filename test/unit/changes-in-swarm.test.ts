import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { recordOf, stackBefore, type Before } from "../../components/changes/before.ts";
import { changesBetween } from "../../components/changes/changes.ts";
import { madeInSwarm } from "../../components/changes/made-in-swarm.ts";
import { commentOf } from "../../components/changes/markdown.ts";
import { topologyOf } from "../../components/changes/picture.ts";
import { sentences, verdict } from "../../components/changes/sentences.ts";
import { routeName } from "../../components/compose-spec/route.ts";
import { modelOnSwarm } from "../../components/model/swarm.ts";
import { projectLabel } from "../../components/plan/package-names.ts";
import { planOf, type Plan } from "../../components/plan/plan.ts";
import { describeRoute } from "../../components/plan/route.ts";
import { planForSwarm } from "../../components/plan/swarm.ts";
import { modelFrom, options, type Written } from "./builders.ts";

/* Changes of a stack in a swarm, as far as plans and the state tell them. A cluster proves some (test/swarm-failures). */

interface Stack {
  readonly services: Readonly<Record<string, Written>>;
  readonly networks?: Written;
  readonly volumes?: Written;
  readonly configs?: Written;
  readonly secrets?: Written;
}

const place = (node: string) => ({ placement: { constraints: [`node.labels.name == ${node}`] } });
const db = { image: "db:1", volumes: ["data:/data"], networks: ["back"], deploy: place("one") };

/** What changes below. */
const stack: Stack = {
  services: {
    traefik: { image: "traefik:3", ports: ["80:80"], networks: ["front"] },
    web: {
      image: "web:1",
      configs: ["page"],
      secrets: ["password"],
      networks: ["front", "back"],
      deploy: { replicas: 3 },
      depends_on: { prepare: { condition: "service_completed_successfully" } },
      "x-route": { prefix: "/web", port: 80 },
    },
    prepare: { image: "web:1", command: ["migrate"], networks: ["back"] },
    db,
    agent: { image: "agent:1", deploy: { mode: "global" }, networks: ["back"] },
    idle: { image: "idle:1", deploy: { replicas: 0 }, networks: ["back"] },
  },
  networks: { front: {}, back: {} },
  volumes: { data: {} },
  configs: { page: { content: "hello" } },
  secrets: { password: { environment: "PASSWORD" } },
};

function planned({ services, ...rest }: Stack): Plan {
  const written = modelFrom({ services, ...rest }, { gateway: "traefik", secrets: ["password"] });
  const where = { registry: "http://registry.test:5000", project: "shop" };
  const model = modelOnSwarm(written, where, { contents: {}, secretFiles: {}, digests: {} });
  return planForSwarm(planOf(model, options), model);
}

const routesOf = ({ services }: Plan) =>
  Object.fromEntries(
    services.flatMap(({ route, name }) =>
      route === undefined ? [] : [[routeName(route), describeRoute(route, name)] as const],
    ),
  );

/** What the state says of a plan that has come up in a swarm. */
function stateOf(plan: Plan): Before {
  const urn = (name: string) => `urn:pulumi:prod::shop::type::${name}`;
  const label = (name: string, value: string) => ({ label: name, value });
  const volumes = Object.fromEntries(Object.entries(plan.volumes).map(([key, { name }]) => [key, name]));
  return stackBefore("shop", [
    {
      ...{ urn: urn("shop"), type: "pulumi-compose:index:Project" },
      outputs: { project: "shop", volumes, routes: routesOf(plan) },
    },
    ...Object.entries(plan.networks).flatMap(([key, { name }]) =>
      [name, `${name}-of-an-up-that-failed`].map((known) => ({
        ...{ urn: urn(known), type: "docker:index/network:Network" },
        outputs: {
          labels: [label("com.docker.compose.project", "shop"), label("com.docker.compose.network", key)],
        },
      })),
    ),
    ...plan.services.flatMap((service) => [
      // In any order.
      {
        ...{ urn: urn(`shop_${service.name}`), type: "docker:index/service:Service" },
        outputs: {
          labels: [label(projectLabel, "shop"), label("com.docker.compose.service", service.name)],
          taskSpec: { containerSpec: { secrets: [{ secretName: `${service.name}-1` }] } },
        },
      },
      {
        ...{ urn: urn(service.name), type: "pulumi-compose:index:Service" },
        outputs: {
          project: "shop",
          tasks: service.containers.length,
          record: JSON.stringify(recordOf(service)),
        },
      },
    ]),
  ]);
}

/** What a preview tells of the step from the stack above to another one. */
function changesTo(next: Stack, secretsMade: Readonly<Record<string, readonly string[]>> = {}) {
  const [was, plan] = [planned(stack), planned(next)];
  const before = stateOf(was);
  const networksMade = Object.entries(plan.networks).flatMap(([key, { name }]) =>
    was.networks[key]?.name === name ? [] : [key],
  );
  const observed = { networksMade, secretsMade };
  const changes = changesBetween(before, plan, {
    ...{ ...observed, made: madeInSwarm(before, plan, observed), imagesMade: [], inSwarm: true, drift: {} },
    ...{ secrets: ["password"], starts: { db: 4 }, routes: routesOf(plan), routesFromFiles: true },
  });
  return { changes, plan };
}

/** The stack with other services: `undefined` takes one out. */
function withServices(
  services: Readonly<Record<string, Written | undefined>>,
  more: Partial<Stack> = {},
): Stack {
  const all = Object.entries({ ...stack.services, ...services });
  return {
    ...{ ...stack, ...more },
    services: Object.fromEntries(
      all.flatMap(([name, service]) => (service === undefined ? [] : [[name, service]])),
    ),
  };
}

const of = (name: string, more: Written): Record<string, Written> => ({
  [name]: { ...stack.services[name], ...more },
});
const webDeploy = { replicas: 3 };
const life = (key: string) => `a swarm's service has its ${key} for life, and is made anew`;
const inTurn =
  "start-first, without a gap, 1 at a time (a swarm lets others find a container when it is ready)";

describe("a change of a stack in a swarm", () => {
  for (const [title, next, said, expected, secretsMade] of [
    ["of nothing", stack, "nothing changes", []],
    [
      "adds a service with a volume on a new network",
      withServices(
        { cache: { image: "cache:1", volumes: ["more:/more"], networks: ["more"], deploy: place("two") } },
        { networks: { front: {}, back: {}, more: {} }, volumes: { data: {}, more: {} } },
      ),
      "1 service added, no data touched",
      [
        "cache is added",
        "  begins with an empty volume shop_more",
        "network more is new",
        "volume shop_more is new: a node that has none of that name makes it, empty",
      ],
    ],
    [
      "adds a service that runs on each node",
      withServices({ probe: { image: "probe:1", deploy: { mode: "global" }, networks: ["back"] } }),
      "1 service added, no data touched",
      ["probe is added, one a node"],
    ],
    [
      "removes a service, and leaves its volume on its node",
      withServices({ db: undefined }, { volumes: {} }),
      "1 service removed, all data kept",
      [
        "db is removed",
        "  its data stays in shop_data",
        "volume shop_data is left behind with its data: no `up` removes it from a node, and no `destroy`",
      ],
    ],
    [
      "removes a service that has no containers",
      withServices({ idle: undefined }),
      "1 service removed, no data touched",
      ["idle is removed"],
    ],
    [
      "renames a service",
      withServices({ db: undefined, database: db }),
      "1 service renamed, all data kept",
      ["database takes the place of db, which is renamed", "  takes up again the data in shop_data"],
    ],
    [
      "adds a service that is like one which had no containers, and which goes",
      withServices({ idle: undefined, agent: undefined, quiet: { image: "idle:1", networks: ["back"] } }),
      "1 service added, 2 removed, no data touched",
      ["quiet is added", "agent is removed", "idle is removed"],
    ],
    [
      "makes a network anew",
      { ...stack, networks: { front: {}, back: { internal: true } } },
      "3 services replaced with a gap of about 4 s, 1 job run again, all data kept",
      [
        "prepare is a job and runs again",
        "web is replaced stop-first, with a gap (its network back is made anew)",
        "db is replaced stop-first, with a gap of about 4 s (its network back is made anew)",
        "  takes up again the data in shop_data",
        "agent is replaced stop-first, with a gap (its network back is made anew)",
        "network back is made anew: what is on the network stops first",
      ],
    ],
    [
      "gives a service another network",
      withServices(of("traefik", { networks: ["front", "back"] })),
      "1 service replaced with a gap, no data touched",
      [`traefik is replaced stop-first, with a gap (${life("networks")})`, "  networks added: back"],
    ],
    [
      "takes a network away",
      withServices(
        {
          ...of("web", { networks: ["back"], "x-route": undefined }),
          ...of("traefik", { networks: ["back"] }),
        },
        { networks: { back: {} } },
      ),
      "2 services replaced with a gap, no data touched",
      [
        `traefik is replaced stop-first, with a gap (${life("networks")})`,
        "  networks front → back",
        `web is replaced stop-first, with a gap (${life("networks")})`,
        "  networks removed: front",
        "network front is gone",
        "route web is gone: /web/* → http://web:80/*",
      ],
    ],
    [
      "gives a service a further volume",
      withServices(of("db", { volumes: ["data:/data", "more:/more"] }), { volumes: { data: {}, more: {} } }),
      "1 service replaced with a gap of about 4 s, shop_more begins empty",
      [
        "db is replaced stop-first, with a gap of about 4 s (it writes to shop_data)",
        "  takes up again the data in shop_data",
        "  begins with an empty volume shop_more",
        "  volumes added: shop_more:/more",
        "volume shop_more is new: a node that has none of that name makes it, empty",
      ],
    ],
    [
      "moves a service with a volume to another node",
      withServices(of("db", { deploy: place("two") })),
      "1 service replaced with a gap of about 4 s, shop_data does not move along",
      [
        "db is replaced stop-first, with a gap of about 4 s (it writes to shop_data)",
        "  shop_data does not move along: its data stays on the node that has it",
        "  deploy.placement.constraints node.labels.name == one → node.labels.name == two",
        "  a container on a node that fits may stay",
      ],
    ],
    [
      "moves a service whose driver shares its data",
      withServices(of("db", { deploy: place("two") }), {
        volumes: { data: { driver_opts: { type: "nfs" } } },
      }),
      "1 service replaced with a gap of about 4 s, all data kept",
      [
        "db is replaced stop-first, with a gap of about 4 s (it writes to shop_data)",
        "  takes up again the data in shop_data",
        "  deploy.placement.constraints node.labels.name == one → node.labels.name == two",
        "  a container on a node that fits may stay",
      ],
    ],
    [
      "gives a config another text",
      { ...stack, configs: { page: { content: "good day" } } },
      "1 service replaced without a gap, no data touched",
      [`web is replaced ${inTurn}`, "  files /page changed"],
    ],
    [
      "gives a secret another value",
      stack,
      "1 service replaced without a gap, no data touched",
      [`web is replaced ${inTurn}`, "  a secret that it uses has changed: password"],
      { web: ["password"] },
    ],
    [
      "gives a secret another value, and a variable",
      withServices(of("web", { environment: { TTL: "1" } })),
      "1 service replaced without a gap, no data touched",
      [
        `web is replaced ${inTurn}`,
        "  environment.TTL added: 1",
        "  a secret that it uses has changed: password",
      ],
      { web: ["password"] },
    ],
    [
      "scales a service",
      withServices(of("web", { deploy: { replicas: 5 } })),
      "1 service scaled, no data touched",
      ["web is scaled 3 → 5"],
    ],
    [
      "scales a service to nothing, and brings one up again",
      withServices({ ...of("web", { deploy: { replicas: 0 } }), ...of("idle", { deploy: { replicas: 2 } }) }),
      "2 services scaled, no data touched",
      ["web is scaled 3 → 0", "idle is scaled 0 → 2"],
    ],
    [
      "runs a service on each node",
      withServices(of("web", { deploy: { mode: "global" } })),
      "1 service replaced with a gap, no data touched",
      [
        `web is replaced stop-first, with a gap (${life("deploy.mode")}), and runs on each node`,
        "  deploy.mode added: global",
      ],
    ],
    [
      "runs a service of each node twice",
      withServices(of("agent", { deploy: { replicas: 2 } })),
      "1 service replaced with a gap, no data touched",
      [
        `agent is replaced stop-first, with a gap (${life("deploy.mode")}), and is scaled one a node → 2`,
        "  deploy.mode removed: global",
      ],
    ],
    [
      "publishes another port",
      withServices(of("traefik", { ports: ["8080:80"] })),
      "1 service replaced with a gap, no data touched",
      [
        "traefik is replaced stop-first, with a gap (only one container of a node can publish port 8080)",
        "  ports 80:80 → 8080:80",
        "port 8080 opens to the world (traefik)",
      ],
    ],
    [
      "moves a route, for which no container is exchanged",
      withServices(of("web", { "x-route": { prefix: "/page", port: 80 } })),
      "no service changes, no data touched",
      ["route page moves: /web/* → http://web:80/* becomes /page/* → http://web:80/*"],
    ],
    [
      "labels a service, for which no container is exchanged",
      withServices(of("web", { deploy: { ...webDeploy, labels: { team: "web" } } })),
      "nothing changes",
      [],
    ],
    [
      "labels the containers of a service",
      withServices(of("web", { labels: { team: "web" } })),
      "1 service replaced with a gap, no data touched",
      [`web is replaced stop-first, with a gap (${life("labels.team")})`, "  labels.team added: web"],
    ],
    [
      "runs a job again",
      withServices(of("prepare", { command: ["migrate", "--all"] })),
      "1 job run again, no data touched",
      ["prepare is a job and runs again", "  command migrate → migrate --all"],
    ],
    [
      "gives a service another image, and exchanges two at a time",
      withServices(of("web", { image: "web:2", deploy: { replicas: 3, update_config: { parallelism: 2 } } })),
      "1 service replaced without a gap, no data touched",
      [
        `web is replaced ${inTurn.replace("1 at", "2 at")}`,
        "  image web:1 → web:2",
        "  deploy.update_config.parallelism added: 2",
      ],
    ],
    [
      "does several at once",
      withServices(
        {
          ...of("web", { environment: { A: "1" }, deploy: { replicas: 1 } }),
          ...of("prepare", { environment: { A: "1" } }),
          ...{ idle: undefined, fresh: { image: "fresh:1", networks: ["back"] } },
        },
        { configs: { page: { content: "good day" } } },
      ),
      "1 service replaced without a gap, 1 job run again, 1 service added, 1 removed, no data touched",
      [
        "prepare is a job and runs again",
        "  environment.A added: 1",
        "web is replaced start-first, without a gap (a swarm lets others find a container when it is ready), and is scaled 3 → 1",
        "  files /page changed",
        "  environment.A added: 1",
        "fresh is added",
        "idle is removed",
      ],
    ],
  ] as readonly (readonly [
    title: string,
    next: Stack,
    verdict: string,
    sentences: readonly string[],
    secretsMade?: Readonly<Record<string, readonly string[]>>,
  ])[]) {
    test(title, () => {
      const { changes, plan } = changesTo(next, secretsMade);
      assert.deepEqual([verdict(changes), sentences(changes)], [said, expected]);
      const text = commentOf({
        ...{ subject: "the stack prod of shop", findings: [], succeeded: true, differs: false, printed: "" },
        projects: [{ changes, topology: topologyOf(plan) }],
      });
      const rows = [...text.matchAll(/^\| (\S+) \| (?!change |---)/gm)].map(([, service]) => service);
      assert.deepEqual(
        rows,
        changes.services.map(({ service }) => service),
        "a row a service",
      );
      for (const { service, what } of changes.services) {
        const mark = { added: "new", renamed: "new", removed: "gone" }[what as string] ?? "changed";
        assert.match(
          text,
          new RegExp(`\\["${service} \\(${mark}\\)"\\]:::${mark}`),
          "and a place in the picture",
        );
      }
    });
  }
});
