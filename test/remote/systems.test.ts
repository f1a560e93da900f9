import assert from "node:assert/strict";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { lines, runCommand } from "../fixture/command.ts";
import { prefixes } from "../fixture/http.ts";
import { assertNoChanges, assertNoDrift } from "../fixture/no-changes.ts";
import { TestStack } from "../fixture/stack.ts";
import { whyNoServer, type Server } from "./server.ts";
import { cloneElsewhere, serverForSystems, statusThere } from "./systems-server.ts";

const skip = whyNoServer() ?? false;

describe("a system on a server that has none of its files", { skip }, () => {
  let folder: string;
  let server: Server;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "systems-"));
    server = await serverForSystems(
      ["nginx:1.28-alpine", "traefik:v3.6", "postgres:16-alpine", "redis:7-alpine"],
      [
        ...["openssl", "postgresql-client", "python-is-python3", "python3-fastapi", "python3-jsonschema"],
        ...["python3-psycopg2", "python3-redis", "tini", "uvicorn"],
      ],
    );
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
      stack = await TestStack.create({
        ...{ checkout: await cloneElsewhere(), config: "Pulumi.prod.yaml", environment },
      });
      await configure("info");
    });
    after(() => stack.down());

    test("comes up by HTTPS, and then there is nothing to change", async () => {
      await stack.recover();
      for (const prefix of Object.values(prefixes))
        assert.equal(await statusThere(server, `https://127.0.0.1${prefix}/health`), "200", prefix);
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
});

async function makeCertificate(folder: string): Promise<void> {
  const files = ["-keyout", join(folder, "privkey.pem"), "-out", join(folder, "fullchain.pem")];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"];
  const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", ...subject, ...files];
  const made = await runCommand("openssl", request, { cwd: folder });
  assert.equal(made.code, 0, made.output);
}
