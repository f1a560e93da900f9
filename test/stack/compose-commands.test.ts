import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { ContainerStatus, StackStatus } from "../../components/cli/status/compare.ts";
import { environment, lines, runCommand, type Finished } from "../fixture/command.ts";
import { containerIds, docker, inspectContainer } from "../fixture/docker.ts";
import { directory, TestStack } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";

/** PostgreSQL, Redis, a job and an application, without a gateway. */
const folder = "test/stack/restart";

describe("a running stack", () => {
  let stack: TestStack;
  /** A folder with a Compose file of another project. */
  let elsewhere: string;
  before(async () => {
    elsewhere = await mkdtemp(join(tmpdir(), "elsewhere-"));
    await writeFile(join(elsewhere, "compose.yaml"), "services: { other: { image: other } }\n");
    stack = await TestStack.create({
      folder,
      settings: { keepVolumes: "true" },
      services: { redis: { ports: [{ target: 6379, host_ip: "127.0.0.1", protocol: "tcp" }] } },
    });
    await stack.up();
  });
  after(async () => {
    await stack.down();
    await rm(elsewhere, { recursive: true });
  });

  /** `pulumi-compose <name> --stack … <args>` in the folder of another Compose project. */
  function command(name: string, ...args: readonly string[]): Promise<Finished> {
    const place = ["--cwd", join(directory, folder), "--stack", stack.name];
    return runCommand("pulumi-compose", [name, ...place, ...args], { cwd: elsewhere });
  }

  async function statusOf(service: string): Promise<ContainerStatus> {
    const { containers } = await status();
    const found = containers.find((row) => row.service === service);
    assert.ok(found, `${service} in ${JSON.stringify(containers)}`);
    return found;
  }

  async function status(): Promise<StackStatus> {
    const { code, output } = await command("status", "--json");
    const found = JSON.parse(output) as StackStatus;
    assert.equal(code, found.ok ? 0 : 1, output);
    return found;
  }

  /** `status --watch` until it is ended, with what it has printed so far. */
  function watch() {
    const args = ["status", "--watch", "--cwd", join(directory, folder), "--stack", stack.name];
    const child = spawn("pulumi-compose", args, { cwd: elsewhere, env: environment() });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (part: string) => (text += part));
    return { shown: () => text, end: () => child.kill() };
  }

  test("is listed by ps", async () => {
    const { code, output } = await command("ps", "--services");
    assert.equal(code, 0, output);
    assert.deepEqual(lines(output).sort(), ["app", "db", "redis"]);
  });

  test("shows the logs of the service that is named", async () => {
    const { code, output } = await command("logs", "--no-log-prefix", "--tail", "5", "redis");
    assert.equal(code, 0, output);
    assert.match(output, /Ready to accept connections/);
  });

  test("runs a command in a container, with options that pulumi-compose has too, and its exit code", async () => {
    const version = await command("exec", "redis", "redis-cli", "--version");
    assert.match(version.output, /^redis-cli \d/);
    const words = await command(
      "exec",
      "redis",
      "sh",
      "-c",
      'echo "$@"; exit 7',
      "sh",
      "--stack",
      "x",
      "--help",
    );
    assert.equal(words.code, 7, words.output);
    assert.equal(words.output.trim(), "--stack x --help");
  });

  test("prints the address of a published port, and processes", async () => {
    const { redis = "" } = await containerIds(stack.project);
    const { NetworkSettings: settings } = await inspectContainer(redis);
    const port = settings.Ports["6379/tcp"]?.[0]?.HostPort ?? "";
    assert.equal((await command("port", "redis", "6379")).output.trim(), `127.0.0.1:${port}`);
    assert.match((await command("top", "redis")).output, /redis-server/);
  });

  test("tells programs its containers: state, health, ports, how long the start took", async () => {
    const redis = await statusOf("redis");
    assert.deepEqual(
      {
        ...redis,
        ...{ container: "", ports: Object.keys(redis.ports), startup_time_seconds: 0, url: "" },
        ...{ since: "", changed: "", revision: "" },
      },
      {
        tier: "super-team-restart",
        service: "redis",
        container: "",
        state: "running",
        exit_code: null,
        stopped: false,
        health: "healthy",
        since: "",
        changed: "",
        revision: "",
        ports: ["6379/tcp"],
        url: "",
        startup_time_seconds: 0,
        problem: null,
      },
    );
    assert.equal(redis.url, `localhost:${redis.ports["6379/tcp"]?.[0] ?? ""}`);
    assert.ok((redis.startup_time_seconds ?? 0) > 0);
    const job = await statusOf("migrations");
    assert.deepEqual([job.state, job.exit_code, job.stopped, job.problem], ["exited", 0, false, null]);
    assert.equal(redis.revision, (await stack.service("redis")).revision);
    assert.ok(new Date(redis.since ?? "") >= new Date(redis.changed ?? ""));
    const { ok, problems, update, last_up } = await status();
    assert.deepEqual({ ok, problems, update }, { ok: true, problems: [], update: null });
    assert.ok(new Date(last_up ?? "") > new Date(redis.changed ?? ""));
  });

  test("tells programs its connections", async () => {
    const { code, output } = await command("connectivity", "--json");
    assert.equal(code, 0, output);
    const found = JSON.parse(output) as { from: string; to: string; verified: boolean }[];
    assert.ok(
      found.some(({ from, to, verified }) => from === "app" && to === "redis" && verified),
      output,
    );
  });

  test("is waited for, jobs among it", async () => {
    const { code, output } = await command("wait", "--timeout", "60");
    assert.equal(code, 0, output);
  });

  test("says that a service was stopped, and the next up starts the service again", async () => {
    assert.equal((await command("stop", "redis")).code, 0);
    assert.deepEqual([(await statusOf("redis")).state, (await statusOf("redis")).stopped], ["exited", true]);
    const shown = await command("status");
    assert.equal(shown.code, 1);
    assert.match(shown.output, /redis +\S+ +stopped /);
    assert.match(shown.output, /\n1 problem:\n {2}\S+-redis-1 was stopped\n→ npx pulumi-compose up --stack /);
    const { code, output } = await command("wait", "--timeout", "30", "redis");
    assert.equal(code, 1);
    assert.match(output, /redis-1 exited with code 0\n→ npx pulumi-compose status --stack /);
    await stack.recover();
    assert.equal((await statusOf("redis")).health, "healthy");
  });

  test("is restarted and started by Compose's words", async () => {
    const { redis = "" } = await containerIds(stack.project);
    const earlier = (await inspectContainer(redis)).State.StartedAt;
    assert.equal((await command("restart", "redis")).code, 0);
    assert.notEqual((await inspectContainer(redis)).State.StartedAt, earlier);
    await command("stop", "redis");
    assert.equal((await command("start", "redis")).code, 0);
    assert.equal((await inspectContainer(redis)).State.Running, true);
    const { code, output } = await command("wait", "redis");
    assert.equal(code, 0, output);
  });

  test("a missing service is missed within the time that was given", async () => {
    const { code, output } = await command("wait", "--timeout", "1", "nobody");
    assert.equal(code, 1);
    assert.match(output, /waits for nobody to appear\nnobody did not appear within 1 s\n/);
  });

  test("shows what is missing, what somebody has changed, and what is another's, until up has mended it", async () => {
    // From now on this checkout knows how everything looks.
    await stack.recover();
    const { app = "", redis = "" } = await containerIds(stack.project);
    const foreign = `${stack.project}-other-1`;
    const watched = watch();
    try {
      await until("the status is shown", () => Promise.resolve(watched.shown().includes("REVISION")));
      await docker("rm", "--force", "--volumes", app);
      await docker("network", "disconnect", `${stack.project}_default`, redis);
      const labels = [`com.docker.compose.project=${stack.project}`, "com.docker.compose.service=other"];
      await docker(
        ...["run", "--detach", "--name", foreign, "--init"],
        ...labels.flatMap((label) => ["--label", label]),
        ...["--entrypoint", "sleep", "redis:7-alpine", "infinity"],
      );
      const { problems } = await status();
      assert.deepEqual(problems, [
        `${stack.project}-app-1 is missing`,
        `${stack.project}-redis-1 was changed since the last up`,
        `${foreign} is not of this state: another checkout, or Compose, has made it`,
      ]);
      assert.equal((await statusOf("app")).state, "missing");
      await until("the change is shown", () =>
        Promise.resolve(/\n3 problems:\n(?:.*\n){3}→ npx pulumi-compose up/.test(watched.shown())),
      );
    } finally {
      watched.end();
      await docker("rm", "--force", "--volumes", foreign);
    }
    await stack.recover();
    assert.deepEqual((await status()).problems, []);
  });

  test("goes with its data by destroy --volumes", async () => {
    const { code, output } = await stack.command("destroy", "--yes", "--volumes");
    assert.equal(code, 0, output);
    assert.match(output, new RegExp(`Removed, with their data: .*${stack.project}_pgdata`));
    assert.equal(await docker("volume", "ls", "--quiet", "--filter", `name=${stack.project}`), "");
  });
});
