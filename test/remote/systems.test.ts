import assert from "node:assert/strict";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { lines, runCommand } from "../fixture/command.ts";
import { prefixes } from "../fixture/http.ts";
import { page } from "../fixture/markdown.ts";
import { assertNoChanges, assertNoDrift } from "../fixture/no-changes.ts";
import { freePorts } from "../fixture/ports.ts";
import { TestStack } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";
import { whyNoServer, type Server } from "./server.ts";
import { cloneElsewhere, serverForSystems, statusThere } from "./systems-server.ts";

const skip = whyNoServer() ?? false;
const statePassword = "of-the-state";

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

  describe("Super Agent Team prod, whose state is in a database of the server,", () => {
    let stack: TestStack;
    let endForward: () => Promise<void>;
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
      const forPassword = ["--env", `POSTGRES_PASSWORD=${statePassword}`];
      await server.docker(
        ...["run", "--detach", "--name", "state", "--publish", "127.0.0.1:5432:5432"],
        ...[...forPassword, "postgres:16-alpine"],
      );
      await until("the database of the state answers", async () => {
        const ask = ["exec", "state", "pg_isready", "--host", "127.0.0.1", "--username", "postgres"];
        return server.docker(...ask).then(
          () => true,
          () => false,
        );
      });
      const [port = 0] = await freePorts(1);
      const command = page("docs/team.md").blocks.find(({ code }) => code.startsWith("ssh -N"))?.code ?? "";
      endForward = await server.forward(command, port);
      const environment = {
        ...server.environment,
        PULUMI_BACKEND_URL: `postgres://postgres@127.0.0.1:${port}/postgres?sslmode=disable`,
        PGPASSWORD: statePassword,
        DB_PASSWORD: "a password of the server's own",
        PULUMI_CONFIG_PASSPHRASE: "correct horse",
      };
      stack = await TestStack.create({
        ...{ checkout: await cloneElsewhere(), config: "Pulumi.prod.yaml", environment },
      });
      await configure("info");
    });
    after(async () => {
      await stack.down();
      await endForward();
    });

    test("comes up by HTTPS, and then there is nothing to change", async () => {
      await stack.recover();
      for (const prefix of Object.values(prefixes))
        assert.equal(await statusThere(server, `https://127.0.0.1${prefix}/health`), "200", prefix);
      await assertNoChanges(stack);
      await assertNoDrift(stack);
      const ask = ["exec", "state", "psql", "-U", "postgres", "-Atc", "SELECT key FROM pulumi_state"];
      assert.match(await server.docker(...ask), new RegExp(`stacks/.*/${stack.name}\\.json`));
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
      assert.equal(await server.docker("ps", "--all", "--format", "{{.Names}}"), "state\n");
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
