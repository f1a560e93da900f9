import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { imageHealthchecks } from "../../components/checks/dependencies.ts";
import { missingImages } from "../../components/checks/images.ts";
import { check, checkExternals, placed } from "../../components/checks/index.ts";
import { pausedContainers } from "../../components/checks/paused.ts";
import { describeMistakes } from "../../components/findings/describe.ts";
import { isMistake, type Finding } from "../../components/findings/finding.ts";
import { parse } from "../../components/compose-spec/parse.ts";
import { definitionsSchema } from "../../components/compose-spec/definitions.ts";
import type { AbsentImage, EngineContainer } from "../../components/model/facts.ts";
import { modelOf, type Model } from "../../components/model/model.ts";
import { definitions, said, modelFrom, type Written } from "./builders.ts";

const everythingExists: (path: string) => boolean = () => true;
const healthy = { image: "db", networks: ["backend"], healthcheck: { test: ["CMD", "true"] } };
const networks = {
  frontend: null,
  backend: { internal: true },
  machine: { external: true, name: "host" },
};

/** The mistakes in a stack of these services, on the networks frontend and backend. */
function checked(services: Written, more: Partial<Model> = {}, exists = everythingExists): Finding[] {
  const volumes = { data: null };
  const model = modelFrom({ services, networks, volumes, configs: { "app.yml": { content: "" } } }, more);
  return check(model, exists).filter(isMistake);
}

test("a stack without mistakes has none", () => {
  assert.deepEqual(
    checked(
      {
        db: { ...healthy, volumes: ["data:/data"], ports: ["5432"] },
        job: { build: "./job", networks: ["backend"], depends_on: { db: { condition: "service_healthy" } } },
        app: {
          image: "app",
          networks: ["backend", "frontend"],
          ports: ["8000:8000"],
          configs: ["app.yml"],
          environment: { DB: "postgresql://u:${dbPassword}@db:5432/x" },
          depends_on: {
            db: { condition: "service_healthy" },
            job: { condition: "service_completed_successfully" },
          },
          "x-route": { prefix: "/api/app", port: 8000 },
        },
      },
      { secrets: ["dbPassword"] },
    ),
    [],
  );
});

test("a stack without services has no mistakes", () => {
  assert.deepEqual(checked({}), []);
});

test("a name that every object has is no service's, network's or config's until somebody defines it", () => {
  const services = {
    app: {
      image: "app",
      networks: ["backend"],
      environment: { URL: "http://constructor:80/" },
      depends_on: ["toString"],
      configs: ["valueOf"],
    },
  };
  assert.deepEqual(said(checked(services)), [
    "services.app.configs.0: config `valueOf` is not declared",
    "services.app.depends_on.toString: there is no service `toString`",
  ]);
});

/** A mistake, the services it is in, and all that is said of it. */
const mistakes: [
  title: string,
  services: Written,
  expected: Pick<Finding, "name" | "path" | "message" | "fix">,
][] = [
  [
    "one host port for several containers",
    { app: { image: "app", scale: 2, ports: ["8000:80"] } },
    {
      name: "not-for-replicas",
      path: "services.app.ports.0",
      message: "2 containers cannot publish one host port, 8000",
      fix: "write a range of host ports, or leave the host port out: Docker then chooses one for each container",
    },
  ],
  [
    "a range of host ports that is too short for its containers",
    { app: { image: "app", scale: 3, ports: ["8000-8001:80"] } },
    {
      name: "not-for-replicas",
      path: "services.app.ports.0",
      message: "3 containers cannot each have a host port of 8000-8001",
      fix: "write a range that has a port for each container and that no other port of the service takes from",
    },
  ],
  [
    "a port of a range that another service publishes",
    {
      a: { image: "a", scale: 2, ports: ["8000-8005:80"] },
      b: { image: "b", ports: ["8001:80"] },
    },
    {
      name: "duplicate-host-port",
      path: "services.b.ports.0",
      message: "host port 8001 is already published by `a`",
      fix: "choose another host port, or leave it out: Docker then chooses a free one",
    },
  ],
  [
    "a relative target, as Compose takes a volume of one letter for",
    { app: { image: "app", volumes: [{ type: "volume", target: "d:/d" }] } },
    {
      name: "invalid-value",
      path: "services.app.volumes.0",
      message: "the target `d:/d` is no absolute path in the container",
      fix: "Compose takes one letter before a colon for a drive of Windows: give the volume a longer name",
    },
  ],
  [
    "a relative target of a file system in memory",
    { app: { image: "app", tmpfs: ["run:size=1m"] } },
    {
      name: "invalid-value",
      path: "services.app.tmpfs.0",
      message: "the target `run` is no absolute path in the container",
      fix: "write /run",
    },
  ],
  [
    "one name for several containers",
    { app: { image: "app", deploy: { replicas: 3 }, container_name: "mine" } },
    {
      name: "not-for-replicas",
      path: "services.app.container_name",
      message: "3 containers cannot have one name",
      fix: "remove the key, or run one container",
    },
  ],
  [
    "one address for several containers",
    { app: { image: "app", scale: 2, networks: { frontend: { ipv4_address: "10.0.0.2" } } } },
    {
      name: "not-for-replicas",
      path: "services.app.networks.frontend.ipv4_address",
      message: "2 containers cannot have one address",
      fix: "remove the key: Docker then chooses an address for each container",
    },
  ],
  [
    "networks beside a network mode",
    { app: { image: "app", network_mode: "host", networks: ["frontend"] } },
    {
      name: "network-mode-conflict",
      path: "services.app.network_mode",
      message: "a service has either network_mode or networks, not both",
      fix: "remove network_mode or networks",
    },
  ],
  [
    "a network of every engine, which takes no names",
    { app: { image: "app", networks: ["machine"] } },
    {
      name: "network-mode-conflict",
      path: "services.app.networks.machine",
      message: "Docker's own network `host` knows no service by its name, and refuses a service of Compose",
      fix: "write network_mode: host in place of the network",
    },
  ],
  [
    "ports of a container in another's network",
    { db: healthy, app: { image: "app", network_mode: "service:db", ports: ["80"] } },
    {
      name: "network-mode-conflict",
      path: "services.app.ports",
      message: "ports cannot be set with network_mode service:db",
      fix: "set it on db, which owns the network",
    },
  ],
  [
    "a network that is shared with no service",
    { db: healthy, app: { image: "app", network_mode: "service:dc" } },
    {
      name: "unknown-service",
      path: "services.app.network_mode",
      message: "there is no service `dc`",
      fix: "did you mean `db`?",
    },
  ],
  [
    "volumes of no service",
    { db: healthy, app: { image: "app", volumes_from: ["dc:ro"] } },
    {
      name: "unknown-service",
      path: "services.app.volumes_from",
      message: "there is no service `dc`",
      fix: "did you mean `db`?",
    },
  ],
  [
    "a health check of no kind that Docker knows",
    { app: { image: "app", healthcheck: { test: ["curl", "-f", "http://localhost"] } } },
    {
      name: "invalid-value",
      path: "services.app.healthcheck.test",
      message: "Docker knows no kind of health check that is called `curl`, and runs none",
      fix: "begin the list with CMD, or with CMD-SHELL for one text that a shell reads",
    },
  ],
  [
    "a secret that is declared nowhere",
    { app: { image: "app", secrets: ["app.yml"] } },
    {
      name: "not-declared",
      path: "services.app.secrets.0",
      message: "secret `app.yml` is not declared",
      fix: "there are none",
    },
  ],
  [
    "a service that exists nowhere in depends_on",
    { postgres: healthy, app: { ...healthy, depends_on: ["postgress"] } },
    {
      name: "unknown-service",
      path: "services.app.depends_on.postgress",
      message: "there is no service `postgress`",
      fix: "did you mean `postgres`?",
    },
  ],
  [
    "a cycle",
    {
      a: { ...healthy, depends_on: ["b"] },
      b: { ...healthy, depends_on: ["c"] },
      c: { ...healthy, depends_on: ["a"] },
    },
    {
      name: "dependency-cycle",
      path: "services.a.depends_on.b",
      message: "services wait for each other in a circle: a → b → c → a",
      fix: "remove one of these depends_on",
    },
  ],
  [
    "a service that waits for itself",
    { a: { ...healthy, depends_on: ["a"] } },
    {
      name: "dependency-cycle",
      path: "services.a.depends_on.a",
      message: "services wait for each other in a circle: a → a",
      fix: "remove one of these depends_on",
    },
  ],
  [
    "a wait for the health of a service whose health check is disabled",
    {
      db: { ...healthy, healthcheck: { test: ["CMD", "true"], disable: true } },
      app: { ...healthy, depends_on: { db: { condition: "service_healthy" } } },
    },
    {
      name: "no-health-check",
      path: "services.app.depends_on.db",
      message: "`app` waits until `db` is healthy, but `db` has no health check",
      fix: "give `db` a healthcheck, or write condition: service_started",
    },
  ],
  [
    "a wait for the health of a service whose health check is none",
    {
      db: { ...healthy, healthcheck: { test: ["NONE"] } },
      app: { ...healthy, depends_on: { db: { condition: "service_healthy" } } },
    },
    {
      name: "no-health-check",
      path: "services.app.depends_on.db",
      message: "`app` waits until `db` is healthy, but `db` has no health check",
      fix: "give `db` a healthcheck, or write condition: service_started",
    },
  ],
  [
    "two services on one host port",
    { a: { ...healthy, ports: ["8001:8000"] }, b: { ...healthy, ports: ["8002:8000", "8001:9000"] } },
    {
      name: "duplicate-host-port",
      path: "services.b.ports.1",
      message: "host port 8001 is already published by `a`",
      fix: "choose another host port, or leave it out: Docker then chooses a free one",
    },
  ],
  [
    "one host port on every address and on one",
    { a: { ...healthy, ports: ["127.0.0.1:80:80"] }, b: { ...healthy, ports: ["0.0.0.0:80:80"] } },
    {
      name: "duplicate-host-port",
      path: "services.b.ports.0",
      message: "host port 80 is already published by `a`",
      fix: "choose another host port, or leave it out: Docker then chooses a free one",
    },
  ],
  [
    "one host port on every address and on one of IPv6",
    { a: { ...healthy, ports: ["[::1]:80:80"] }, b: { ...healthy, ports: ["80:80"] } },
    {
      name: "duplicate-host-port",
      path: "services.b.ports.0",
      message: "host port 80 is already published by `a`",
      fix: "choose another host port, or leave it out: Docker then chooses a free one",
    },
  ],
  [
    "one host port on one address and on every",
    { a: { ...healthy, ports: ["0.0.0.0:80:80"] }, b: { ...healthy, ports: ["127.0.0.1:80:80"] } },
    {
      name: "duplicate-host-port",
      path: "services.b.ports.0",
      message: "host port 80 is already published by `a`",
      fix: "choose another host port, or leave it out: Docker then chooses a free one",
    },
  ],
  [
    "a network that is not declared",
    { app: { image: "app", networks: ["fronted"] } },
    {
      name: "not-declared",
      path: "services.app.networks.fronted",
      message: "network `fronted` is not declared",
      fix: "did you mean `frontend`?",
    },
  ],
  [
    "a volume that is not declared",
    { app: { image: "app", volumes: ["/anonymous", "dat:/data"] } },
    {
      name: "not-declared",
      path: "services.app.volumes.1",
      message: "volume `dat` is not declared",
      fix: "did you mean `data`?",
    },
  ],
  [
    "a config that is not declared",
    { app: { image: "app", configs: ["ap.yml"] } },
    {
      name: "not-declared",
      path: "services.app.configs.0",
      message: "config `ap.yml` is not declared",
      fix: "did you mean `app.yml`?",
    },
  ],
  [
    "neither image nor build",
    { app: { networks: ["backend"] } },
    {
      name: "no-image",
      path: "services.app",
      message: "the service has neither `image` nor `build`",
      fix: "name an image, or a build with its context",
    },
  ],
  [
    "a secret that the stack does not have",
    { app: { image: "app", environment: { P: "${dbPassword}", Q: "x${dbPasword}y" } } },
    {
      name: "unknown-secret",
      path: "services.app.environment.Q",
      message: "the stack has no secret `dbPasword`",
      fix: "did you mean `dbPassword`?",
    },
  ],
  [
    "more memory reserved than the limit",
    {
      app: {
        image: "app",
        deploy: { resources: { limits: { memory: "512M" }, reservations: { memory: "1G" } } },
      },
    },
    {
      name: "reservation-over-limit",
      path: "services.app.deploy.resources.reservations.memory",
      message: "the reservation of 1G is larger than the memory limit of 512M",
      fix: "reserve no more than the limit",
    },
  ],
  [
    "one container name twice",
    { a: { image: "a", container_name: "same" }, b: { image: "b", container_name: "same" } },
    {
      name: "duplicate-container-name",
      path: "services.b.container_name",
      message: "container name `same` is already used by service `a`",
      fix: "choose another name, or remove the key",
    },
  ],
  [
    "one route prefix twice",
    {
      a: { image: "a", "x-route": { prefix: "/api/a", port: 80, name: "one" } },
      b: { image: "b", "x-route": { prefix: "/api/a", port: 80, name: "two" } },
    },
    {
      name: "duplicate-route",
      path: "services.b.x-route.prefix",
      message: "route prefix `/api/a` is already used by `a`",
      fix: "give one of the routes another prefix",
    },
  ],
  [
    "one route name twice",
    {
      a: { image: "a", "x-route": { prefix: "/one/a", port: 80 } },
      b: { image: "b", "x-route": { prefix: "/two/a", port: 80 } },
    },
    {
      name: "duplicate-route",
      path: "services.b.x-route.name",
      message: "route name `a` is already used by `a`",
      fix: "give one of the routes another name",
    },
  ],
];

describe("a mistake is told once, with where it is and what to do:", () => {
  for (const [title, services, expected] of mistakes) {
    test(title, () => {
      const found = checked(services, { secrets: ["dbPassword"] });
      assert.deepEqual(
        found.map(({ name, path, message, fix }) => ({ name, path, message, fix })),
        [expected],
      );
    });
  }

  test("a route of a service that the gateway cannot reach", () => {
    const services = {
      traefik: { image: "traefik", networks: ["frontend"] },
      app: { ...healthy, "x-route": { prefix: "/api/app", port: 80 } },
    };
    assert.deepEqual(checked(services, { gateway: "traefik" }), [
      {
        kind: "mistake",
        name: "route-without-network",
        service: "app",
        path: "services.app.x-route",
        message: "`app` has a route, but shares no network with the gateway",
        fix: "put `app` on a network of the gateway: frontend",
      },
    ]);
  });

  const missing = (path: string) => path !== "nowhere" && !path.endsWith("/Nofile");

  const foundWithout = (mount: string) =>
    check(modelFrom({ services: { app: { image: "app", volumes: [mount] } } }), () => false);

  test("a bind mount of what does not exist, where Compose makes no directory either", () => {
    const long = (bind: object) => ({ type: "bind", source: "nowhere", target: "/a", bind });
    for (const mount of [long({ selinux: "z" }), long({ create_host_path: false })]) {
      const found = checked({ app: { image: "app", volumes: [mount] } }, {}, (path) => !/nowhere/.test(path));
      assert.deepEqual(
        found.map(({ kind, name, path }) => ({ kind, name, path })),
        [{ kind: "mistake", name: "missing-file", path: "services.app.volumes.0" }],
      );
    }
  });

  test("a bind mount of what does not exist and is plainly meant as a file", () => {
    const files = [
      "./app.conf:/etc/app.conf",
      "./.env:/app/.env",
      "./.env.local:/app/settings",
      "./Caddyfile:/etc/caddy/Caddyfile",
      "./config:/etc/app/config.yaml",
      "/var/run/nobody.sock:/var/run/docker.sock",
      "/etc/timezone:/etc/timezone:ro",
      "./certs/example.com.pem:/cert",
      "./app.py:/srv/app.py",
    ];
    const directories = [
      "./data:/data",
      "./conf.d:/etc/nginx/conf.d",
      "./v1.2:/app/v1.2",
      "./data.v2:/data",
      "./example.com:/srv/example.com",
      "./.cache:/root/.cache",
      "./.ssh:/root/.ssh",
      "./site.conf:/etc/nginx/conf.d",
      "./db.data:/var/lib/db/",
      "/opt/nobody:/opt",
      "./node.js:/app",
      "./auth.service:/app",
      "./shared:/shared:rslave",
    ];
    const kindOf = (mount: string) => foundWithout(mount).map(({ kind, name }) => `${kind} ${name}`);
    for (const mount of files) assert.deepEqual(kindOf(mount), ["mistake missing-file"], mount);
    for (const mount of directories) assert.deepEqual(kindOf(mount), ["warning missing-directory"], mount);
  });

  test("a directory that the engine makes", () => {
    assert.deepEqual(said(foundWithout("./nowhere:/a")), [
      "services.app.volumes.0: the bind mount source `./nowhere` does not exist: the engine makes an empty directory there, as under Compose",
    ]);
    const volumes = [{ type: "bind", source: "nowhere", target: "/a" }];
    const found = check(modelFrom({ services: { app: { image: "app", volumes } } }), () => false);
    assert.deepEqual(
      found.map(({ kind, name }) => `${kind} ${name}`),
      ["warning missing-directory"],
    );
  });

  test("a service without an image, unless something was refused that may be where the service comes from", () => {
    const services = { app: { command: ["serve"] } };
    assert.deepEqual(said(checked(services)), ["services.app: the service has neither `image` nor `build`"]);
    assert.deepEqual(checked(services, { incomplete: true }), []);
  });

  test("a build in a directory that does not exist", () => {
    const found = checked({ app: { build: "nowhere" } }, {}, missing);
    assert.deepEqual(said(found), ["services.app.build.context: the context `nowhere` does not exist"]);
  });

  test("a further context of a build that does not exist, or is another service's image", () => {
    const contexts = ["there=here", "gone=nowhere", "base=service:base", "image=docker-image://debian"];
    const build = { context: "here", dockerfile_inline: "FROM app", additional_contexts: contexts };
    assert.deepEqual(said(checked({ app: { build } }, {}, missing)), [
      "services.app.build.additional_contexts.gone: the context `nowhere` does not exist",
      "services.app.build.additional_contexts.base: the image of another service is no context here: the Docker provider builds each image by itself",
    ]);
  });

  test("a build is not looked for where the engine gets its context, and needs no file for a text", () => {
    for (const build of [
      "https://example.org/tool.git#main",
      "git@example.org:tool.git",
      "github.com/example/tool",
      { context: "here", dockerfile_inline: "FROM app", dockerfile: "Nofile" },
    ])
      assert.deepEqual(
        checked({ app: { build } }, {}, (path) => path === "here"),
        [],
      );
    const both = { context: "https://example.org/tool.git", dockerfile_inline: "FROM app" };
    assert.deepEqual(
      checked({ app: { build: both } }).map(({ name, path }) => `${name} ${path}`),
      ["refused-key services.app.build.dockerfile_inline"],
    );
    const more = {
      context: "https://example.org/tool.git",
      additional_contexts: ["base=docker-image://debian"],
      cache_to: ["type=local,dest=cache"],
    };
    assert.deepEqual(
      checked({ app: { build: more } }).map(({ name, path }) => `${name} ${path}`),
      ["refused-key services.app.build.additional_contexts", "refused-key services.app.build.cache_to"],
    );
  });

  test("a build with a Dockerfile that does not exist", () => {
    const found = checked({ app: { build: { context: "here", dockerfile: "Nofile" } } }, {}, missing);
    assert.deepEqual(said(found), ["services.app.build.dockerfile: `Nofile` does not exist in `here`"]);
  });
});

describe("a wait for the health of a service without a health check of its own", () => {
  const found = (
    waits: object,
    healthchecks: Readonly<Record<string, boolean>>,
    db: object = { image: "db" },
  ) => {
    const app = { image: "app", depends_on: { db: { condition: "service_healthy", ...waits } } };
    const model = modelFrom({ services: { db, app } });
    assert.deepEqual(check(model, everythingExists), []);
    return said(imageHealthchecks(model, healthchecks));
  };

  test("is a mistake where the image is known to have none either", () => {
    assert.deepEqual(found({}, { db: false }), [
      "services.app.depends_on.db: `app` waits until `db` is healthy, but `db` has no health check",
    ]);
    assert.equal(found({}, { db: false }, { image: "db", healthcheck: { interval: "1s" } }).length, 1);
  });

  test("is none where the image has one, is not there yet, is built, or where the other can do without", () => {
    assert.deepEqual(found({}, { db: true }), []);
    assert.deepEqual(found({}, {}), []);
    assert.deepEqual(found({}, { db: false }, { image: "db", build: "." }), []);
    assert.deepEqual(found({ required: false }, { db: false }), []);
  });
});

describe("an image that the engine does not have", () => {
  const found = (answer: AbsentImage, service: object = {}) =>
    missingImages(modelFrom({ services: { app: { image: "app:1", ...service } } }), { "app:1": answer });
  const kinds = (findings: readonly Finding[]) => findings.map(({ kind, name }) => `${kind} ${name}`);

  test("is a mistake where the registry does not have the image either", () => {
    const [finding, ...others] = found({ registry: "missing" });
    assert.deepEqual([finding?.kind, finding?.name, others.length], ["mistake", "missing-image", 0]);
    assert.deepEqual(finding && said([finding]), [
      "services.app.image: there is no image `app:1`: neither Docker nor the registry has it",
    ]);
  });

  test("is a mistake where the image is never pulled, whatever the registry has", () => {
    for (const registry of ["there", "unasked", "missing"] as const)
      assert.deepEqual(kinds(found({ registry }, { pull_policy: "never" })), ["mistake missing-image"]);
  });

  test("is a mistake where the registry denies the image to a login of stack config", () => {
    const findings = found({ registry: "denied", login: "ghcr.io" });
    assert.deepEqual(kinds(findings), ["mistake missing-image"]);
    assert.match(said(findings).join(), /does not show the image to the login of registryAuth\.ghcr\.io$/);
  });

  test("is a warning where the registry does not say, or cannot be asked", () => {
    assert.deepEqual(kinds(found({ registry: "denied" })), ["warning missing-image"]);
    const unreached = found({ registry: "unreached", reason: "no such host" });
    assert.deepEqual(kinds(unreached), ["warning missing-image"]);
    assert.match(said(unreached).join(), /cannot ask the registry for it: no such host$/);
  });

  test("is nothing where the image can be pulled, or is built, or nobody has answered", () => {
    assert.deepEqual(found({ registry: "there" }), []);
    assert.deepEqual(found({ registry: "unasked" }), []);
    assert.deepEqual(found({ registry: "missing" }, { build: "." }), []);
    assert.deepEqual(missingImages(modelFrom({ services: { app: { image: "app:1" } } }), {}), []);
  });
});

test("a container of the stack that is paused is a warning with the command that lets the container go on", () => {
  const container = (name: string, more: Partial<EngineContainer> = {}): EngineContainer => {
    return {
      id: name,
      name,
      project: "shop",
      service: "app",
      state: "paused",
      ports: [],
      mounts: [],
      ...more,
    };
  };
  const found = pausedContainers(modelFrom({ services: { app: { image: "app" } } }), "shop", [
    container("shop-app-1"),
    container("shop-app-2", { state: "running" }),
    container("other-app-1", { project: "other" }),
    container("shop-gone-1", { service: "gone" }),
  ]);
  assert.deepEqual(
    found.map(({ kind, name, path, fix }) => [kind, name, path, fix]),
    [["warning", "paused-container", "services.app", "docker unpause shop-app-1"]],
  );
});

describe("what is legal is no mistake:", () => {
  const legal: [title: string, services: Written][] = [
    [
      "an optional dependency that does not exist",
      { app: { image: "app", depends_on: { ghost: { condition: "service_healthy", required: false } } } },
    ],
    [
      "waiting for a job to end without sharing a network with it",
      {
        job: { image: "job", networks: ["frontend"] },
        app: { ...healthy, depends_on: { job: { condition: "service_completed_successfully" } } },
      },
    ],
    ["one host port for TCP and for UDP", { dns: { image: "dns", ports: ["53:53/tcp", "53:53/udp"] } }],
    [
      "one host port for IPv4 and for IPv6",
      { app: { ...healthy, ports: ["0.0.0.0:80:80", "[::]:80:80", "127.0.0.1:81:80", "[::]:81:80"] } },
    ],
    [
      "one host port of services in the host's network, or in none, where none is published",
      {
        a: { image: "a", network_mode: "host", ports: ["80:80"], scale: 2 },
        b: { image: "b", network_mode: "none", ports: ["80:80"] },
        c: { image: "c", ports: ["80:80"] },
      },
    ],
    [
      "one host port of services of which one has no containers",
      {
        a: { image: "a", scale: 0, ports: ["80:80"] },
        b: { image: "b", deploy: { replicas: 0 }, ports: ["80:80"] },
        c: { image: "c", ports: ["80:80"] },
      },
    ],
    [
      "one host port on two addresses",
      { a: { ...healthy, ports: ["127.0.0.1:80:80"] }, b: { ...healthy, ports: ["127.0.0.2:80:80"] } },
    ],
    [
      "one container port in two services whose host ports the engine chooses",
      { a: { ...healthy, ports: ["8000"] }, b: { ...healthy, ports: ["8000"] } },
    ],
    [
      "a URL of a host outside the stack",
      { app: { image: "app", environment: { API: "https://example.org/db" } } },
    ],
    ["a URL of the service itself", { app: { image: "app", environment: { SELF: "http://app:8000" } } }],
    [
      "a variable that only looks like a service's name",
      { db: healthy, app: { image: "app", environment: { KIND: "db" } } },
    ],
    [
      "as much memory reserved as the limit",
      {
        app: {
          image: "app",
          deploy: { resources: { limits: { memory: "1G" }, reservations: { memory: "1024M" } } },
        },
      },
    ],
  ];
  for (const [title, services] of legal) {
    test(title, () => {
      assert.deepEqual(checked(services), []);
    });
  }
});

test("a build's secret has to be declared, and to be a file that can be read", () => {
  const secrets = { key: { file: "key" }, gone: { file: "gone" }, token: { environment: "TOKEN" } };
  const model = modelFrom({
    services: { app: { build: { context: ".", secrets: [...Object.keys(secrets), "kye"] } } },
    secrets,
  });
  const found = check(model, everythingExists, (path) => (path === "gone" ? "does not exist" : undefined));
  assert.deepEqual(said(found), [
    "services.app.build.secrets.1: secret `gone` names the file `gone`, which does not exist",
    "services.app.build.secrets.2: a build takes no secret `token` that is no file: the Docker provider would not find it",
    "services.app.build.secrets.3: secret `kye` is not declared",
  ]);
});

test("an entrypoint that is taken away is a mistake on a swarm, which is not told of the image's command", () => {
  const model = modelFrom({ services: { app: { image: "app", entrypoint: [] } } });
  const found = (target: "engine" | "swarm") =>
    check(model, everythingExists, undefined, target).map(({ name }) => name);
  assert.deepEqual(found("engine"), []);
  assert.deepEqual(found("swarm"), ["no-command"]);
});

describe("all mistakes are told at once:", () => {
  test("two cycles that have nothing to do with each other", () => {
    const found = checked({
      a: { ...healthy, depends_on: ["b"] },
      b: { ...healthy, depends_on: ["a"] },
      c: { ...healthy, depends_on: ["d"] },
      d: { ...healthy, depends_on: ["c"] },
    });
    assert.deepEqual(said(found), [
      "services.a.depends_on.b: services wait for each other in a circle: a → b → a",
      "services.c.depends_on.d: services wait for each other in a circle: c → d → c",
    ]);
  });

  test("three services on one host port are two mistakes", () => {
    const service = { ...healthy, ports: ["80:80"] };
    assert.equal(checked({ a: service, b: service, c: service }).length, 2);
  });

  test("those of the schema, of the laying over and of the whole stack, each with the file to mend", () => {
    const file = "Pulumi.dev.yaml";
    const written = parse(
      definitionsSchema,
      {
        services: {
          db: { imge: "db:2", init: "perhaps", ports: ["8001:5432"] },
          app: {
            depends_on: { dbb: { condition: "service_healthy" }, job: { condition: "service_healthy" } },
          },
          job: { depends_on: ["app"], ports: ["8001:80"] },
          wbe: { image: "web:2" },
        },
      },
      "",
      file,
      {},
    );
    const generated = definitions({
      services: { job: { image: "job", networks: ["backend"], volumes: ["dta:/data"] } },
    });
    const laid = modelOf({
      tiers: [
        {
          name: "infra",
          definitions: definitions({
            networks,
            volumes: { data: null },
            services: {
              db: healthy,
              app: { ...healthy, container_name: "same" },
              web: { image: "web", networks: ["frontend"], container_name: "same" },
            },
          }),
        },
        { name: "generated", definitions: generated, file: "generated.yml" },
      ],
      override: { file, definitions: written.value, reset: ["db.nothing"] },
      secrets: [],
    });
    const all = [
      ...written.mistakes,
      ...laid.mistakes,
      ...placed(laid.model, [
        ...check(laid.model, everythingExists),
        ...imageHealthchecks(laid.model, { job: false }),
      ]),
    ];
    assert.deepEqual(
      all.map((mistake) => `${mistake.file ?? "the program"}: ${mistake.path}`).toSorted(),
      [
        `${file}: reset.0`,
        `${file}: services.app.depends_on.dbb`,
        `${file}: services.app.depends_on.job`,
        `${file}: services.app.depends_on.job`,
        `${file}: services.db.imge`,
        `${file}: services.db.init`,
        `${file}: services.job.ports.0`,
        `${file}: services.wbe`,
        "generated.yml: services.job.volumes.0",
        "the program: services.web.container_name",
      ],
      describeMistakes(all),
    );
    assert.match(describeMistakes(all), /^10 mistakes in the stack, nothing was touched:/);
  });
});

describe("the file to mend is the one the mistake was written in:", () => {
  const definition = definitions({ services: { app: { image: "app", networks: ["frontend"] } }, networks });
  const service = { image: "app", networks: ["frontend"] };

  /** The files of the mistakes in a stack of the program's own service, a generated file and a stack config. */
  function files(generated: Written, override: Written): (string | undefined)[] {
    const { model: laid } = modelOf({
      tiers: [
        { name: "infra", definitions: definition },
        { name: "generated", definitions: definitions({ services: generated }), file: "generated.yml" },
      ],
      override: { file: "Pulumi.dev.yaml", definitions: definitions({ services: override }), reset: [] },
      secrets: [],
    });
    const findings = check(laid, (path) => !path.endsWith("/Dockerfile"));
    return placed(laid, findings).map(({ file }) => file);
  }

  test("none for the program's own definitions, else the generated file or the stack config", () => {
    const wrong = { depends_on: ["ghost"] };
    assert.deepEqual(files({ job: { ...service, ...wrong } }, {}), ["generated.yml"]);
    assert.deepEqual(files({}, { app: wrong }), ["Pulumi.dev.yaml"]);
  });

  test("the last of the files that speak of it", () => {
    const wrong = { depends_on: ["ghost"] };
    assert.deepEqual(files({ job: { ...service, ...wrong } }, { job: wrong }), ["Pulumi.dev.yaml"]);
    assert.deepEqual(files({ job: { ...service, ...wrong } }, { job: { init: true } }), ["generated.yml"]);
  });

  test("also where the mistake is in a value that the file leaves to its default", () => {
    const route = (prefix: string) => ({ ...service, "x-route": { prefix, port: 80 } });
    assert.deepEqual(files({ a: route("/one/a"), b: route("/two/a") }, { b: { init: true } }), [
      "generated.yml",
    ]);
    assert.deepEqual(files({ a: { build: "./a" } }, { a: { init: true } }), ["generated.yml"]);
  });

  test("also where an override's entry stands at another place than in the stack", () => {
    const override = definitions({ services: { a: { ports: ["8001:8000"] }, b: { ports: ["8001:8000"] } } });
    const definition = definitions({
      services: { a: { image: "a" }, b: { image: "b", ports: ["9000:9000"] } },
    });
    const { model: laid } = modelOf({
      tiers: [{ name: "infra", definitions: definition }],
      override: { file: "Pulumi.dev.yaml", definitions: override, reset: [] },
      secrets: [],
    });
    assert.deepEqual(
      placed(laid, check(laid, everythingExists)).map(({ file }) => file),
      ["Pulumi.dev.yaml"],
    );
  });
});

describe("external networks and volumes", () => {
  const external = modelFrom({
    networks: { proxy: { external: true }, own: null },
    volumes: { data: { external: true, name: "their-data" } },
  });

  test("that the engine does not have are mistakes, with the command that makes them", () => {
    const mistakes = checkExternals(external, { networks: ["bridge"], volumes: [] });
    assert.deepEqual(said(mistakes), [
      "networks.proxy: Docker has no network `proxy`, and this stack does not create an external network",
      "volumes.data: Docker has no volume `their-data`, and this stack does not create an external volume",
    ]);
    assert.deepEqual(
      mistakes.map(({ fix }) => fix),
      ["create it: docker network create proxy", "create it: docker volume create their-data"],
    );
  });

  test("that it has are none", () => {
    assert.deepEqual(checkExternals(external, { networks: ["proxy"], volumes: ["their-data"] }), []);
  });
});
