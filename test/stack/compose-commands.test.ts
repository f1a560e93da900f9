import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { ContainerStatus } from "../../components/cli/status.ts";
import { lines, runCommand, type Finished } from "../fixture/command.ts";
import { containerIds, docker, inspectContainer } from "../fixture/docker.ts";
import { directory, TestStack } from "../fixture/stack.ts";

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
    const { code, output } = await command("status", "--json");
    assert.equal(code, 0, output);
    const found = (JSON.parse(output) as ContainerStatus[]).find((row) => row.service === service);
    assert.ok(found, `${service} in ${output}`);
    return found;
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
      { ...redis, container: "", ports: Object.keys(redis.ports), startup_time_seconds: 0, url: "" },
      {
        tier: "super-team-restart",
        service: "redis",
        container: "",
        state: "running",
        exit_code: null,
        stopped: false,
        health: "healthy",
        ports: ["6379/tcp"],
        url: "",
        startup_time_seconds: 0,
      },
    );
    assert.equal(redis.url, `localhost:${redis.ports["6379/tcp"]?.[0] ?? ""}`);
    assert.ok((redis.startup_time_seconds ?? 0) > 0);
    const job = await statusOf("migrations");
    assert.deepEqual([job.state, job.exit_code, job.stopped], ["exited", 0, false]);
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
    assert.match((await command("status")).output, /redis +\S+ +stopped /);
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

  test("goes with its data by destroy --volumes", async () => {
    const { code, output } = await stack.command("destroy", "--yes", "--volumes");
    assert.equal(code, 0, output);
    assert.match(output, new RegExp(`Removed, with their data: .*${stack.project}_pgdata`));
    assert.equal(await docker("volume", "ls", "--quiet", "--filter", `name=${stack.project}`), "");
  });
});
