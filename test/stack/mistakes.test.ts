import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, beforeEach, describe, test } from "node:test";
import type { Definitions } from "../../components/compose-spec/definitions.ts";
import { TestStack, type Settings } from "../fixture/stack.ts";
import { containerIds, docker } from "../fixture/docker.ts";
import { assertReadable, mistakesIn } from "../fixture/output.ts";
import { freePorts, takePort } from "../fixture/ports.ts";

/** What only the engine and its machine know, said of a stack of one service. */
describe("a mistake that only the engine knows", () => {
  let stack: TestStack;
  before(async () => {
    stack = await TestStack.create({ folder: "test/stack/mistaken" });
  });
  beforeEach(() => stack.configure());
  after(() => stack.down());

  const configure = (web: NonNullable<Definitions["services"]>[string], settings: Settings = {}) =>
    stack.configure({ services: { web }, settings });
  const published = (port: number) => ({
    ports: [{ target: 6379, published: String(port), host_ip: "127.0.0.1" }],
  });

  /** The mistakes that a command ends with, having made nothing. */
  async function refused(...command: readonly string[]) {
    const { code, output } = await stack.pulumi(...command);
    assert.notEqual(code, 0, output);
    assertReadable(output);
    assert.deepEqual(await containerIds(stack.project), {});
    return mistakesIn(output);
  }

  test("is a host port that a process has, at preview as at up", async (t) => {
    const { port, close } = await takePort();
    t.after(close);
    await configure(published(port));
    for (const command of [["preview"], ["up", "--yes", "--skip-preview"]]) {
      const [mistake, ...others] = await refused(...command);
      assert.equal(others.length, 0);
      assert.equal(mistake?.place, `Pulumi.${stack.name}.yaml: services.web.ports.0`);
      assert.match(
        mistake.message,
        new RegExp(`^host port ${port} is already used by \\S+ \\(process ${process.pid}\\)$`),
      );
      assert.match(mistake.fix, /choose another host port/);
    }
  });

  test("is a host port, and a name, that a container of nobody's stack has", async (t) => {
    const [port = 0] = await freePorts(1);
    const name = `mistaken-${randomBytes(4).toString("hex")}`;
    await docker("run", "--detach", "--name", name, "--publish", `127.0.0.1:${port}:6379`, "redis:7-alpine");
    t.after(() => docker("rm", "--force", "--volumes", name));
    await configure({ ...published(port), container_name: name });
    assert.deepEqual(
      (await refused("preview")).map(({ message }) => message),
      [
        `host port ${port} is already used by container \`${name}\``,
        `container name \`${name}\` is already used by a container of no stack`,
      ],
    );
  });

  test("is a bind mount's source that is missing and that nobody is to make, wherever it lies", async () => {
    const bind = { create_host_path: false };
    await configure({ volumes: [{ type: "bind", source: "/nowhere/at/all", target: "/data", bind }] });
    const [mistake, ...others] = await refused("preview");
    assert.equal(others.length, 0);
    assert.equal(mistake?.message, "the bind mount source `/nowhere/at/all` does not exist");
  });

  // Waited out, these would take an hour.
  for (const [title, check] of [
    ["whose first probe is far away", { interval: "20m" }],
    ["that is asked from the start", { interval: "20m", start_period: "1h" }],
  ] as const) {
    test(`is a health check's program that the image does not have, in a check ${title}`, async () => {
      const url = "http://localhost:6379/health";
      await stack.configure({
        settings: { reset: ["web.healthcheck"] },
        services: { web: { healthcheck: { test: ["CMD-SHELL", `curl -f ${url} || exit 1`], ...check } } },
      });
      const { code, output } = await stack.pulumi("up", "--yes", "--skip-preview");
      assert.notEqual(code, 0, output);
      assertReadable(output);
      assert.match(
        output,
        /web cannot become healthy: its health check calls `curl`, which is not in its image redis:7-alpine/,
      );
      assert.match(output, /→ (?:use|call) \S+/);
    });
  }

  describe("is a start period shorter than what an up has measured", () => {
    const slow = {
      command: ["sh", "-c", "sleep 3 && touch /tmp/ready && exec sleep infinity"],
      init: true,
      healthcheck: {
        test: ["CMD", "test", "-e", "/tmp/ready"],
        // The engine keeps the last five probes: the first good one stays among them for a while.
        interval: "5s",
        start_interval: "250ms",
        retries: 60,
        start_period: "1s",
      },
    };
    const warning =
      /services\.web\.healthcheck\.start_period: the start period is too short: at the last `up` the service became healthy after [\d.]+ s.*start_period is 1s.*\[start-period-too-short\]/;
    const preview = async (settings: Settings = {}) => {
      await configure(slow, settings);
      const { code, output } = await stack.pulumi("preview");
      assert.equal(code, 0, output);
      return output;
    };
    before(async () => {
      await configure(slow);
      await stack.up();
    });

    test("and is told by every preview that follows", async () => {
      assert.match(await preview(), warning);
    });

    test("until stack config silences it", async () => {
      const silence = [{ warning: "start-period-too-short", service: "web", reason: "it sleeps on purpose" }];
      assert.doesNotMatch(await preview({ silence }), /start-period-too-short/);
    });

    test("which silences nothing else, and says so when it silences nothing", async () => {
      const silence = [{ warning: "localhost-url", reason: "there was one" }];
      const output = await preview({ silence });
      assert.match(output, warning);
      assert.match(output, /silence\.0 silences nothing: there is no warning localhost-url/);
    });
  });
});
