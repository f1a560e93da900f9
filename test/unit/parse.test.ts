import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { z } from "zod";
import { describeMistakes } from "../../components/findings/describe.ts";
import { mistake, type Finding } from "../../components/findings/finding.ts";
import { nearest, suggestion } from "../../components/findings/nearest.ts";
import { parse, type Parsed } from "../../components/compose-spec/parse.ts";
import { definitionsSchema, type Definitions } from "../../components/compose-spec/definitions.ts";
import type { Service } from "../../components/compose-spec/service.ts";
import { said, type Written } from "./builders.ts";

const file = "Pulumi.dev.yaml";

/** Reads a project with a schema that fails the test when it is asked without an end. */
function read(value: unknown): Parsed<Definitions> {
  let times = 0;
  const bounded = Object.create(definitionsSchema, {
    safeParse: {
      value: (input: unknown) => {
        times += 1;
        if (times > 50) throw new Error("reads the same mistake again and again");
        return definitionsSchema.safeParse(input);
      },
    },
  }) as z.ZodType<Definitions>;
  return parse(bounded, value, "", file, {});
}

function readService(service: unknown): { service: Service | undefined; mistakes: readonly Finding[] } {
  const { value, mistakes } = read({ services: { app: service } });
  return { service: value.services?.app, mistakes };
}

/** What a user writes, and the canonical form of it. */
const forms: [title: string, written: Written, canonical: Written][] = [
  ["a port alone", { ports: ["8000", 9000] }, { ports: [{ target: 8000 }, { target: 9000 }] }],
  ["host port and port", { ports: ["8001:8000"] }, { ports: [{ target: 8000, published: "8001" }] }],
  [
    "host address, host port, port and protocol",
    { ports: ["127.0.0.1:53:5353/udp"] },
    { ports: [{ target: 5353, published: "53", host_ip: "127.0.0.1", protocol: "udp" }] },
  ],
  [
    "a host address and a port that the engine chooses",
    { ports: ["127.0.0.1::8000"] },
    { ports: [{ target: 8000, host_ip: "127.0.0.1" }] },
  ],
  [
    "an IPv6 host address",
    { ports: ["[::1]:8001:8000"] },
    { ports: [{ target: 8000, published: "8001", host_ip: "::1" }] },
  ],
  [
    "the long form of a port, as Compose prints it",
    { ports: [{ mode: "ingress", target: 8000, published: 8001, protocol: "tcp" }] },
    { ports: [{ mode: "ingress", target: 8000, published: "8001", protocol: "tcp" }] },
  ],
  [
    "a named volume",
    { volumes: ["data:/data"] },
    { volumes: [{ type: "volume", source: "data", target: "/data" }] },
  ],
  [
    "a read-only volume",
    { volumes: ["data:/data:ro"] },
    { volumes: [{ type: "volume", source: "data", target: "/data", read_only: true }] },
  ],
  ["an anonymous volume", { volumes: ["/data"] }, { volumes: [{ type: "volume", target: "/data" }] }],
  [
    "bind mounts",
    { volumes: ["./here:/a", "/there:/b:ro"] },
    {
      volumes: [
        { type: "bind", source: "./here", target: "/a", bind: { create_host_path: true } },
        { type: "bind", source: "/there", target: "/b", bind: { create_host_path: true }, read_only: true },
      ],
    },
  ],
  [
    "the environment as a list",
    { environment: ["A=1", "URL=http://x/?a=b", "EMPTY="] },
    { environment: { A: "1", URL: "http://x/?a=b", EMPTY: "" } },
  ],
  [
    "numbers and booleans in the environment",
    { environment: { PORT: 8000, DEBUG: true, NOTHING: null } },
    { environment: { PORT: "8000", DEBUG: "true", NOTHING: null } },
  ],
  ["labels as a list", { labels: ["a=1", "b=x=y", "c"] }, { labels: { a: "1", b: "x=y", c: "" } }],
  ["networks as a list", { networks: ["backend"] }, { networks: { backend: null } }],
  ["a network without attributes", { networks: { backend: null } }, { networks: { backend: null } }],
  [
    "dependencies as a list",
    { depends_on: ["postgres"] },
    { depends_on: { postgres: { condition: "service_started" } } },
  ],
  ["a build as its context", { build: "./app" }, { build: { context: "./app" } }],
  [
    "build arguments as a list",
    { build: { context: ".", args: ["A=1", "B"] } },
    { build: { context: ".", args: { A: "1", B: null } } },
  ],
  [
    "a health check as a command line",
    { healthcheck: { test: "redis-cli ping" } },
    { healthcheck: { test: ["CMD-SHELL", "redis-cli ping"] } },
  ],
  ["one tmpfs", { tmpfs: "/tmp" }, { tmpfs: ["/tmp"] }],
  [
    "one name server",
    { dns: "8.8.8.8", dns_search: "example.org" },
    { dns: ["8.8.8.8"], dns_search: ["example.org"] },
  ],
  ["extra hosts as a mapping", { extra_hosts: { db: "10.0.0.1" } }, { extra_hosts: ["db=10.0.0.1"] }],
  [
    "kernel settings as a list",
    { sysctls: ["net.core.somaxconn=1024"] },
    { sysctls: { "net.core.somaxconn": "1024" } },
  ],
  [
    "a config by its name",
    { configs: ["app.yml"] },
    { configs: [{ source: "app.yml", target: "/app.yml" }] },
  ],
  [
    "a config by its name, as Compose prints it",
    { configs: [{ source: "app.yml" }] },
    { configs: [{ source: "app.yml", target: "/app.yml" }] },
  ],
  ["a number of CPUs as text", limits({ cpus: "0.5" }), limits({ cpus: 0.5 })],
  ["a numeric user", { user: 1000 }, { user: "1000" }],
  ["what Compose prints for unset keys", { command: null, entrypoint: null, networks: {} }, { networks: {} }],
  [
    "what Compose prints for the attributes of a mount",
    { volumes: [{ type: "volume", source: "data", target: "/data", volume: {} }] },
    { volumes: [{ type: "volume", source: "data", target: "/data", volume: {} }] },
  ],
  ["other tools' extension keys", { image: "x", "x-other-tool": { any: "thing" } }, { image: "x" }],
];

function limits(resources: Written): Written {
  return { deploy: { resources: { limits: resources } } };
}

describe("a service", () => {
  for (const [title, written, canonical] of forms) {
    test(`may be written with ${title}`, () => {
      const { service, mistakes } = readService(written);
      assert.deepEqual(mistakes, []);
      assert.deepEqual(service, canonical);
    });
  }

  test("has a canonical form that reads as itself", () => {
    for (const [, , canonical] of forms) {
      assert.deepEqual(readService(canonical).service, canonical);
    }
  });

  test("may have what Compose prints for a placement that was never given", () => {
    const { mistakes } = readService({ deploy: { resources: {}, placement: {} } });
    assert.deepEqual(mistakes, []);
  });
});

test("a network or volume without attributes is declared all the same", () => {
  const { value, mistakes } = read({
    networks: { backend: null, frontend: { ipam: {} } },
    volumes: { data: null },
  });
  assert.deepEqual(mistakes, []);
  assert.deepEqual(value, { networks: { backend: {}, frontend: { ipam: {} } }, volumes: { data: {} } });
});

describe("an unknown key", () => {
  const cases: [place: string, value: unknown, near: string][] = [
    ["sevices", { sevices: {} }, "services"],
    ["services.app.enviroment", { services: { app: { enviroment: {} } } }, "environment"],
    ["services.app.volume", { services: { app: { volume: [] } } }, "volumes"],
    [
      "services.app.healthcheck.start_perod",
      { services: { app: { healthcheck: { start_perod: "1s" } } } },
      "start_period",
    ],
    ["services.app.deploy.resources.limits.memry", { services: { app: limits({ memry: "1g" }) } }, "memory"],
    ["services.app.build.contxt", { services: { app: { build: { context: ".", contxt: "." } } } }, "context"],
    [
      "services.app.ports.0.publish",
      { services: { app: { ports: [{ target: 80, publish: 80 }] } } },
      "published",
    ],
    [
      "services.app.depends_on.db.conditon",
      { services: { app: { depends_on: { db: { condition: "service_started", conditon: "x" } } } } },
      "condition",
    ],
    [
      "services.app.x-route.prefx",
      { services: { app: { "x-route": { prefix: "/a", port: 80, prefx: "/b" } } } },
      "prefix",
    ],
    ["networks.backend.internl", { networks: { backend: { internl: true } } }, "internal"],
    ["volumes.data.extrnal", { volumes: { data: { extrnal: true } } }, "external"],
  ];
  for (const [place, value, near] of cases) {
    test(`is named with the nearest known key: ${place}`, () => {
      const { mistakes } = read(value);
      const key = place.split(".").at(-1) ?? "";
      assert.deepEqual(mistakes, [
        mistake("unknown-key", {
          file,
          path: place,
          message: `unknown key \`${key}\``,
          fix: `did you mean \`${near}\`?`,
        }),
      ]);
    });
  }

  test("of Compose that is not supported is refused by its name, with the reason", () => {
    for (const [key, reason] of [
      ["uts", "the Docker provider cannot set it"],
      ["env_file", "docker compose config resolves it, and here no Compose file is read"],
      ["credential_spec", "only Windows containers have it"],
      ["models", "only Docker Desktop runs models"],
    ] as const) {
      const { mistakes } = readService({ image: "x", [key]: "any" });
      assert.deepEqual(said(mistakes), [`services.app.${key}: \`${key}\` is not supported: ${reason}`]);
    }
  });

  test("does not hide the keys beside it", () => {
    assert.deepEqual(readService({ image: "x", imge: "y", init: true }).service, { image: "x", init: true });
  });
});

/** A mistake, where it is reported and what its advice must speak of. */
const wrong: [title: string, service: Written, path: string, fix: RegExp][] = [
  ["a number for a text", { image: 5 }, "image", /string/],
  ["a text for a boolean", { init: "perhaps" }, "init", /boolean/],
  ["a text for a list", { cap_add: "NET_ADMIN" }, "cap_add", /array|list/],
  ["a text for a mapping", { healthcheck: "redis-cli ping" }, "healthcheck", /object|mapping/],
  ["a list for a text in a mapping", { environment: { A: ["x"] } }, "environment.A", /string/],
  ["a boolean for a number", limits({ cpus: true }), "deploy.resources.limits.cpus", /number/],
  ["no number of CPUs", limits({ cpus: "many" }), "deploy.resources.limits.cpus", /number/],
  ["no byte size", limits({ memory: "much" }), "deploy.resources.limits.memory", /512M/],
  ["no duration", { stop_grace_period: "soon" }, "stop_grace_period", /1m30s/],
  ["a duration without its unit", { healthcheck: { interval: "10" } }, "healthcheck.interval", /10s/],
  ["no port", { ports: ["eighty"] }, "ports.0", /host port.*container port/],
  ["a port that cannot be", { ports: ["99999"] }, "ports.0", /65535/],
  ["a host port that cannot be", { ports: ["99999:80"] }, "ports.0", /65535/],
  ["a text for a host port", { ports: [{ target: 80, published: "http" }] }, "ports.0.published", /port/],
  [
    "a range of host ports that ends before it begins",
    { ports: [{ target: 80, published: "9010-9000" }] },
    "ports.0.published",
    /port/,
  ],
  ["no mount", { volumes: [5] }, "volumes.0", /source:\/path/],
  ["a command line for a list of words", { command: "redis-server --save 60" }, "command", /list of words/],
  ["no restart policy", { restart: "sometimes" }, "restart", /unless-stopped/],
  [
    "no condition",
    { depends_on: { db: { condition: "service_ready" } } },
    "depends_on.db.condition",
    /service_healthy/,
  ],
  ["a prefix with a slash at its end", { "x-route": { prefix: "/a/", port: 80 } }, "x-route.prefix", /slash/],
  ["a missing prefix", { "x-route": { port: 80 } }, "x-route.prefix", /./],
  ["a missing container port", { ports: [{ published: "80" }] }, "ports.0.target", /./],
  ["a missing condition", { depends_on: { db: {} } }, "depends_on.db.condition", /service_healthy/],
  ["a missing target", { volumes: [{ type: "volume" }] }, "volumes.0.target", /./],
];

describe("a wrong value", () => {
  for (const [title, service, path, fix] of wrong) {
    test(`is told once, at its path, with what to write: ${title}`, () => {
      const { mistakes } = readService(service);
      assert.equal(mistakes.length, 1, describeMistakes(mistakes));
      // A short form's own parts have no path in the file: its place in the list is as near as it gets.
      assert.match(
        mistakes[0]?.path ?? "",
        new RegExp(`^services\\.app\\.${path.replaceAll(".", "\\.")}(?:\\.|$)`),
      );
      assert.equal(mistakes[0]?.file, file);
      assert.match(mistakes[0].fix, fix);
    });
  }

  for (const [title, value] of [
    ["a text for all services", { services: "postgres" }],
    ["a list for all services", { services: ["postgres"] }],
    ["a list for a service", { services: { app: ["image"] } }],
    ["nothing for a service", { services: { app: null } }],
    ["a text for a network", { networks: { backend: "bridge" } }],
    ["a mapping for a driver option", { networks: { backend: { driver_opts: { mtu: { a: 1 } } } } }],
    ["a text for the whole", "services"],
  ] as const) {
    test(`is told once: ${title}`, () => {
      assert.equal(read(value).mistakes.length, 1);
    });
  }

  test("is left out, so that the rest can be checked all the same", () => {
    const { value, mistakes } = read({
      services: {
        app: { image: "x", ports: ["80", "eighty"], environment: { A: "1", B: ["x"] }, init: 5 },
        other: { image: "y" },
      },
    });
    assert.equal(mistakes.length, 3);
    assert.deepEqual(value, {
      services: {
        app: { image: "x", ports: [{ target: 80 }], environment: { A: "1" } },
        other: { image: "y" },
      },
    });
  });
});

for (const [title, written] of [
  ["that is no mapping", 1],
  ["with a key that has no name", { "": {} }],
] as const) {
  test(`a file ${title} is a mistake with a place`, () => {
    const { mistakes } = read(written);
    assert.deepEqual(said(mistakes.slice(0, 1)), [
      `(the file): ${written === 1 ? "the value has the wrong type" : "unknown key ``"}`,
    ]);
  });
}

for (const name of ["constructor", "toString", "hasOwnProperty"]) {
  test(`a key called ${name} is as unknown as any other`, () => {
    const { mistakes } = readService({ [name]: 1 });
    assert.deepEqual(said(mistakes), [`services.app.${name}: unknown key \`${name}\``]);
  });
}

test("a list that holds mappings where texts belong is a mistake, whatever the mappings hold", () => {
  const written = { toString: "", valueOf: "" };
  for (const [key, value] of [
    ["environment", [written]],
    ["networks", [written]],
    ["extra_hosts", { host: written }],
  ] as const) {
    const { mistakes } = readService({ [key]: value });
    assert.equal(mistakes.length, 1, key);
    assert.ok(mistakes[0]?.path.startsWith(`services.app.${key}`));
  }
});

test("all mistakes are told at once", () => {
  const services = Object.fromEntries(wrong.map(([, service], index) => [`s${index}`, service]));
  const { mistakes } = read({ services, netwoks: {} });
  assert.equal(mistakes.length, wrong.length + 1);
});

test("what is read is not changed by reading it", () => {
  const value = { services: { app: { image: 5, ports: ["eighty", "80"], imge: "x" } } };
  const before = structuredClone(value);
  read(value);
  assert.deepEqual(value, before);
});

test("the path of a value in its file comes before each mistake's own", () => {
  const { mistakes } = parse(definitionsSchema, { services: { app: { init: 5 } } }, "super-team", file, {});
  assert.equal(mistakes[0]?.path, "super-team.services.app.init");
});

describe("the nearest name", () => {
  const known = ["image", "environment", "depends_on", "ports"];
  test("is the one with the fewest letters changed, whatever their case", () => {
    assert.equal(nearest("enviroment", known), "environment");
    assert.equal(nearest("Image", known), "image");
    assert.equal(nearest("dependson", known), "depends_on");
  });

  test("is none when nothing is near", () => {
    assert.equal(nearest("kubernetes", known), undefined);
    assert.equal(nearest("port", []), undefined);
  });

  test("is asked for, or else all names are listed", () => {
    assert.equal(suggestion("prots", known), "did you mean `ports`?");
    assert.equal(suggestion("kubernetes", known), "write one of: image, environment, depends_on, ports");
    assert.equal(suggestion("anything", []), "there are none");
  });
});

describe("the text of a list of mistakes", () => {
  const missing = mistake("missing-key", {
    path: "services.app.image",
    message: "the key is missing",
    fix: "write it",
  });

  test("says how many there are, and of each the file and line, the key, what is wrong, its name and what to do", () => {
    assert.equal(
      describeMistakes([{ ...missing, file }, { ...missing, file, line: 12 }, missing]),
      [
        "3 mistakes in the stack, nothing was touched:",
        "",
        "  Pulumi.dev.yaml: services.app.image",
        "    the key is missing [missing-key]",
        "    → write it",
        "",
        "  Pulumi.dev.yaml:12: services.app.image",
        "    the key is missing [missing-key]",
        "    → write it",
        "",
        "  services.app.image",
        "    the key is missing [missing-key]",
        "    → write it",
        "",
      ].join("\n"),
    );
  });

  test("counts one as one", () => {
    assert.match(describeMistakes([missing]), /^1 mistake in the stack/);
  });
});

test("that a network has IPv4 need not be said, and that one has none cannot be", () => {
  const network = (enable_ipv4: boolean) => read({ networks: { inner: { enable_ipv4, internal: true } } });
  assert.deepEqual(network(true), { value: { networks: { inner: { internal: true } } }, mistakes: [] });
  assert.deepEqual(said(network(false).mistakes), [
    "networks.inner.enable_ipv4: `enable_ipv4` is not supported: the Docker provider cannot set it",
  ]);
});

test("a mount of another kind than the provider has is told as that", () => {
  const { mistakes } = readService({ volumes: [{ type: "image", source: "a", target: "/a" }] });
  assert.deepEqual(
    mistakes.map(({ path, fix }) => `${path}: ${fix}`),
    ["services.app.volumes.0.type: write volume, bind or tmpfs: the Docker provider mounts nothing else"],
  );
});

test("extension keys of other tools are passed over at any depth", () => {
  const written = {
    "x-top": 1,
    services: {
      app: {
        image: "app",
        "x-owner": "platform",
        build: { context: ".", "x-b": 1 },
        healthcheck: { test: ["CMD", "true"], "x-owner": "platform" },
        depends_on: { db: { condition: "service_started", "x-why": "schema" } },
        deploy: {
          "x-d": 1,
          resources: { "x-r": 1, limits: { cpus: 1, "x-l": 1 }, reservations: { memory: "1g", "x-r": 1 } },
          update_config: { order: "stop-first", "x-u": 1 },
          restart_policy: { condition: "any", "x-p": 1 },
        },
        ports: [{ target: 80, "x-p": 1 }],
        networks: { default: { aliases: ["a"], "x-n": 1 } },
        logging: { driver: "local", "x-l": 1 },
        volumes: [
          { type: "bind", source: "/a", target: "/a", "x-v": 1, bind: { propagation: "shared", "x-b": 1 } },
        ],
        ulimits: { nofile: { soft: 1, hard: 2, "x-u": 1 } },
        configs: [{ source: "c", target: "/c", "x-c": 1 }],
        secrets: [{ source: "s", target: "/s", "x-s": 1 }],
        devices: [{ source: "/dev/a", target: "/dev/a", permissions: "r", "x-d": 1 }],
        gpus: [{ count: 1, "x-g": 1 }],
        // A mapping whose keys are anything has them all.
        environment: { "x-kept": "1" },
        labels: { "x-kept": "1" },
      },
    },
    networks: { default: { "x-n": 1, ipam: { "x-i": 1, config: [{ subnet: "10.9.0.0/24", "x-s": 1 }] } } },
    volumes: { data: { "x-v": 1 } },
    configs: { c: { content: "a", "x-c": 1 } },
  };
  const { value, mistakes } = parse(definitionsSchema, written, "", undefined, {});
  assert.deepEqual(mistakes, []);
  assert.deepEqual(JSON.stringify(value).match(/x-[a-z]+/g), ["x-kept", "x-kept"]);
});
