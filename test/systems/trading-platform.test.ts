import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { request, type RequestOptions } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { load } from "js-yaml";
import type { Definitions } from "../../components/compose-spec/definitions.ts";
import { directory, TestStack, type Settings } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";
import {
  assertNamedVolumes,
  assertProcessLimits,
  containerIds,
  docker,
  eventsDuring,
  inspectContainer,
  leftOf,
} from "../fixture/docker.ts";
import { ask } from "../fixture/http.ts";
import { assertReadable, mistakesIn } from "../fixture/output.ts";
import { freePorts, takePort } from "../fixture/ports.ts";
import { assertNoChanges, assertNoDrift } from "../fixture/no-changes.ts";

const folder = "systems/trading-platform";
const config = "Pulumi.base.yaml";

const base = ["grafana", "loki", "postgres", "prometheus", "promtail", "redis"];
const apis = ["execution-gateway", "market-data"];
/** Every stack's services. */
const stacks = {
  base,
  dev: [...base, ...apis, "web-console"].sort(),
  workers: [...base, "alert-worker", "backtest-worker"].sort(),
  mtls: [...base, ...apis, "certificates", "nginx-mtls", "web-console-secure"].sort(),
  oauth2: [...base, ...apis, "certificates", "nginx-oauth2", "oauth2-proxy", "web-console-secure"].sort(),
  manual: [...base, "backtest", "backtest-report"].sort(),
} as const;
type StackName = keyof typeof stacks;

/** What the owner of a stack oauth2 sets; the cookie's is 32 bytes, as oauth2-proxy demands. */
const oauth2 = {
  OAUTH2_PROXY_CLIENT_ID: `id-${randomBytes(8).toString("hex")}`,
  OAUTH2_PROXY_CLIENT_SECRET: `client-${randomBytes(12).toString("hex")}`,
  OAUTH2_PROXY_COOKIE_SECRET: randomBytes(16).toString("hex"),
};

/** They want a passphrase of their own. */
const environment = { ...oauth2, PULUMI_CONFIG_PASSPHRASE: "correct horse" };

/** What a stack's file says, without the project's prefix. */
async function settingsOf(name: StackName): Promise<Settings> {
  const text = await readFile(join(directory, folder, `Pulumi.${name}.yaml`), "utf8");
  const settings = (load(text) as { config: Record<string, unknown> }).config;
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [key.replace(/^.*?:/, ""), value]),
  );
}

/** Published ports that the engine chooses, for those of the services that the stack has. */
function anyPorts(name: StackName): NonNullable<Definitions["services"]> {
  const published: Readonly<Record<string, number>> = {
    postgres: 5432,
    redis: 6379,
    prometheus: 9090,
    loki: 3100,
    grafana: 3000,
    "market-data": 8000,
    "execution-gateway": 8000,
    "web-console": 8000,
    "nginx-mtls": 443,
    "nginx-oauth2": 443,
  };
  return Object.fromEntries(
    stacks[name].flatMap((service) => {
      const target = published[service];
      return target === undefined ? [] : [[service, { ports: [{ target, host_ip: "127.0.0.1" }] }]];
    }),
  );
}

describe("preview of the trading platform, without an engine", () => {
  let stack: TestStack;
  let anonymous: TestStack;
  before(async () => {
    stack = await TestStack.create({ folder, config, engine: false, environment });
    anonymous = await TestStack.create({ folder, config, engine: false });
  });
  after(() => Promise.all([stack.down(), anonymous.down()]));

  interface Planned {
    /** Published ports by service, as `5433:5432`. */
    readonly containers: Readonly<Record<string, readonly string[]>>;
    readonly volumes: readonly string[];
    readonly networks: readonly string[];
  }

  async function planned(name: StackName): Promise<Planned> {
    await stack.configure({ settings: await settingsOf(name) });
    const { code, output } = await stack.pulumi("preview", "--json");
    assert.equal(code, 0, output);
    for (const secret of Object.values(oauth2)) assert.ok(!output.includes(secret), "a secret in clear");
    interface Step {
      readonly urn: string;
      readonly newState?: {
        readonly inputs: { ports?: { external?: number; internal: number; ip?: string }[] };
      };
    }
    const { steps } = JSON.parse(output) as { readonly steps: readonly Step[] };
    const named = (type: string) =>
      steps
        .filter(({ urn }) => urn.includes(`:${type}::`))
        .map((step) => ({ name: step.urn.split("::").at(-1) ?? "", step }))
        .sort((one, other) => (one.name < other.name ? -1 : 1));
    return {
      containers: Object.fromEntries(
        named("Container").map(({ step }) => [
          stack.serviceOf(step.urn),
          (step.newState?.inputs.ports ?? []).map(
            ({ external, internal }) => `${external ?? ""}:${internal}`,
          ),
        ]),
      ),
      volumes: named("Volume").map(({ name: volume }) => volume.replace(`${stack.project}_`, "")),
      networks: named("Network").map(({ name: network }) => network),
    };
  }

  const basePorts = {
    postgres: ["5433:5432"],
    redis: ["6379:6379"],
    prometheus: ["9090:9090"],
    loki: ["3100:3100"],
    grafana: ["3000:3000"],
  };
  const apiPorts = { "market-data": ["8101:8000"], "execution-gateway": ["8102:8000"] };
  const ports: Readonly<Record<StackName, Readonly<Record<string, readonly string[]>>>> = {
    base: basePorts,
    dev: { ...basePorts, ...apiPorts, "web-console": ["8100:8000"] },
    workers: basePorts,
    // The web console itself is published nowhere: the way to it is nginx.
    mtls: { ...basePorts, ...apiPorts, "nginx-mtls": ["8443:443"] },
    oauth2: { ...basePorts, ...apiPorts, "nginx-oauth2": ["8444:443"] },
    manual: basePorts,
  };
  const baseVolumes = ["grafanadata", "lokidata", "pgdata", "prometheusdata", "promtaildata", "redisdata"];
  const volumes: Readonly<Record<StackName, readonly string[]>> = {
    base: baseVolumes,
    dev: baseVolumes,
    workers: ["backtest_data", ...baseVolumes],
    mtls: ["certificates", ...baseVolumes],
    oauth2: ["certificates", ...baseVolumes],
    manual: ["backtest_data", ...baseVolumes],
  };

  for (const name of Object.keys(stacks) as StackName[]) {
    test(`the stack ${name} has its services on their ports, its volumes and both networks`, async () => {
      assert.deepEqual(await planned(name), {
        containers: Object.fromEntries(stacks[name].map((service) => [service, ports[name][service] ?? []])),
        volumes: volumes[name],
        networks: ["default", "trading_platform"],
      });
    });
  }

  test("the stack oauth2 without its secrets names each of them, and both ways to set it", async () => {
    await anonymous.configure({ settings: await settingsOf("oauth2") });
    const { code, output } = await anonymous.pulumi("preview");
    assert.notEqual(code, 0);
    assertReadable(output);
    const mistakes = mistakesIn(output);
    const keys = ["oauth2ProxyClientId", "oauth2ProxyClientSecret", "oauth2ProxyCookieSecret"];
    assert.deepEqual(mistakes.map(({ place }) => place.split(": ").at(-1)).sort(), keys);
    for (const [index, variable] of Object.keys(oauth2).entries()) {
      const fix = mistakes.find(({ place }) => place.endsWith(keys[index] ?? ""))?.fix ?? "";
      assert.ok(fix.includes(`config set --secret ${keys[index] ?? ""}`) && fix.includes(variable), fix);
    }
  });

  test("no other stack asks for them", async () => {
    await anonymous.configure({ settings: await settingsOf("mtls") });
    const { code, output } = await anonymous.pulumi("preview");
    assert.equal(code, 0, output);
  });
});

describe("the trading platform", () => {
  let stack: TestStack;
  before(async () => {
    stack = await TestStack.create({ folder, config, environment });
  });
  after(async () => {
    await stack.down();
    assert.deepEqual(await leftOf(stack.project), []);
  });

  /** Gives the stack the config of one of the files, without host ports and without volumes that would be kept. */
  async function become(name: StackName, changes: Settings = {}): Promise<void> {
    await stack.configure({
      settings: { ...(await settingsOf(name)), keepVolumes: "false", ...changes },
      services: anyPorts(name),
    });
  }

  async function running(): Promise<string[]> {
    return Object.keys(await containerIds(stack.project));
  }

  const volumesOf = async () => {
    const filter = `label=com.docker.compose.project=${stack.project}`;
    const names = (await docker("volume", "ls", "--format", "{{.Name}}", "--filter", filter))
      .trim()
      .split("\n");
    return names.map((name) => name.replace(`${stack.project}_`, "")).sort();
  };

  /** Services that Prometheus reaches, and those that it does not. */
  async function scraped(job: string): Promise<Record<string, string>> {
    const query = encodeURIComponent(`up{job="${job}"}`);
    const { status, body } = await ask<{
      data: { result: { metric: { service: string }; value: [number, string] }[] };
    }>("GET", `${await stack.url("prometheus")}/api/v1/query?query=${query}`);
    if (status !== 200) return {};
    return Object.fromEntries(body.data.result.map(({ metric, value }) => [metric.service, value[1]]));
  }

  async function everyoneUp(job: string, services: readonly string[]): Promise<true | undefined> {
    const states = await scraped(job);
    return services.every((service) => states[service] === "1") || undefined;
  }

  describe("as the stack dev", () => {
    let events: Awaited<ReturnType<typeof eventsDuring>>;
    before(async () => {
      await become("dev");
      events = await eventsDuring(stack.project, () => stack.up());
    });

    test("has no volume without a name, and a limit of processes in every container", async () => {
      await assertNamedVolumes(stack.project);
      await assertProcessLimits(stack.project);
    });

    test("runs its services, and has nothing to change after up, and after a refresh", async () => {
      assert.deepEqual(await running(), stacks.dev);
      await assertNoChanges(stack);
      await assertNoDrift(stack);
    });

    test("starts no API service before PostgreSQL and Redis are healthy", () => {
      const at = (service: string, action: string) =>
        events.findIndex((event) => event.service === service && event.action === action);
      for (const service of [...apis, "web-console"]) {
        for (const prerequisite of ["postgres", "redis"]) {
          const healthy = at(prerequisite, "health_status: healthy");
          assert.ok(healthy >= 0 && healthy < at(service, "start"), `${service} before ${prerequisite}`);
        }
      }
    });

    test("has the defaults of the seed's configuration table", async () => {
      const { container } = await stack.service("execution-gateway");
      const gateway = (await inspectContainer(container)).Config.Env;
      const postgres = (await inspectContainer((await stack.service("postgres")).container)).Config.Env;
      for (const variable of ["POSTGRES_USER=trader", "POSTGRES_PASSWORD=trader", "POSTGRES_DB=trader"]) {
        assert.ok(postgres.includes(variable), variable);
      }
      for (const variable of ["REDIS_URL=redis://redis:6379/0", "ALPACA_API_KEY_ID="]) {
        assert.ok(gateway.includes(variable), variable);
      }
    });

    test("takes an order, and keeps it in PostgreSQL", async () => {
      const url = await stack.url("execution-gateway");
      const order = { symbol: "AAPL", side: "buy", quantity: 3 };
      const placed = await until("a quote for AAPL", async () => {
        const answer = await ask<{ id: string; status: string }>("POST", `${url}/orders`, order);
        return answer.status === 201 ? answer.body : undefined;
      });
      assert.equal(placed.status, "filled");
      assert.deepEqual(
        await stack.query(`SELECT side, quantity, broker FROM orders WHERE id = '${placed.id}'`),
        ["buy|3|simulation"],
      );
      const { status, body } = await ask<string>("GET", `${await stack.url("web-console")}/`);
      assert.equal(status, 200);
      assert.ok(body.includes(placed.id));
    });

    test("Prometheus scrapes the API services and what observes them", async () => {
      await until("the API services up", () => everyoneUp("apps", [...apis, "web-console"]));
      await until("observability up", () => everyoneUp("observability", ["prometheus", "loki", "promtail"]));
    });

    test("Loki has by Promtail what an API service logged", async () => {
      const symbol = `X${randomBytes(4).toString("hex").toUpperCase()}`;
      const marketData = await stack.url("market-data");
      const query = encodeURIComponent(`{app="market-data", level="warning"} |= "${symbol}"`);
      const loki = await stack.url("loki");
      const lines = await until("the line in Loki", async () => {
        // It goes by UDP, which may lose one.
        assert.equal((await ask("GET", `${marketData}/quotes/${symbol}`)).status, 404);
        const { status, body } = await ask<{ data: { result: { values: [string, string][] }[] } }>(
          "GET",
          `${loki}/loki/api/v1/query_range?query=${query}`,
        );
        if (status !== 200) return false;
        const found = body.data.result.flatMap(({ values }) => values.map(([, line]) => line));
        return found.length > 0 && found;
      });
      assert.deepEqual([...new Set(lines)], [`market-data: there is no quote for ${symbol}`]);
    });

    test("Grafana is healthy and has both as data sources", async () => {
      const grafana = await stack.url("grafana");
      assert.equal((await ask("GET", `${grafana}/api/health`)).status, 200);
      const authorization = `Basic ${Buffer.from("admin:admin").toString("base64")}`;
      const { body } = await ask<{ name: string; type: string; url: string }[]>(
        "GET",
        `${grafana}/api/datasources`,
        undefined,
        { authorization },
      );
      assert.deepEqual(body.map(({ name, type, url }) => [name, type, url]).sort(), [
        ["Loki", "loki", "http://loki:3100"],
        ["Prometheus", "prometheus", "http://prometheus:9090"],
      ]);
    });
  });

  describe("as the stack dev, with the profile workers added", () => {
    test("a backtest that is posted to the console is worked on, in one project and one database", async () => {
      const before = await containerIds(stack.project);
      const { code, output } = await stack.command("up", "--yes", "--profile", "workers");
      assert.equal(code, 0, output);
      const after = await containerIds(stack.project);
      assert.deepEqual(Object.keys(after).sort(), [...stacks.dev, "alert-worker", "backtest-worker"].sort());
      assert.deepEqual({ ...after, ...before }, after);
      const console = await stack.url("web-console");
      const posted = await ask<{ id: string }>("POST", `${console}/backtests`, { symbol: "SPY" });
      assert.ok(posted.status < 300, `${posted.status}`);
      await until("the backtest's row", async () => {
        const query = `SELECT symbol FROM backtests WHERE id = '${posted.body.id}'`;
        return (await stack.query(query)).length > 0;
      });
    });
  });

  describe("as the stack workers", () => {
    before(async () => {
      await become("workers");
      await stack.up();
    });

    test("runs its services on all seven volumes, and has nothing to change", async () => {
      assert.deepEqual(await running(), stacks.workers);
      assert.deepEqual(await volumesOf(), [
        "backtest_data",
        "grafanadata",
        "lokidata",
        "pgdata",
        "prometheusdata",
        "promtaildata",
        "redisdata",
      ]);
      await assertNoChanges(stack);
      await assertNoDrift(stack);
    });

    test("the backtest worker takes a job from Redis, and leaves a row and a file", async () => {
      const id = randomUUID();
      const job = JSON.stringify({ id, symbol: "SPY", fast: 5, slow: 20 });
      assert.equal((await stack.exec("redis", "redis-cli", "LPUSH", "backtests", job)).code, 0);
      const [row = ""] = await until("the backtest's row", async () => {
        const rows = await stack.query(`SELECT symbol, fast, slow, file FROM backtests WHERE id = '${id}'`);
        return rows.length > 0 && rows;
      });
      assert.equal(row, `SPY|5|20|/backtests/${id}.json`);
      const file = await stack.exec("backtest-worker", "cat", `/backtests/${id}.json`);
      const { equity } = JSON.parse(file.output) as { equity: number[] };
      assert.equal(equity[0], 1);
      assert.equal(equity.length, 252);
      await until("the queues empty", async () => {
        const { output } = await stack.exec("redis", "redis-cli", "EXISTS", "backtests", "backtests:running");
        return output.trim() === "0";
      });
    });

    test("the alert worker follows the quotes in Redis, and raises an alert once", async () => {
      const [rule = ""] = await stack.query(
        "INSERT INTO alert_rules (symbol, above) VALUES ('TEST', 100) RETURNING id",
      );
      for (const price of ["99.5", "101.25", "102"]) {
        const quote = ["XADD", "quotes:stream", "*", "symbol", "TEST", "price", price];
        assert.equal((await stack.exec("redis", "redis-cli", ...quote)).code, 0);
      }
      const raised = await until("the alert", async () => {
        const rows = await stack.query(`SELECT price FROM alerts WHERE rule = ${rule.split("\n")[0] ?? ""}`);
        return rows.length > 0 && rows;
      });
      assert.deepEqual(raised, ["101.25"]);
    });

    test("Prometheus scrapes the workers, and no longer the API services that are gone", async () => {
      await until(
        "the workers up and nobody else",
        async () => {
          const states = await scraped("apps");
          return Object.keys(states).length === 2 && everyoneUp("apps", ["alert-worker", "backtest-worker"]);
        },
        400_000,
      );
    });
  });

  describe("as the stack mtls", () => {
    let certificates: string;
    before(async () => {
      await become("mtls");
      await stack.up();
      certificates = await mkdtemp(join(tmpdir(), "certificates-"));
      const { container } = await stack.service("certificates");
      await docker("cp", `${container}:/certificates/.`, certificates);
    });
    after(() => rm(certificates, { recursive: true }));

    const read = (file: string) => readFile(join(certificates, file));

    test("runs its services, and has nothing to change", async () => {
      assert.deepEqual(await running(), stacks.mtls);
      await assertNoChanges(stack);
      await assertNoDrift(stack);
    });

    test("refuses a visitor without a certificate", async () => {
      const answer = await askTls(await stack.url("nginx-mtls"), { ca: await read("ca.crt") });
      assert.equal(answer.status, 400);
      assert.match(answer.body, /No required SSL certificate was sent/);
    });

    test("refuses one whose certificate was not signed for clients", async () => {
      const [ca, cert, key] = await Promise.all([read("ca.crt"), read("server.crt"), read("server.key")]);
      const answer = await askTls(await stack.url("nginx-mtls"), { ca, cert, key });
      assert.equal(answer.status, 400);
      assert.match(answer.body, /SSL certificate error/);
    });

    test("accepts one with the client's certificate, and the console knows its name", async () => {
      const [ca, cert, key] = await Promise.all([read("ca.crt"), read("client.crt"), read("client.key")]);
      const answer = await askTls(await stack.url("nginx-mtls"), { ca, cert, key });
      assert.equal(answer.status, 200, answer.body);
      assert.match(answer.body, /Visitor: CN=trader/);
    });

    test("has no other way to the web console", async () => {
      assert.deepEqual((await stack.service("web-console-secure")).ports, {});
    });

    test("keeps the authority's key nowhere", async () => {
      assert.deepEqual(
        (
          await docker(
            "run",
            "--rm",
            "-v",
            `${stack.project}_certificates:/c`,
            "debian:bookworm-slim",
            "ls",
            "/c",
          )
        )
          .trim()
          .split("\n"),
        ["ca.crt", "client.crt", "client.key", "server.crt", "server.key"],
      );
    });
  });

  describe("as the stack oauth2", () => {
    before(async () => {
      await become("oauth2");
      await stack.up();
    });

    test("runs its services, and has nothing to change", async () => {
      assert.deepEqual(await running(), stacks.oauth2);
      await assertNoChanges(stack);
      await assertNoDrift(stack);
    });

    test("sends an anonymous visitor to log in with the provider, and back afterwards", async () => {
      const answer = await askTls(await stack.url("nginx-oauth2"), { rejectUnauthorized: false, path: "/" });
      assert.equal(answer.status, 302, answer.body);
      const location = new URL(answer.location ?? "");
      assert.equal(location.origin + location.pathname, "https://github.com/login/oauth/authorize");
      assert.equal(location.searchParams.get("client_id"), oauth2.OAUTH2_PROXY_CLIENT_ID);
      assert.equal(location.searchParams.get("redirect_uri"), "https://localhost:8444/oauth2/callback");
    });

    test("believes nobody who says who they are", async () => {
      for (const headers of [
        { "x-visitor": "trader@example.com" },
        { "x-auth-request-email": "trader@example.com" },
        { cookie: "_oauth2_proxy=made-up" },
      ]) {
        const url = await stack.url("nginx-oauth2");
        assert.equal((await askTls(url, { rejectUnauthorized: false, headers })).status, 302);
      }
    });

    test("keeps its secrets out of the state", async () => {
      const { output } = await stack.pulumi("stack", "export");
      for (const secret of Object.values(oauth2)) assert.ok(!output.includes(secret), "a secret in clear");
    });
  });

  describe("as the stack manual", () => {
    before(async () => {
      await become("manual", { environment: { BACKTEST_SYMBOL: "MSFT", BACKTEST_FAST: 7 } });
      await stack.up();
    });

    const job = async () => inspectContainer((await stack.service("backtest")).container);

    test("has run its backtest to the end, and has nothing to change", async () => {
      assert.deepEqual(await running(), stacks.manual);
      const { State: state } = await job();
      assert.deepEqual([state.Status, state.ExitCode], ["exited", 0]);
      const rows = await stack.query("SELECT symbol, fast, slow FROM backtests WHERE id LIKE 'manual-%'");
      assert.deepEqual(rows, ["MSFT|7|30"]);
      await assertNoChanges(stack);
      await assertNoDrift(stack);
    });

    test("reports it", async () => {
      const { container } = await stack.service("backtest-report");
      await until("the report's end", async () => !(await inspectContainer(container)).State.Running);
      assert.match(await docker("logs", container), /manual-\S+ +\| MSFT +\| +7 \| +30 \|/);
    });

    test("runs it again for other settings only", async () => {
      const first = (await job()).State.FinishedAt;
      await stack.up();
      assert.equal((await job()).State.FinishedAt, first);
      await become("manual", { environment: { BACKTEST_SYMBOL: "QQQ" } });
      await stack.up();
      const rows = await stack.query("SELECT symbol FROM backtests WHERE id LIKE 'manual-%' ORDER BY symbol");
      assert.deepEqual(rows, ["MSFT", "QQQ"]);
    });

    test("a backtest that cannot be run fails, and says why", async () => {
      await become("manual", { environment: { BACKTEST_FAST: 60 } });
      const { code, output } = await stack.pulumi("up", "--yes", "--skip-preview");
      assert.notEqual(code, 0);
      assert.match(output, /backtest exited with code 1/);
      assert.match(output, /fast must be below slow/);
    });
  });

  describe("as the stack base", () => {
    let untouched: Record<string, string>;
    before(async () => {
      untouched = await containerIds(stack.project);
      await become("base");
      await stack.up();
    });

    test("runs nothing but what has no profile, untouched, and has nothing to change", async () => {
      const ids = await containerIds(stack.project);
      assert.deepEqual(ids, Object.fromEntries(base.map((service) => [service, untouched[service]])));
      await assertNoChanges(stack);
      await assertNoDrift(stack);
    });

    test("a host port that somebody has is refused by its number, and up mends it", async () => {
      const taken = await takePort();
      const [free = 0] = await freePorts(1);
      const at = (port: number) => ({
        ...anyPorts("base"),
        redis: { ports: [{ target: 6379, host_ip: "127.0.0.1", published: String(port) }] },
      });
      const settings = { ...(await settingsOf("base")), keepVolumes: "false" };
      try {
        await stack.configure({ settings, services: at(taken.port) });
        const { code, output } = await stack.pulumi("up", "--yes", "--skip-preview");
        assert.notEqual(code, 0);
        assert.match(output, new RegExp(`host port ${taken.port} is already used by `));
      } finally {
        await taken.close();
      }
      await stack.configure({ settings, services: at(free) });
      await stack.up();
      assert.equal(await stack.url("redis"), `http://localhost:${free}`);
    });
  });
});

interface TlsAnswer {
  readonly status: number;
  readonly body: string;
  readonly location: string | undefined;
}

/** Asks an address over TLS; `url` says host and port. */
async function askTls(url: string, options: RequestOptions): Promise<TlsAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(30_000);
    const asked = request({ hostname, port, agent: false, signal, ...options }, (answer) => {
      let body = "";
      answer.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      answer.once("end", () => {
        resolve({ status: answer.statusCode ?? 0, body, location: answer.headers.location });
      });
    });
    asked.once("error", reject);
    asked.end();
  });
}
