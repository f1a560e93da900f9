import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { EngineContainer } from "../../components/model/facts.ts";
import { unknownProfiles } from "../../components/checks/profiles.ts";
import { guessInWritten } from "../../components/guesses/written.ts";
import type { WrittenFile, WrittenService } from "../../components/compose-spec/written.ts";
import { definitions, modelFrom, type Written, warningsIn, type Around } from "./builders.ts";

/** What a stack is warned of: name and place, and what is advised. */
function warned(services: Written, around: Around = {}, more: Written = {}): string[] {
  const withImages = Object.fromEntries(
    Object.entries(services as Record<string, object>).map(([name, service]) => [
      name,
      { image: name, ...service },
    ]),
  );
  return warningsIn(modelFrom({ services: withImages, ...more }), around).map(
    ({ name, path, fix }) => `${name} ${path}: ${fix}`,
  );
}

type Case = [title: string, services: Written, expected: readonly string[], around?: Around];

function all(cases: readonly Case[]): void {
  for (const [title, services, expected, around] of cases)
    test(title, () => {
      assert.deepEqual(warned(services, around), expected);
    });
}

const health = (test: string) => ({ test: ["CMD-SHELL", test] });
const postgres = { image: "postgres:16" };
const api = { ports: ["8001:8000"], healthcheck: health("curl http://localhost:8000/health") };

describe("localhost in a URL", () => {
  const url = (value: string, variable = "URL") => ({ environment: { [variable]: value } });
  const at = (meant: string, variable = "URL") => [
    `localhost-url services.app.environment.${variable}: write ${meant}`,
  ];
  all([
    [
      "is warned of where a database is another service",
      { postgres, app: url("postgresql+asyncpg://u:${dbPassword}@localhost:5432/x") },
      at("postgres"),
    ],
    [
      "is warned of by the service's image where its name says nothing",
      { cache: { image: "redis:7" }, app: url("redis://127.0.0.1") },
      at("cache"),
    ],
    [
      "is warned of where only another service has the port",
      { api, app: url("http://localhost:8000/") },
      at("api"),
    ],
    ["may be a browser's by a port that is published", { api, app: url("http://localhost:8001/") }, []],
    [
      "is warned of by a port on the host that no browser asks",
      { api, app: url("localhost:8001") },
      at("api"),
    ],
    [
      "is warned of without a scheme",
      { postgres: { ...postgres, expose: ["5432"] }, app: url("localhost:5432") },
      at("postgres"),
    ],
    [
      "is warned of among others, and in a command",
      { api, app: { command: ["serve", "--peers=http://[::1]:8000,http://b:1"] } },
      ["localhost-url services.app.command.1: write api"],
    ],
    [
      "is the service itself's, whoever else has the port",
      { api, app: { ...api, ports: ["8002:8000"], ...url("http://localhost:8000/health") } },
      [],
    ],
    [
      "is warned of where the variable names another service, though both have the port",
      {
        "contract-engine": api,
        app: { ...api, ports: ["8002:8000"], ...url("http://localhost:8000", "CONTRACT_ENGINE_URL") },
      },
      at("contract-engine", "CONTRACT_ENGINE_URL"),
    ],
    [
      "is the service itself's where the variable names it in full",
      { web: api, "my-web": { ...api, ports: ["8002:8000"], ...url("http://localhost:8000", "MY_WEB_URL") } },
      [],
    ],
    ...["postgis/postgis:16-3.4", "pgvector/pgvector:pg16", "timescale/timescaledb:latest-pg16"].map(
      (image): Case => [
        `is warned of where ${image} is another service's image`,
        { store: { image }, app: url("postgresql://localhost/x") },
        at("store"),
      ],
    ),
    [
      "without a port is warned of by the service's name",
      { cache: {}, app: url("127.0.0.1", "CACHE_HOST") },
      at("cache", "CACHE_HOST"),
    ],
    ...["POSTGRES_HOST", "DB_HOST", "APP_DB_HOST", "PGHOST"].map((variable): Case => [
      `without a port is warned of by the image in ${variable}`,
      { store: postgres, app: url("localhost", variable) },
      at("store", variable),
    ]),
    [
      "without a port is fine where it is the database's own, or nobody's",
      { db: { ...postgres, ...url("127.0.0.1", "PGHOST") }, app: url("localhost", "BIND_HOST") },
      [],
    ],
    [
      "is the service's own address on the host",
      { api: { expose: ["8080"] }, web: { ports: ["8080:80"], ...url("http://localhost:8080", "SELF") } },
      [],
    ],
    ...[
      ...["CLIENT_URL", "APP_URL", "WEB_URL", "BASE_URL", "ROOT_URL", "GF_SERVER_ROOT_URL", "NEXTAUTH_URL"],
      ...["AUTH_URL", "ALLOWED_HOSTS", "CSRF_TRUSTED"],
    ].map((variable): Case => [
      `is a browser's in ${variable}`,
      { api, app: url("http://localhost:8001", variable) },
      [],
    ]),
    [
      "is a browser's in an option, be its value a word of its own",
      {
        api,
        app: {
          command: ["--redirect-url=http://localhost:8001/x", "--redirect-url", "http://localhost:8001/x"],
        },
      },
      [],
    ],
    ["is nobody's port", { api, app: url("http://localhost:9999") }, []],
    [
      "is a browser's where the port is published",
      { api, app: url("http://localhost:8001", "VITE_API_URL") },
      [],
    ],
    [
      "is no browser's where it is not",
      { api, app: url("http://localhost:8000", "PUBLIC_URL") },
      at("api", "PUBLIC_URL"),
    ],
    [
      "is right in another's network",
      { api, app: { ...url("http://localhost:8000"), network_mode: "service:api" } },
      [],
    ],
    [
      "is right where another joins the network",
      { postgres: { ...postgres, network_mode: "service:app" }, app: url("postgres://localhost/x") },
      [],
    ],
    ["is the service's name where it should be", { postgres, app: url("postgresql://postgres:5432/x") }, []],
  ]);
});

describe("a service's host port in a URL", () => {
  const at = (path: string) => [`host-port-in-url services.app.${path}: write api:8000`];
  all([
    ["is warned of", { api, app: { environment: { API: "http://api:8001/x" } } }, at("environment.API")],
    ["is warned of without a scheme", { api, app: { command: ["api:8001"] } }, at("command.0")],
    [
      "is none where it is the container's as well",
      { api: { ports: ["80:80"] }, app: { command: ["http://api:80"] } },
      [],
    ],
    ["is none where it is the container's", { api, app: { environment: { API: "http://api:8000" } } }, []],
  ]);
});

describe("a container's name in a URL", () => {
  const container: EngineContainer = {
    id: "1",
    name: "other-db",
    project: "other",
    state: "running",
    ports: [],
    mounts: [],
  };
  const named = (host: string, more: object = {}) => ({ environment: { URL: `http://${host}:80` }, ...more });
  const place = "container-name-in-url services.app.environment.URL";
  const alias =
    "give the container an alias on an external network that both stacks join, and write the alias";
  all([
    [
      "is warned of as the program makes it",
      { api, app: named("shop-api-1") },
      [`${place}: write the name of the service, api`],
    ],
    [
      "is warned of as the definition makes it",
      { api: { container_name: "the-api" }, app: named("the-api") },
      [`${place}: write the name of the service, api`],
    ],
    [
      "is warned of as another stack's",
      { app: named("other-db") },
      [`${place}: ${alias}`],
      { containers: [container] },
    ],
    [
      "is none of this stack's own services",
      { "other-db": {}, app: named("other-db") },
      [],
      { containers: [container] },
    ],
    [
      "is an alias's",
      {
        api: { container_name: "the-api", networks: { default: { aliases: ["the-api"] } } },
        app: named("the-api"),
      },
      [],
    ],
    [
      "is the service's own entry of a host",
      { app: named("other-db", { extra_hosts: ["other-db=10.0.0.1"] }) },
      [],
      { containers: [container] },
    ],
    ["is not known without an engine", { app: named("other-db") }, []],
  ]);
});

describe("one SQLite file", () => {
  const volumes = { volumes: { data: {}, more: {} } };
  const fix = "mount the file read-only in all services but one, ask that one over HTTP, or use PostgreSQL";
  const writer = (path: string, mount = "data:/data", more: object = {}) => ({
    environment: { DATABASE_PATH: path },
    volumes: [mount],
    ...more,
  });
  const cases: [title: string, services: Written, services: readonly string[]][] = [
    ["of two writers is warned of", { a: writer("/data/x.db"), b: writer("/data/x.db") }, ["b"]],
    [
      "is the same wherever it is mounted, and however it is written",
      {
        a: writer("/data/x.sqlite3"),
        b: writer("sqlite+aiosqlite:////srv/x.sqlite3?mode=rwc", "data:/srv/"),
      },
      ["b"],
    ],
    ["of two replicas is warned of", { a: writer("/data/x.db", "data:/data", { scale: 2 }) }, ["a"]],
    ["may be read by others", { a: writer("/data/x.db"), b: writer("/data/x.db", "data:/data:ro") }, []],
    ["is another one beside it", { a: writer("/data/x.db"), b: writer("/data/y.db") }, []],
    [
      "is another one in another volume",
      { a: writer("/data/x.db"), b: writer("/data/x.db", "more:/data") },
      [],
    ],
    [
      "is another one in a volume further below",
      {
        a: writer("/data/in/x.db"),
        b: { ...writer("/data/in/x.db"), volumes: ["data:/data", "more:/data/in"] },
      },
      [],
    ],
    ["is each container's own without a volume", { a: writer("/tmp/x.db", "data:/data", { scale: 2 }) }, []],
    [
      "is a job's before it is the service's",
      {
        job: writer("/data/x.db"),
        a: writer("/data/x.db", "data:/data", {
          depends_on: { job: { condition: "service_completed_successfully" } },
        }),
      },
      [],
    ],
  ];
  for (const [title, services, writers] of cases)
    test(title, () => {
      assert.deepEqual(
        warned(services, {}, volumes),
        writers.map((name) => `sqlite-two-writers services.${name}.environment.DATABASE_PATH: ${fix}`),
      );
    });
});

describe("a SQLite file by its names", () => {
  const volumes = { volumes: { data: {}, more: {} } };
  const reader = "mount the volume read-only (`:ro`), or ask `a` over HTTP";
  const writer = (value: string, more: object = {}) => ({
    environment: { DATABASE_URL: value },
    volumes: ["data:/data"],
    ...more,
  });
  const mounts = (...mounted: string[]) => ({ volumes: mounted });
  const at = (path: string) => [`sqlite-two-writers services.b.${path}: ${reader}`];
  const named = [
    "sqlite-two-writers services.b.environment.DATABASE_URL: mount the file read-only in all services but one, ask that one over HTTP, or use PostgreSQL",
  ];
  const cases: [title: string, services: Written, expected: readonly string[], more?: Written][] = [
    [
      "is written to by whoever has its volume mounted, wherever, and does not name it",
      { a: writer("/data/x.db"), b: mounts("more:/m", "data:/contracts") },
      at("volumes.1"),
    ],
    ["is read by one that mounts it so", { a: writer("/data/x.db"), b: mounts("data:/contracts:ro") }, []],
    [
      "is a folder of the host likewise, also a folder above",
      { a: writer("/data/x.db", mounts("./state/a:/data")), b: mounts("./state:/state") },
      at("volumes.0"),
    ],
    [
      "is not below a mount beside it",
      { a: writer("/data/x.db", mounts("./state/a:/data")), b: mounts("./state/ab:/data") },
      [],
    ],
    [
      "is hidden by what is mounted over it",
      { a: writer("/data/in/x.db"), b: mounts("data:/data", "more:/data/in") },
      [],
    ],
    [
      "is a job's that its writer waits for",
      {
        a: writer("/data/x.db", { depends_on: { b: { condition: "service_completed_successfully" } } }),
        b: mounts("data:/data"),
      },
      [],
    ],
    [
      "is one in two volumes that are one on the engine",
      { a: writer("/data/x.db"), b: mounts("more:/data") },
      at("volumes.0"),
      { volumes: { data: { name: "shared" }, more: { name: "shared" } } },
    ],
    [
      "is only read by whoever opens it so, though it could write",
      {
        a: writer("/data/x.db"),
        b: writer("file:/data/x.db?mode=ro"),
        c: writer("sqlite:///file:/data/x.db?immutable=1&uri=true"),
      },
      [],
    ],
    [
      "is told once of a service that names it twice",
      { a: writer("/data/x.db"), b: writer("/data/x.db", { command: ["serve", "--db=/data/x.db"] }) },
      named,
    ],
    ...[
      ...["sqlite:/data/x.db", "sqlite:///data/x.db", "sqlite:////data/x.db", "jdbc:sqlite:/data/x.db"],
      ...["file:///data/x.db", "file:/data/x.db?mode=rwc"],
    ].map((url): (typeof cases)[number] => [
      `is absolute in ${url}`,
      { a: writer("/data/x.db"), b: writer(url) },
      named,
    ]),
    ...["x.db", "./x.db", "file:./x.db", "sqlite:x.db", "sqlite://x.db", "sqlite:///x.db"].map(
      (url): (typeof cases)[number] => [
        `is one below the working directory in ${url}`,
        { a: writer("/data/x.db"), b: writer(url, { working_dir: "/data" }) },
        named,
      ],
    ),
    [
      "is not known where a relative path counts from the image's own directory",
      { a: writer("/data/x.db"), b: { environment: { DATABASE_URL: "x.db" } } },
      [],
    ],
  ];
  for (const [title, services, expected, more = volumes] of cases)
    test(title, () => {
      assert.deepEqual(warned(services, {}, more), expected);
    });
});

describe("a start period", () => {
  const app = (healthcheck: object) => ({ app: { healthcheck: { test: ["CMD", "true"], ...healthcheck } } });
  const short = (better: string) => [
    `start-period-too-short services.app.healthcheck.start_period: write ${better}: failed probes do not count until then`,
  ];
  all([
    [
      "shorter than the last start is warned of",
      app({ start_period: "30s" }),
      short("1m2s"),
      { starts: { app: 40.8 } },
    ],
    ["longer than the last start is fine", app({ start_period: "30s" }), [], { starts: { app: 12.5 } }],
    ["that was never measured is fine", app({ start_period: "1s" }), [], { starts: { db: 40 } }],
    ["is not missed where the first probe was good", app({ interval: "10s" }), [], { starts: { app: 10.2 } }],
    ["is missed where probes failed", app({ interval: "10s" }), short("31s"), { starts: { app: 20.3 } }],
    ["of no length is none", app({ interval: "10s", start_period: "0s" }), [], { starts: { app: 10.2 } }],
    [
      "is not missed where the first probe comes after it",
      app({ start_period: "2s", start_interval: "5s" }),
      [],
      { starts: { app: 5.1 } },
    ],
    ["is nothing to a service without a health check", { app: {} }, [], { starts: { app: 99 } }],
  ]);
});

describe("memory limits", () => {
  const limit = (memory: string, more: object = {}) => ({
    deploy: { resources: { limits: { memory } } },
    ...more,
  });
  const memory = 4 * 1024 ** 3;
  const fix = "lower the limits, or run fewer services at a time";
  all([
    [
      "that add up to more than the machine has are warned of",
      { a: limit("1G"), b: { mem_limit: "3G" }, c: limit("64M") },
      [`memory-overcommitted services.b.mem_limit: ${fix}`],
      { memory },
    ],
    [
      "count once a replica",
      { a: limit("2G", { scale: 3 }) },
      [`memory-overcommitted services.a.deploy.resources.limits.memory: ${fix}`],
      { memory },
    ],
    ["that fit are fine", { a: limit("1G"), b: limit("3G") }, [], { memory }],
    [
      "of a job that ends are not added",
      {
        job: limit("3G"),
        a: limit("2G", { depends_on: { job: { condition: "service_completed_successfully" } } }),
      },
      [],
      { memory },
    ],
    ["of a machine that is not known are fine", { a: limit("999G") }, []],
  ]);
});

test("memory limits are told in a unit in which they are more than the machine has", () => {
  const services = { a: { image: "a", mem_limit: "4097M" } };
  const [warning] = warningsIn(modelFrom({ services }), { memory: 4 * 1024 ** 3 });
  assert.match(warning?.message ?? "", /add up to 4097 MiB on a machine that has 4096 MiB/);
  assert.equal(warning?.service, "a", "so that it can be silenced by it");
});

test("of a start period only what the service says is told, since the image may have one", () => {
  const services = { app: { image: "app", healthcheck: { test: ["CMD", "true"], interval: "10s" } } };
  const [warning] = warningsIn(modelFrom({ services }), { starts: { app: 40 } });
  assert.match(
    warning?.message ?? "",
    /the service became healthy after 40 s, and the service sets no start_period/,
  );
});

describe("pg_isready", () => {
  const waits = { depends_on: { db: { condition: "service_healthy" } } };
  const fix = "ask over TCP: pg_isready -h 127.0.0.1 …";
  all([
    [
      "by the socket is warned of where others wait for it",
      { db: { healthcheck: health("pg_isready -U x") }, app: waits },
      [`pg-isready-by-socket services.db.healthcheck.test: ${fix}`],
    ],
    ...[
      ...["pg_isready -h 127.0.0.1 -U x", "pg_isready -hlocalhost", "pg_isready --host=localhost"],
      ...["pg_isready -d postgresql://u@127.0.0.1/x", "pg_isready -d 'host=127.0.0.1'"],
      ...["PGHOST=127.0.0.1 pg_isready", 'pg_isready -h "$HOSTNAME"'],
    ].map((asks): Case => [
      `over TCP is fine, as ${asks}`,
      { db: { healthcheck: health(asks) }, app: waits },
      [],
    ]),
    ...[
      ...["pg_isready -h /var/run/postgresql", "pg_isready -d postgresql:///x?host=/tmp"],
      ...["PGHOST=/tmp pg_isready", "pg_isready -d dbname=x"],
    ].map((asks): Case => [
      `is by the socket in ${asks}`,
      { db: { healthcheck: health(asks) }, app: waits },
      [`pg-isready-by-socket services.db.healthcheck.test: ${fix}`],
    ]),
    [
      "is by the socket where the environment says so",
      { db: { environment: { PGHOST: "/tmp" }, healthcheck: health("pg_isready") }, app: waits },
      [`pg-isready-by-socket services.db.healthcheck.test: ${fix}`],
    ],
    ["is fine where nobody waits for it", { db: { healthcheck: health("pg_isready") } }, []],
  ]);
});

describe("a variable in a health command without a shell", () => {
  const app = (test: string[], more: object = {}) => ({ app: { healthcheck: { test }, ...more } });
  const fix =
    "write CMD-SHELL instead of CMD, with one text: a shell replaces the variable (in a Compose file, write $$PASSWORD)";
  all([
    [
      "is filled in by nobody",
      app(["CMD", "redis-cli", "-a", "$PASSWORD", "ping"]),
      [`interpolated-health-command services.app.healthcheck.test: ${fix}`],
    ],
    [
      "is filled in by nobody within a word either",
      app(["CMD", "mysqladmin", "ping", "-p${PASSWORD}"]),
      [`interpolated-health-command services.app.healthcheck.test: ${fix}`],
    ],
    ["is a shell's that is called", app(["CMD", "sh", "-c", "redis-cli -a $PASSWORD ping"]), []],
    ["is another language's own", app(["CMD", "node", "-e", "fetch(`http://localhost:${PORT}`)"]), []],
    ["is none where it is no variable's name", app(["CMD", "ask", "--price=$5", "$id"]), []],
    ["is a shell's in CMD-SHELL", { app: { healthcheck: health("redis-cli -a $PASSWORD ping") } }, []],
  ]);

  test("is filled in where it is a secret's placeholder", () => {
    const services = app(["CMD", "redis-cli", "-a", "${PASSWORD}", "ping"], { image: "redis" });
    assert.deepEqual(warningsIn(modelFrom({ services }, { secrets: ["PASSWORD"] })), []);
  });
});

describe("a doubled dollar", () => {
  all([
    [
      "in a definition that nothing undoubles is warned of",
      { app: { healthcheck: health("pg_isready -U $${USER}"), command: ["sh", "-c", "echo $$HOME"] } },
      [
        "doubled-dollar services.app.healthcheck.test: write $USER",
        "doubled-dollar services.app.command: write $HOME",
      ],
    ],
    [
      "is a shell's own where no name follows",
      { app: { command: ["sh", "-c", "echo $$ > pid; echo $HOME"] } },
      [],
    ],
  ]);
});

describe("what is pasted from a Compose file into stack config", () => {
  const pasted = (app: Written, secrets: string[] = ["dbPassword"]) => {
    const volumes = ["base:/base"];
    const services = {
      app: { image: "app", ...app, volumes: [...volumes, ...((app.volumes as string[] | undefined) ?? [])] },
    };
    const sources = [
      { definitions: definitions({ services: { app: { image: "app", volumes } } }) },
      { file: "Pulumi.dev.yaml", definitions: definitions({ services: { app } }) },
    ];
    return warningsIn(modelFrom({ services }, { sources, secrets })).map(({ name, path, message, fix }) => {
      assert.doesNotMatch(message + fix, /word|apr1/, "what may be a password is not told");
      return `${name} ${path}`;
    });
  };
  const cases: [title: string, app: Written, expected: readonly string[]][] = [
    [
      "has variables that nobody fills in",
      {
        ...{
          environment: { LEVEL: "${LEVEL:-info}", URL: "http://${HOST?who}" },
          image: "reg/app:${TAG:-1}",
        },
        ...{ labels: { "a.b": "${NAME}" }, volumes: ["${DATA}:/data"] },
      },
      [
        ...["environment.LEVEL", "environment.URL", "image", "labels.a.b", "volumes.1.source"].map(
          (path) => `not-interpolated services.app.${path}`,
        ),
      ],
    ],
    [
      "has a secret's placeholder, which is filled in",
      { environment: { URL: "postgres://u:${dbPassword}@postgres/x" } },
      [],
    ],
    [
      "has what is a shell's to fill in",
      {
        ...{ command: ["sh", "-c", "echo ${HOME}"], entrypoint: ["sh", "-c", "echo ${A:-b}"] },
        healthcheck: health("curl localhost:${PORT:-80}"),
      },
      [],
    ],
    [
      "has another language's own",
      { environment: { A: "${server.port}", B: "${PORT:8080}", C: "$${X}" } },
      ["doubled-dollar services.app.environment.C"],
    ],
    [
      "has doubled dollars where nothing makes one of two",
      { environment: { PASSWORD: "pa$$word" }, labels: { auth: "admin:$$apr1$$9Cv$$ZomW" } },
      ["doubled-dollar services.app.environment.PASSWORD", "doubled-dollar services.app.labels.auth"],
    ],
    [
      "has PostgreSQL's quotes",
      {
        environment: { SQL: "DO $$BEGIN PERFORM 1; END$$;" },
        command: ["psql", "-c", "DO $$BEGIN PERFORM 1; END$$"],
      },
      [],
    ],
  ];
  for (const [title, app, expected] of cases)
    test(title, () => {
      assert.deepEqual(pasted(app).toSorted(), expected);
    });

  test("has a secret by its variable, and is told its placeholder", () => {
    const services = { app: { image: "app", environment: { URL: "redis://:${DB_PASSWORD}@redis" } } };
    const sources = [{ file: "Pulumi.dev.yaml", definitions: definitions({ services }) }];
    const [warning] = warningsIn(modelFrom({ services }, { sources, secrets: ["dbPassword"] }));
    assert.equal(warning?.fix, "write the secret as ${dbPassword}");
  });

  test("is no matter of definitions, in which an application may have its own", () => {
    assert.deepEqual(warned({ app: { environment: { A: "${LEVEL:-info}", B: "a$$b" } } }), []);
  });
});

describe("a volume without a name", () => {
  const fix = "name the volume below `volumes`, and write name:/var/lib/data";
  all([
    [
      "is warned of",
      { app: { volumes: ["/var/lib/data"] } },
      [`anonymous-volume services.app.volumes.0: ${fix}`],
    ],
    ["may cover a part of another mount", { app: { volumes: [".:/app", "/app/node_modules"] } }, []],
  ]);
});

describe("a router's rule", () => {
  const label = (rule: string) => ({ app: { labels: { "traefik.http.routers.app.rule": rule } } });
  all([
    [
      "in single quotes is warned of",
      label("PathPrefix('/api')"),
      ["router-rule-quotes services.app.labels.traefik.http.routers.app.rule: write PathPrefix(`/api`)"],
    ],
    ["in backticks is fine", label("PathPrefix(`/api`) && Host(`it's.example`)"), []],
  ]);
});

describe("in a Compose file as it is written", () => {
  const file = (
    services: Readonly<Record<string, WrittenService>>,
    variables: Record<string, string> = {},
  ): WrittenFile => ({
    file: "compose.yaml",
    services,
    secrets: {},
    others: {},
    includes: false,
    variable: (name) => variables[name],
  });
  interface More {
    /** The stack as Compose made it of the files; by default what the one service has. */
    readonly stack?: Written;
    readonly variables?: Record<string, string>;
    readonly stacks?: string[];
    /** The same service in files laid over. */
    readonly over?: WrittenService[];
    /** Stack config, laid over that. */
    readonly override?: Written;
  }
  const told = (service: WrittenService, more: More = {}) => {
    const {
      stack: services = { app: service },
      variables,
      stacks = ["dev"],
      over = [],
      override = {},
    } = more;
    const files = [service, ...over].map((written, index) => ({
      ...file({ app: written }, variables),
      file: index === 0 ? "compose.yaml" : `over-${index}.yaml`,
    }));
    const sources = [{ definitions: definitions({ services: override }) }];
    return guessInWritten(files, modelFrom({ services }, { sources }), stacks).map(
      ({ file: where = "", service: whose = "", name, path, fix }) =>
        `${where} ${whose} ${name} ${path}: ${fix}`,
    );
  };
  const command = (test: unknown, environment: object, variables: Record<string, string> = {}) =>
    told({ healthcheck: { test } }, { stack: { app: { environment, healthcheck: { test } } }, variables });
  const doubled = (name: string) => [
    `compose.yaml app interpolated-health-command services.app.healthcheck.test: write $$${name}: the shell of the container replaces it`,
  ];

  test("a variable of a health command that is set nowhere is warned of", () => {
    assert.deepEqual(command(["CMD-SHELL", "pg_isready -U $PGUSER"], { PGUSER: "app" }), doubled("PGUSER"));
    assert.deepEqual(command("pg_isready -U ${PGUSER}", {}), doubled("PGUSER"));
  });

  test("so is one that the container has another value of", () => {
    assert.deepEqual(command("echo $USER", { USER: "app" }, { USER: "me" }), doubled("USER"));
  });

  test("one that is the same on both sides, is Compose's alone, has a default or is doubled is fine", () => {
    assert.deepEqual(command("echo $USER", { USER: "app" }, { USER: "app" }), []);
    assert.deepEqual(command("curl localhost:${PORT}", {}, { PORT: "80" }), []);
    assert.deepEqual(command("curl localhost:${PORT:-80}", { PORT: "1" }), []);
    assert.deepEqual(command("echo $$USER $${HOME} costs $$5", { USER: "app" }), []);
  });

  test("one in a command that another file or stack config replaces is fine", () => {
    const single = { healthcheck: { test: "pg_isready -U $PGUSER" } };
    const twice = { healthcheck: { test: "pg_isready -U $$PGUSER" } };
    assert.deepEqual(told(single, { over: [twice] }), []);
    assert.deepEqual(told(twice, { over: [single] }), [
      doubled("PGUSER")[0]?.replace("compose.yaml", "over-1.yaml"),
    ]);
    assert.deepEqual(told(single, { override: { app: { healthcheck: { test: "pg_isready" } } } }), []);
    assert.deepEqual(told(single, { stack: { app: { healthcheck: { disable: true } } } }), []);
  });

  test("one without a shell is not filled in by doubling it alone", () => {
    const test = ["CMD", "redis-cli", "-a", "$PASSWORD", "ping"];
    assert.deepEqual(command(test, {}), [
      "compose.yaml app interpolated-health-command services.app.healthcheck.test: write CMD-SHELL instead of CMD, with one text that has $$PASSWORD: a shell replaces it",
    ]);
    assert.deepEqual(command(["CMD", "sh", "-c", "redis-cli -a $PASSWORD ping"], {}), doubled("PASSWORD"));
  });

  test("a service that is not in the stack, as its profile is off, is warned of nothing", () => {
    const service = {
      ...{ healthcheck: { test: "echo $USER" }, depends_on: ["db"], container_name: "shop-app" },
    };
    const db = { healthcheck: health("true") };
    assert.deepEqual(told(service, { stack: { db }, stacks: ["dev", "test"] }), []);
  });

  test("a dependency in the short form on a service with a health check is warned of", () => {
    const services = { app: {}, db: { healthcheck: health("true") }, cache: {} };
    const written = { depends_on: ["db", "cache", "nobody"] };
    const whole = (app: object) => ({ stack: { ...services, app } });
    const warning =
      "app started-not-healthy services.app.depends_on: write `db: { condition: service_healthy }`, or service_started if that is meant";
    assert.deepEqual(told(written, whole(written)), [`compose.yaml ${warning}`]);
    const long = (condition: string) => ({ depends_on: { db: { condition } } });
    assert.deepEqual(told(long("service_started"), whole(long("service_started"))), []);
    // A file laid over says what to wait for, even if only for the container's start.
    for (const condition of ["service_healthy", "service_started"])
      assert.deepEqual(told(written, { ...whole(long(condition)), over: [long(condition)] }), []);
    assert.deepEqual(told(written, { ...whole(written), over: [written] }), [`over-1.yaml ${warning}`]);
  });

  test("a container's name that all of several stacks have is warned of", () => {
    const fix = "remove the key, or put a variable into it that each stack sets";
    const fixed = { container_name: "shop-db" };
    assert.deepEqual(told(fixed, { stacks: ["dev", "test"] }), [
      `compose.yaml app fixed-container-name services.app.container_name: ${fix}`,
    ]);
    assert.deepEqual(told(fixed, { stacks: ["dev"] }), []);
    assert.deepEqual(told({ container_name: "shop-db-${STACK}" }, { stacks: ["dev", "test"] }), []);
    // Another file, or stack config, is laid over and gives each stack's container another name.
    const more = { stacks: ["dev", "test"], stack: { app: { container_name: "shop-db-dev" } } };
    assert.deepEqual(told(fixed, { ...more, over: [{ container_name: "shop-db-${STACK}" }] }), []);
    assert.deepEqual(told(fixed, more), []);
  });

  test("a profile that no service has is warned of in stack config", () => {
    const files = [file({ app: { profiles: ["dev", "workers"] } })];
    assert.deepEqual(unknownProfiles(["dev", "wokers"], files, "Pulumi.dev.yaml"), [
      {
        kind: "warning",
        name: "unknown-profile",
        file: "Pulumi.dev.yaml",
        path: "profiles",
        message: "no service has the profile `wokers`",
        fix: "did you mean `workers`?",
      },
    ]);
    assert.deepEqual(unknownProfiles(["*"], files, undefined), []);
    // Its services are another file's, which is not read here.
    assert.deepEqual(unknownProfiles(["x"], [{ ...file({}), includes: true }], undefined), []);
  });
});
