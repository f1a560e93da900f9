import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { lines, runCommand } from "../fixture/command.ts";
import { assertNoChanges } from "../fixture/no-changes.ts";
import { directory, TestStack, type TestStackOptions } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";
import { docker, eventsDuring, inspectContainer } from "../fixture/docker.ts";
import { ask } from "../fixture/http.ts";
import { startLoad, type LoadResult } from "../fixture/load.ts";
import { assertReadable } from "../fixture/output.ts";

type Services = NonNullable<TestStackOptions["services"]>;

/** Requests before an update begins, and after it has ended. */
const margin = 200;

/** Seconds of load around an update, in which Traefik's own health checks, every 10 s, come and go. */
const around = 20;

describe("an update of a routed service", () => {
  let stack: TestStack;
  let second: string;
  before(async () => {
    stack = await TestStack.create({ services: services({}) });
    await stack.up();
    second = await secondImage();
  });
  after(() => stack.down());

  /** Its notifications take five seconds, as long requests do. */
  function services(
    orders: NonNullable<Services[string]>,
    notifications: Record<string, string> = {},
  ): Services {
    const slow = join(import.meta.dirname, "slow.py");
    return {
      "orders-service": orders,
      "notifications-service": {
        command: ["python", "-m", "uvicorn", "slow:app", "--host", "0.0.0.0", "--port", "8080"],
        environment: notifications,
        volumes: [{ type: "bind", source: slow, target: "/srv/slow.py", read_only: true }],
      },
    };
  }

  /** Another image for orders: what an image of the same application is after a change. */
  async function secondImage(): Promise<string> {
    const { Config } = await inspectContainer((await stack.service("orders-service")).container);
    const reference = `${stack.project}-orders-service:second`;
    const { code, output } = await runCommand("docker", ["build", "--tag", reference, "-"], {
      cwd: directory,
      input: `FROM ${Config.Image}\nENV SECOND=1\n`,
    });
    assert.equal(code, 0, output);
    return reference;
  }

  /** The ids of the containers of a service, running or not. */
  async function containersOf(service: string): Promise<string[]> {
    const filters = [`project=${stack.project}`, `service=${service}`].flatMap((label) => [
      "--filter",
      `label=com.docker.compose.${label}`,
    ]);
    return lines(await docker("ps", "--all", "--quiet", "--no-trunc", ...filters)).sort();
  }

  async function underLoad(keepAlive: boolean, update: () => Promise<unknown>): Promise<LoadResult> {
    const load = startLoad(await stack.url("orders-service"), {
      keepAlive,
      body: { item: "a pencil", quantity: 1 },
    });
    try {
      await load.further(margin);
      await update();
      await load.further(margin);
      await load.lasting(around);
    } finally {
      await load.end();
    }
    return load.end();
  }

  for (const [title, keepAlive] of [
    ["connections opened anew for each request", false],
    ["connections that are kept", true],
  ] as const) {
    describe(`under a load of four ${title}`, () => {
      before(async () => {
        await stack.configure({ services: services({}) });
        await stack.up();
        await stack.resetDatabase();
      });

      let created = 0;
      for (const [change, orders, replicas] of [
        ["of its environment", () => ({ environment: { CHANGED: String(keepAlive) } }), 1],
        ["of its image", () => ({ image: second }), 1],
        ["from one replica to three", () => ({ image: second, deploy: { replicas: 3 } }), 3],
        [
          "of three replicas' environment",
          () => ({ image: second, environment: { CHANGED: "again" }, deploy: { replicas: 3 } }),
          3,
        ],
        [
          "from three replicas to one",
          () => ({ image: second, environment: { CHANGED: "again" }, deploy: { replicas: 1 } }),
          1,
        ],
      ] as const) {
        test(`drops no request: a change ${change}`, async () => {
          const before = await containersOf("orders-service");
          await stack.configure({ services: services(orders()) });
          const result = await underLoad(keepAlive, () => stack.up());
          assert.deepEqual(result.failures, []);
          created += result.created;
          const now = await containersOf("orders-service");
          assert.equal(now.length, replicas, now.join());
          assert.notDeepEqual(now, before);
        });
      }

      test("has kept every order", async () => {
        assert.deepEqual(await stack.query("SELECT count(*) FROM orders"), [String(created)]);
      });

      test("has nothing to change after it", async () => {
        await assertNoChanges(stack);
      });
    });
  }

  for (const [order, begins] of [
    ["start-first", "start"],
    ["stop-first", "die"],
  ] as const) {
    test(`exchanges replicas one at a time, ${order}`, async () => {
      const deploy = { replicas: 3, update_config: { order } };
      await stack.configure({ services: services({ deploy }) });
      await stack.up();
      const before = new Set(await containersOf("orders-service"));
      await stack.configure({ services: services({ deploy, environment: { CHANGED: order } }) });
      const events = await eventsDuring(stack.project, () => stack.up());
      const turns = events
        .filter(({ service }) => service === "orders-service")
        .flatMap(({ container, action }) =>
          action === begins || (action === "health_status: healthy" && !before.has(container))
            ? [action]
            : [],
        );
      // Those that are ended at the very end are no turn's beginning.
      assert.deepEqual(
        turns.slice(0, 6),
        [1, 2, 3].flatMap(() => [begins, "health_status: healthy"]),
      );
    });
  }

  test("spreads requests over replicas", async () => {
    await stack.configure({ services: services({ deploy: { replicas: 2 } }) });
    await stack.up();
    const url = await stack.url("orders-service");
    const containers = await containersOf("orders-service");
    await until("each of them has been asked", async () => {
      await ask("GET", `${url}/asked-for`);
      const logs = await Promise.all(containers.map((container) => docker("logs", container)));
      return logs.every((log) => log.includes("asked-for"));
    });
  });

  test("lets requests of five seconds end that are under way when it begins, and while it goes on", async () => {
    const url = `${await stack.url("notifications-service")}/slow`;
    const answers: Promise<number>[] = [];
    const ended: number[] = [];
    const before = await containersOf("notifications-service");
    await stack.configure({ services: services({ deploy: { replicas: 2 } }, { CHANGED: "1" }) });
    let goesOn = true;
    // A new one every time the engine has been asked who is there.
    const asking = until("the update is over", async () => {
      answers.push(
        ask("GET", url).then(({ status }) => {
          ended.push(status);
          return status;
        }),
      );
      await containersOf("notifications-service");
      return !goesOn;
    });
    await until("requests are under way", () => Promise.resolve(answers.length > 2));
    await stack.up();
    goesOn = false;
    await asking;
    const statuses = await Promise.all(answers);
    assert.deepEqual([...new Set(statuses)], [200]);
    assert.notDeepEqual(await containersOf("notifications-service"), before);
  });

  for (const [title, orders, reasons] of [
    [
      "that never turns healthy",
      {
        environment: { BROKEN: "1" },
        healthcheck: {
          test: ["CMD-SHELL", "echo the stars are wrong; exit 1"],
          interval: "500ms",
          retries: 2,
          start_period: "1s",
          timeout: "30s",
        },
      },
      [/orders-service is unhealthy/, /the stars are wrong/],
    ],
    [
      "that is healthy, and listens where no gateway asks",
      {
        environment: { PORT: "9090" },
        healthcheck: {
          test: [
            "CMD-SHELL",
            `python -c "import urllib.request as r; r.urlopen('http://127.0.0.1:9090/health')"`,
          ],
        },
      },
      [/orders-service does not answer \/health through the gateway: 502 Bad Gateway/, /listen on port 8080/],
    ],
  ] as const satisfies readonly (readonly [string, Services[string], readonly RegExp[]])[]) {
    describe(`to a revision ${title}`, () => {
      let output: string;
      let result: LoadResult;
      let before: string[];

      test("fails with the reason, and drops no request", async () => {
        before = await containersOf("orders-service");
        await stack.configure({ services: services(orders) });
        result = await underLoad(false, async () => {
          const up = await stack.pulumi("up", "--yes", "--skip-preview");
          assert.notEqual(up.code, 0, up.output);
          output = up.output;
        });
        assert.deepEqual(result.failures, []);
        for (const reason of reasons) assert.match(output, reason);
        assertReadable(output);
      });

      test("leaves the old containers running, and serving", async () => {
        for (const id of before) assert.equal((await inspectContainer(id)).State.Running, true);
        assert.equal((await ask("GET", `${await stack.url("orders-service")}/health`)).status, 200);
      });

      test("is cleared up by the next good one, which drops no request either", async () => {
        await stack.configure({ services: services({ environment: { MENDED: title } }) });
        const { failures } = await underLoad(true, () => stack.up());
        assert.deepEqual(failures, []);
        const now = await containersOf("orders-service");
        assert.equal(now.length, 1, now.join());
        const { Env } = (await inspectContainer(now[0] ?? "")).Config;
        assert.ok(Env.includes(`MENDED=${title}`));
      });
    });
  }

  describe("in a preview", () => {
    let output: string;
    before(async () => {
      await stack.configure({
        services: {
          ...services({ environment: { MENDED: "2" } }),
          architect: { environment: { CHANGED: "1" } },
          redis: { environment: { CHANGED: "1" } },
        },
      });
      ({ output } = await stack.pulumi("preview"));
    });

    test("is said to be start-first, without a gap", () => {
      assert.match(output, /orders-service is replaced start-first, without a gap/);
    });

    test("says which services have a gap, why, and which data they take up again", () => {
      const volumes = ["architect-data", "artifacts"].map((name) => `${stack.project}-${name}`).join(", ");
      assert.match(
        output,
        new RegExp(
          `architect is replaced stop-first, with a gap of about \\d+ s \\(it alone writes to architect-data\\)\\s+` +
            `takes up again the data in ${volumes}\\s+environment\\.CHANGED added: 1`,
        ),
      );
      assert.match(output, /redis is replaced stop-first, with a gap/);
    });

    test("says nothing of services that stay", () => {
      assert.doesNotMatch(output, /(?:postgres|traefik|auth-service) is replaced/);
    });
  });

  test("asked for where it cannot be is a mistake", async () => {
    await stack.configure({
      services: { architect: { deploy: { update_config: { order: "start-first" } } } },
    });
    const { code, output } = await stack.pulumi("preview");
    assert.notEqual(code, 0);
    assert.match(output, /services\.architect\.deploy\.update_config\.order/);
    assert.match(output, /start-first is impossible: it alone writes to architect-data/);
    assertReadable(output);
  });

  test("is seen by Compose's commands as one service", async () => {
    const services = await docker("compose", "-p", stack.project, "ps", "--services");
    assert.ok(services.split("\n").includes("orders-service"));
  });
});
