import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { dump } from "js-yaml";
import { runCommand } from "../fixture/command.ts";
import { directory } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";
import { docker } from "../fixture/docker.ts";

/** Waits, and has nothing else: no shell, and nothing to connect with. */
const bare = `
FROM debian:bookworm-slim AS debian
FROM scratch
COPY --from=debian /lib64 /lib64
COPY --from=debian /usr/lib /lib
COPY --from=debian /bin/sleep /bin/sleep
ENTRYPOINT ["/bin/sleep", "infinity"]
`;

describe("connectivity", () => {
  const project = `connectivity-${randomBytes(4).toString("hex")}`;
  let folder: string;

  const compose = (...args: readonly string[]) =>
    docker(
      "compose",
      "-p",
      project,
      "--project-directory",
      folder,
      "-f",
      join(folder, "compose.yml"),
      ...args,
    );

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "connectivity-"));
    const services = {
      redis: { image: "redis:7-alpine" },
      bare: {
        build: { context: ".", dockerfile_inline: bare },
        environment: {
          REDIS_URL: "redis://:secret@redis",
          OTHER: "http://redis:80/",
          OUTSIDE: "http://example.org",
        },
        depends_on: ["redis"],
        init: false,
        stop_signal: "SIGKILL",
      },
      shell: { image: "redis:7-alpine", command: "sleep infinity", init: true, depends_on: ["redis", "job"] },
      job: { image: "redis:7-alpine", command: "true", depends_on: ["redis"] },
    };
    await writeFile(join(folder, "compose.yml"), dump({ services }));
    await writeFile(join(folder, "Pulumi.yaml"), dump({ name: project, runtime: "nodejs" }));
    await writeFile(join(folder, "Pulumi.dev.yaml"), "config: {}\n");
    await compose("up", "--detach", "--build");
    await docker("wait", `${project}-job-1`);
    await until("redis answers", async () => {
      const ping = ["exec", `${project}-redis-1`, "redis-cli", "ping"];
      return (await runCommand("docker", ping, { cwd: directory })).code === 0;
    });
  });
  after(async () => {
    await compose("down", "--volumes", "--rmi", "local");
    await rm(folder, { recursive: true });
  });

  async function table(...options: readonly string[]) {
    const { code, output } = await runCommand(
      "pulumi-compose",
      ["connectivity", "--cwd", folder, ...options],
      {
        cwd: directory,
      },
    );
    return {
      code,
      lines: output
        .trim()
        .split("\n")
        .map((line) => line.replace(/ {2,}/g, " | ")),
    };
  }

  test("is looked at from beside a container that has no shell, and fails where nothing listens", async () => {
    const { code, lines } = await table();
    assert.deepEqual(lines, [
      "FROM | TO | PORT | VERIFIED",
      "bare | redis | 80 | ✗ Connection refused",
      "bare | redis | 6379 | ✓ verified",
      "shell | job | 6379 | ✗ job is not running",
      "shell | redis | 6379 | ✓ verified",
      "",
      "2 verified, 2 failed",
    ]);
    assert.equal(code, 1);
  });

  test("says so when nothing of the stack is on the engine", async () => {
    await writeFile(join(folder, "Pulumi.nowhere.yaml"), "config: {}\n");
    const { code, lines } = await table("--stack", "nowhere");
    assert.equal(code, 1);
    assert.match(
      lines.join("\n"),
      /^nothing of the stack nowhere .* npx pulumi-compose up --stack nowhere /s,
    );
  });
});
