import assert from "node:assert/strict";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { lines, runCommand } from "../fixture/command.ts";
import { prefixes } from "../fixture/http.ts";
import { assertNoChanges, assertNoDrift } from "../fixture/no-changes.ts";
import { TestStack } from "../fixture/stack.ts";
import { Server, whyNoServer } from "./server.ts";

const skip = whyNoServer() ?? false;

/** The image that the systems' own images begin with, with all packages that they install: the server reaches no mirror. */
const base = `FROM debian:bookworm-slim
RUN apt-get update \\
 && apt-get install -y --no-install-recommends \\
      openssl postgresql-client python-is-python3 python3-fastapi python3-httpx python3-jsonschema python3-jwt \\
      python3-psycopg2 python3-redis tini uvicorn \\
 && rm -rf /var/lib/apt/lists/* /etc/apt/sources.list /etc/apt/sources.list.d
`;
const baseImage = "super-team-test/debian-with-packages";

describe("systems on a server that has none of their files", { skip }, () => {
  let folder: string;
  let server: Server;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "systems-"));
    const build = await runCommand(
      "sh",
      ["-c", `printf '%s' "$0" | docker build --tag "$1" -`, base, baseImage],
      {
        cwd: folder,
      },
    );
    assert.equal(build.code, 0, build.output);
    const images = [
      "nginx:1.28-alpine",
      "traefik:v3.6",
      "postgres:15-alpine",
      "postgres:16-alpine",
      "redis:7-alpine",
    ];
    server = await Server.start([...images, baseImage]);
    await server.docker("tag", baseImage, "debian:bookworm-slim");
  });
  after(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  describe("Super Agent Team prod", () => {
    let stack: TestStack;
    const configure = (logLevel: string) =>
      stack.configure({
        settings: {
          engine: server.address,
          logLevel,
          tls: { certFile: join(folder, "fullchain.pem"), keyFile: join(folder, "privkey.pem") },
        },
      });
    before(async () => {
      await makeCertificate(folder);
      const environment = {
        ...server.environment,
        DB_PASSWORD: "a password of the server's own",
        PULUMI_CONFIG_PASSPHRASE: "correct horse",
      };
      stack = await TestStack.create({ config: "Pulumi.prod.yaml", environment });
      await configure("info");
    });
    after(() => stack.down());

    test("comes up by HTTPS, and then there is nothing to change", async () => {
      await stack.recover();
      for (const prefix of Object.values(prefixes))
        assert.equal(await status(`https://127.0.0.1${prefix}/health`), "200", prefix);
      await assertNoChanges(stack);
      await assertNoDrift(stack);
    });

    test("is updated without a lost request, as its preview says", async () => {
      await configure("warning");
      const preview = await stack.command("preview");
      assert.match(preview.output, /orders-service is replaced start-first, without a gap/);
      const end = await server.load(`https://127.0.0.1${prefixes["orders-service"]}`);
      const { code, output } = await stack.command("up", "--yes");
      const { requests, failures } = await end();
      assert.equal(code, 0, output);
      assert.deepEqual(failures, []);
      assert.ok(requests > 100, `only ${requests} requests`);
    });

    test("has its backups here", async () => {
      const stopped = await stack.command("stop");
      assert.equal(stopped.code, 0, stopped.output);
      const { code, output } = await stack.command("backup", "pgdata", join(folder, "pgdata.tar.gz"));
      assert.equal(code, 0, output);
      assert.ok((await stat(join(folder, "pgdata.tar.gz"))).size > 100_000);
    });

    test("leaves nothing but its data behind", async () => {
      const { code, output } = await stack.command("destroy", "--yes");
      assert.equal(code, 0, output);
      assert.equal(await server.docker("ps", "--all", "--quiet"), "");
      const left = lines(await server.docker("volume", "ls", "--format", "{{.Name}}"));
      assert.ok(left.includes(`${stack.project}-pgdata`), String(left));
      assert.ok(!left.includes(`${stack.project}_route-files`), String(left));
    });
  });

  describe("hercules", () => {
    let stack: TestStack;
    before(async () => {
      await server.docker("network", "create", "hercules-network");
      stack = await TestStack.create({
        folder: "systems/hercules",
        config: "Pulumi.dev.yaml",
        settings: { engine: server.address },
        environment: {
          ...server.environment,
          DB_PASSWORD: "a password of the server's own",
          REDIS_PASSWORD: "another one",
          JWT_SECRET: "a secret of more than thirty-two characters",
          PULUMI_CONFIG_PASSPHRASE: "correct horse",
        },
      });
    });
    after(() => stack.down());

    test("comes up with the configuration of its nginx, and then there is nothing to change", async () => {
      await stack.recover();
      assert.equal(await status("https://127.0.0.1:8445/health"), "200");
      await assertNoChanges(stack);
      await assertNoDrift(stack);
    });
  });

  async function status(url: string): Promise<string> {
    const [nsenter = "", ...args] = server.engine.onNetwork;
    const ask = [
      "curl",
      "--silent",
      "--insecure",
      "--output",
      "/dev/null",
      "--write-out",
      "%{http_code}",
      url,
    ];
    return (await runCommand(nsenter, [...args, ...ask], { cwd: folder })).output.trim();
  }
});

async function makeCertificate(folder: string): Promise<void> {
  const files = ["-keyout", join(folder, "privkey.pem"), "-out", join(folder, "fullchain.pem")];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"];
  const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", ...subject, ...files];
  const made = await runCommand("openssl", request, { cwd: folder });
  assert.equal(made.code, 0, made.output);
}
