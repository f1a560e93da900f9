import assert from "node:assert/strict";
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { dump } from "js-yaml";
import { foundationEnvironment } from "../../systems/super-agent-team/tiers/foundation.ts";
import { infraEnvironment } from "../../systems/super-agent-team/tiers/infra.ts";
import { readComposeFiles } from "../../components/reader/compose-config.ts";
import type { ComposeFiles, ComposeFilesArgs } from "../../components/reader/compose-files.ts";
import { overlay } from "../../components/model/overlay.ts";
import { routeName } from "../../components/compose-spec/route.ts";
import type { Written } from "./builders.ts";

// `docker compose config` is Docker's command line alone: it must do without an engine.
process.env.DOCKER_HOST = "unix:///nonexistent.sock";

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "compose-config-"));
});
after(() => rm(directory, { recursive: true }));

let written = 0;

/** Writes the Compose files and reads them. */
async function read(
  contents: readonly (string | Written)[],
  more: Partial<ComposeFilesArgs> = {},
): Promise<ComposeFiles> {
  const files = await Promise.all(
    contents.map(async (content) => {
      written += 1;
      const file = `compose-${written}.yml`;
      await writeFile(join(directory, file), typeof content === "string" ? content : dump(content));
      return file;
    }),
  );
  return readComposeFiles({ files, project: "shop", directory, environment: {}, ...more });
}

/** Reads one service's definition. */
async function readService(service: Written) {
  const { definitions: project, mistakes } = await read([
    { services: { app: { image: "app", ...service } } },
  ]);
  assert.deepEqual(mistakes, []);
  return project.services?.app;
}

describe("a Compose file", { concurrency: 4 }, () => {
  test("is read in its canonical form", async () => {
    const app = await readService({
      command: 'server --name "a b"',
      ports: ["8000", "127.0.0.1:8001:8000/udp"],
      environment: ["A=1"],
      networks: ["backend"],
      depends_on: ["db"],
      volumes: ["data:/data:ro"],
      healthcheck: { test: "pg_isready", interval: "90s", start_interval: "500us" },
      shm_size: "256mb",
      deploy: { resources: { limits: { memory: "512M", cpus: "0.5" } } },
      extra_hosts: { db: "10.0.0.1" },
      build: ".",
    });
    assert.deepEqual(app, {
      image: "app",
      command: ["server", "--name", "a b"],
      ports: [
        { mode: "ingress", target: 8000, protocol: "tcp" },
        { mode: "ingress", target: 8000, published: "8001", host_ip: "127.0.0.1", protocol: "udp" },
      ],
      environment: { A: "1" },
      networks: { backend: null },
      depends_on: { db: { condition: "service_started", required: true } },
      volumes: [{ type: "volume", source: "data", target: "/data", read_only: true, volume: {} }],
      healthcheck: { test: ["CMD-SHELL", "pg_isready"], interval: "1m30s", start_interval: "500µs" },
      shm_size: "268435456",
      deploy: { resources: { limits: { memory: "536870912", cpus: 0.5 } } },
      extra_hosts: ["db=10.0.0.1"],
      build: { context: ".", dockerfile: "Dockerfile" },
    });
  });

  test("keeps every text byte for byte that begins with a newline, or with other white space", async () => {
    const content = "\n\nserver {\n}\n";
    const command = ["sh", "-c", "\n# behind an empty line\nsleep infinity\n", " indented\n\n"];
    const environment = { ONE: "\nx", ONLY: "\n", TWO: "\n\n  x\n", TAB: "\tx\ny", NONE: "x\n" };
    const { definitions } = await read([
      {
        services: { app: { image: "app", command, environment, configs: ["file"] } },
        configs: { file: { content } },
      },
    ]);
    assert.deepEqual(definitions.services?.app?.command, command);
    assert.deepEqual(definitions.services.app.environment, environment);
    assert.equal(definitions.configs?.file?.content, content);
  });

  test("keeps a newline at the beginning of a variable that a config is made of", async () => {
    const { definitions } = await read(
      [
        {
          services: { app: { image: "app", configs: ["file"] } },
          configs: { file: { environment: "TEXT" } },
        },
      ],
      { environment: { TEXT: "\n$x\n" } },
    );
    assert.equal(definitions.configs?.file?.content, "\n$x\n");
  });

  test("keeps every `$` that it doubles, in whatever string it stands", async () => {
    const { definitions: project } = await read([
      {
        services: {
          app: {
            image: "app",
            command: ["sh", "-c", "echo $$HOME"],
            environment: { PASSWORD: "se$$cret", TWO: "a$$$$b" },
            labels: { price: "5$$", a$b: "" },
            healthcheck: { test: ["CMD-SHELL", "pg_isready -U $${POSTGRES_USER}"] },
            configs: [{ source: "file", target: "/file" }],
          },
        },
        configs: { file: { content: "cost: $$5" } },
      },
    ]);
    const app = project.services?.app;
    assert.deepEqual(app?.command, ["sh", "-c", "echo $HOME"]);
    assert.deepEqual(app.environment, { PASSWORD: "se$cret", TWO: "a$$b" });
    assert.deepEqual(app.labels, { price: "5$", a$b: "" });
    assert.deepEqual(app.healthcheck?.test, ["CMD-SHELL", "pg_isready -U ${POSTGRES_USER}"]);
    assert.equal(project.configs?.file?.content, "cost: $5");
  });

  test("is in its folder, whatever folder the program was started from", async () => {
    const app = await readService({ image: "app", volumes: ["$PWD/data:/data"] });
    assert.equal(app?.volumes?.[0]?.source, "data");
  });

  test("joins a network that it gives no attributes", async () => {
    assert.deepEqual((await readService({ networks: { backend: null } }))?.networks, { backend: null });
  });

  test("joins the default network where it names none", async () => {
    const { definitions: project } = await read([{ services: { app: { image: "app" } } }]);
    assert.deepEqual(project.services?.app?.networks, { default: null });
    assert.deepEqual(project.networks, { default: {} });
  });

  test("keeps a service's route, also through `extends` and anchors", async () => {
    const { definitions: project, mistakes } = await read([
      `
x-app: &app
  image: app
  x-route: { prefix: /api/app, port: 8080 }
services:
  app: *app
  other: { extends: app }
`,
    ]);
    assert.deepEqual(mistakes, []);
    assert.deepEqual(project.services?.app?.["x-route"], { prefix: "/api/app", port: 8080 });
    assert.deepEqual(project.services.other?.["x-route"], { prefix: "/api/app", port: 8080 });
  });

  test("may name a config in short, which then lies in the root directory", async () => {
    const { definitions: project, mistakes } = await read([
      {
        services: { app: { image: "app", configs: ["app.yml"] } },
        configs: { "app.yml": { content: "a: 1" } },
      },
    ]);
    assert.deepEqual(mistakes, []);
    assert.deepEqual(project.services?.app?.configs, [{ source: "app.yml", target: "/app.yml" }]);
  });

  test("may have a config with nothing in it", async () => {
    const { definitions: project, mistakes } = await read([
      { services: { app: { image: "app", configs: ["empty"] } }, configs: { empty: { content: "" } } },
    ]);
    assert.deepEqual(mistakes, []);
    assert.equal(project.configs?.empty?.content, "");
  });

  test("keeps the names it gives on purpose, and drops those that Compose derives", async () => {
    const { definitions: project } = await read([
      {
        services: { app: { image: "app", networks: ["mine", "theirs"], volumes: ["data:/a", "kept:/b"] } },
        networks: { mine: null, theirs: { name: "their-network" } },
        volumes: { data: null, kept: { name: "shop-kept" } },
      },
    ]);
    assert.deepEqual(project.networks, { mine: {}, theirs: { name: "their-network" } });
    assert.deepEqual(project.volumes, { data: {}, kept: { name: "shop-kept" } });
  });

  test("keeps the name that is given to a network or volume that is external, and no other", async () => {
    const { definitions: project } = await read([
      {
        services: { app: { image: "app", networks: ["proxy"], volumes: ["data:/data"] } },
        networks: { proxy: { external: true } },
        volumes: { data: { external: true, name: "shared-data" } },
      },
    ]);
    // Made this project's own by an override, it would be `shop_proxy`, as with Compose.
    assert.deepEqual(project.networks, { proxy: { external: true } });
    assert.deepEqual(project.volumes, { data: { name: "shared-data", external: true } });
  });

  test("may depend on services and join networks that other tiers have", async () => {
    const { mistakes } = await read([
      {
        services: {
          app: {
            image: "app",
            depends_on: { postgres: { condition: "service_healthy" } },
            networks: ["backend"],
          },
        },
      },
    ]);
    assert.deepEqual(mistakes, []);
  });

  test("is filled with the environment it is given, secrets by their placeholder", async () => {
    const { definitions: project } = await read(
      [
        {
          services: {
            app: {
              image: "app",
              environment: { URL: "postgresql://u:${DB_PASSWORD}@postgres", LEVEL: "${LEVEL:-info}" },
            },
          },
        },
      ],
      { environment: { DB_PASSWORD: "${dbPassword}" } },
    );
    assert.deepEqual(project.services?.app?.environment, {
      URL: "postgresql://u:${dbPassword}@postgres",
      LEVEL: "info",
    });
  });

  test("with a variable that nothing sets is read, with Compose's warning", async () => {
    const { definitions: project, warnings } = await read([
      { services: { app: { image: "app", environment: { A: "${NOT_SET_ANYWHERE}" } } } },
    ]);
    assert.deepEqual(project.services?.app?.environment, { A: "" });
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", /^The "NOT_SET_ANYWHERE" variable is not set/);
  });

  test("may have no services", async () => {
    const { definitions: project, mistakes } = await read([{ services: {} }]);
    assert.deepEqual(mistakes, []);
    assert.deepEqual(project.services ?? {}, {});
  });

  test("that asks for what one engine cannot honour is refused by the key's name", async () => {
    const { mistakes } = await read([
      {
        services: {
          app: { image: "app", uts: "host" },
          other: { build: { context: ".", ssh: ["default"] } },
        },
      },
    ]);
    assert.deepEqual(mistakes.map(({ path }) => path).toSorted(), [
      "services.app.uts",
      "services.other.build.ssh",
    ]);
  });

  test("names the file in every mistake", async () => {
    const { mistakes } = await read([{ services: { app: { image: "app", "x-route": { prefix: "api" } } } }]);
    assert.ok(mistakes.length > 0);
    for (const { file } of mistakes) assert.match(file ?? "", /^compose-\d+\.yml$/);
  });
});

describe(
  "of a Compose file with a mistake of its own, Compose's message is passed on:",
  { concurrency: 4 },
  () => {
    const cases: [title: string, content: string, message: RegExp][] = [
      ["an unknown key", "services: { app: { image: a, comand: [ls] } }", /services\.app.*comand/],
      ["a wrong type", "services: { app: { image: 5 } }", /services\.app\.image.*string/],
      ["no YAML", "services: [", /yaml/],
      [
        "a missing required variable",
        "services: { app: { image: '${NOT_SET:?say which image}' } }",
        /say which image/,
      ],
    ];
    for (const [title, content, message] of cases) {
      test(title, async () => {
        const { definitions: project, mistakes } = await read([content]);
        assert.deepEqual(project, {});
        assert.equal(mistakes.length, 1);
        assert.match(mistakes[0]?.message ?? "", message);
        assert.match(mistakes[0]?.file ?? "", /^compose-\d+\.yml$/);
      });
    }
  },
);

test("a file that does not exist is a mistake of its own, whatever the others say", async () => {
  const { mistakes } = await read([], { files: ["one.yml", "two.yml"] });
  assert.deepEqual(
    mistakes.map(({ file, message }) => [file, message]),
    [
      ["one.yml", "the file does not exist"],
      ["two.yml", "the file does not exist"],
    ],
  );
});

test("no file at all is an empty project", async () => {
  assert.deepEqual(await read([]), { definitions: {}, mistakes: [], warnings: [] });
});

test("paths below the project are told as seen from it, wherever the file and the checkout lie", async () => {
  await mkdir(join(directory, "sub"), { recursive: true });
  await writeFile(
    join(directory, "sub", "compose.yml"),
    "services: { app: { build: { context: ./app, additional_contexts: { a: ./a, b: docker-image://b } }, " +
      "volumes: [./x:/x, /etc/hosts:/y, ../z:/z] } }",
  );
  const { definitions: project } = await read([], { files: ["sub/compose.yml"] });
  assert.equal(project.services?.app?.build?.context, "app");
  assert.deepEqual(project.services.app.build.additional_contexts, ["a=a", "b=docker-image://b"]);
  assert.deepEqual(
    project.services.app.volumes?.map(({ source }) => source),
    ["x", "/etc/hosts", resolve(directory, "../z")],
  );
});

describe("stack config is laid over definitions as Compose lays an override file over its base:", () => {
  // Ports, images and builds are left out: there the design departs from Compose on purpose.
  const cases: [title: string, base: Written, over: Written][] = [
    ["environment", { environment: { A: "1", B: "2" } }, { environment: { B: "3", C: "4" } }],
    ["labels", { labels: { a: "1", b: "2" } }, { labels: { b: "3" } }],
    ["command", { command: ["a", "b"] }, { command: ["c"] }],
    ["entrypoint", { entrypoint: ["a", "b"] }, { entrypoint: ["c"] }],
    [
      "healthcheck",
      { healthcheck: { test: ["CMD", "a"], interval: "10s", retries: 2 } },
      { healthcheck: { test: ["CMD", "b"], retries: 5 } },
    ],
    ["networks", { networks: { a: { aliases: ["x"] }, b: null } }, { networks: { a: null, c: null } }],
    ["aliases", { networks: { a: { aliases: ["x"] } } }, { networks: { a: { aliases: ["y"] } } }],
    [
      "depends_on",
      { depends_on: { a: { condition: "service_started" } } },
      { depends_on: { a: { condition: "service_healthy" }, b: { condition: "service_started" } } },
    ],
    ["volumes by target", { volumes: ["two:/other", "one:/data"] }, { volumes: ["three:/data:ro"] }],
    [
      "configs by target",
      { configs: [{ source: "a", target: "/x" }] },
      { configs: [{ source: "b", target: "/x" }] },
    ],
    ["cap_add", { cap_add: ["A"] }, { cap_add: ["B"] }],
    ["dns", { dns: ["1.1.1.1"] }, { dns: ["8.8.8.8"] }],
    ["tmpfs", { tmpfs: ["/a"] }, { tmpfs: ["/b"] }],
    ["group_add", { group_add: ["1"] }, { group_add: ["2"] }],
    ["security_opt", { security_opt: ["a"] }, { security_opt: ["b"] }],
    ["extra_hosts", { extra_hosts: ["a=1.1.1.1"] }, { extra_hosts: ["b=2.2.2.2"] }],
    ["an extra host again", { extra_hosts: ["a=1.1.1.1"] }, { extra_hosts: ["a=1.1.1.1"] }],
    ["sysctls", { sysctls: { a: "1", b: "2" } }, { sysctls: { b: "3" } }],
    ["ulimits", { ulimits: { nofile: { soft: 1, hard: 2 }, nproc: 3 } }, { ulimits: { nofile: 4 } }],
    [
      "limits",
      { deploy: { resources: { limits: { memory: "1G", cpus: "1" } } } },
      { deploy: { resources: { limits: { memory: "2G" } } } },
    ],
    [
      "log options of one driver",
      { logging: { driver: "json-file", options: { "max-size": "10m", "max-file": "3" } } },
      { logging: { driver: "json-file", options: { "max-size": "1m" } } },
    ],
    [
      "another log driver",
      { logging: { driver: "json-file", options: { "max-size": "10m" } } },
      { logging: { driver: "local" } },
    ],
    ["scalars", { restart: "always", user: "a", init: true }, { restart: "no", init: false }],
  ];
  let laid: ComposeFiles["definitions"];
  let merged: ComposeFiles["definitions"];
  before(async () => {
    const file = (part: 1 | 2) => ({
      services: Object.fromEntries(cases.map((entry) => [key(entry[0]), { image: "app", ...entry[part] }])),
    });
    const [base, over, both] = await Promise.all([
      read([file(1)]),
      read([file(2)]),
      read([file(1), file(2)]),
    ]);
    assert.deepEqual([...base.mistakes, ...over.mistakes, ...both.mistakes], []);
    laid = overlay(base.definitions, over.definitions);
    merged = both.definitions;
  });
  const key = (title: string) => title.replaceAll(/\W/g, "-");

  for (const [title] of cases) {
    test(title, () => {
      assert.deepEqual(laid.services?.[key(title)], merged.services?.[key(title)]);
    });
  }
});

describe("the repository's own file of generated services", () => {
  let generated: ComposeFiles;
  before(() => {
    generated = readComposeFiles({
      files: ["docker-compose.generated.yml"],
      project: "super-team",
      directory: resolve(import.meta.dirname, "../../systems/super-agent-team"),
      environment: {
        ...infraEnvironment({ user: "u", name: "n" }),
        ...foundationEnvironment,
        LOG_LEVEL: "debug",
      },
    });
  });

  test("is read without a mistake or a warning", () => {
    assert.deepEqual([generated.mistakes, generated.warnings], [[], []]);
  });

  test("has the three services of the seed's routing table, on port 8080", () => {
    const routes = Object.entries(generated.definitions.services ?? {}).map(([name, service]) => {
      const route = service["x-route"];
      return [name, route?.prefix, route?.port, route && routeName(route)];
    });
    assert.deepEqual(routes.toSorted(), [
      ["auth-service", "/api/auth", 8080, "auth"],
      ["notifications-service", "/api/notifications", 8080, "notifications"],
      ["orders-service", "/api/orders", 8080, "orders"],
    ]);
  });

  test("gives each its place behind what it needs, its database, its log level and its way to the contracts", () => {
    for (const service of Object.values(generated.definitions.services ?? {})) {
      assert.equal(service.depends_on?.["contract-engine"]?.condition, "service_healthy");
      assert.equal(service.depends_on.architect?.condition, "service_healthy");
      assert.equal(service.depends_on.migrations?.condition, "service_completed_successfully");
      assert.equal(service.environment?.DATABASE_URL, "postgresql://u:${dbPassword}@postgres:5432/n");
      assert.equal(service.environment.CONTRACT_ENGINE_URL, "http://contract-engine:8000");
      assert.equal(service.environment.LOG_LEVEL, "debug");
      assert.deepEqual(service.networks, { frontend: null, backend: null });
      const contracts = service.volumes?.find(({ source }) => source === "contract-data");
      assert.deepEqual([contracts?.target, contracts?.read_only], ["/contracts", true]);
    }
  });

  test("has the seed's numbers: memory, health, restarts, logs", () => {
    for (const service of Object.values(generated.definitions.services ?? {})) {
      assert.equal(service.deploy?.resources?.limits?.memory, String(512 * 1024 ** 2));
      const { interval, timeout, retries, start_period } = service.healthcheck ?? {};
      assert.deepEqual(
        { interval, timeout, retries, start_period },
        { interval: "15s", timeout: "5s", retries: 3, start_period: "30s" },
      );
      assert.equal(service.restart, "unless-stopped");
      assert.deepEqual(service.logging, {
        driver: "json-file",
        options: { "max-size": "10m", "max-file": "3", tag: "{{.Name}}" },
      });
    }
  });
});
