import assert from "node:assert/strict";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Definitions } from "../../components/compose-spec/definitions.ts";
import { lines } from "../fixture/command.ts";
import { assertNoChanges, assertNoDrift } from "../fixture/no-changes.ts";
import { TestStack, type Settings } from "../fixture/stack.ts";
import { whyNoServer, type Server } from "../remote/server.ts";
import { cloneElsewhere, serverForSystems, statusThere } from "../remote/systems-server.ts";

/** A system, and an update of it under which nobody loses a request. */
interface System {
  readonly name: string;
  readonly config: string;
  /** Stack config for a server, beside the engine. */
  readonly settings: Settings;
  readonly services: Definitions["services"];
  readonly secrets: Readonly<Record<string, string>>;
  /** Networks that are there before. */
  readonly network: string;
  /** Where `/health` is answered. */
  readonly url: string;
  /** What is laid over the services for the update. */
  readonly update: Definitions["services"];
  /** What the preview says of that. */
  readonly says: RegExp;
  /** A volume with a database, by its key. */
  readonly data: string;
}

const systems: readonly System[] = [
  {
    name: "hercules",
    config: "Pulumi.dev.yaml",
    settings: {},
    services: {},
    secrets: {
      DB_PASSWORD: "a password of the server's own",
      REDIS_PASSWORD: "another one",
      JWT_SECRET: "a secret of more than thirty-two characters",
    },
    network: "hercules-network",
    // nginx passes it on to the api-gateway. Neither is touched by an update of a service behind it.
    url: "https://127.0.0.1:8445",
    update: { "user-service": { environment: { REVISION: "2" } } },
    says: /user-service is replaced/,
    data: "postgres-data",
  },
  {
    name: "ichrisbirch",
    config: "Pulumi.prod.yaml",
    settings: {
      profiles: ["self-signed"],
      environment: { ENVIRONMENT: "prod", DOMAIN: "ichrisbirch.localhost" },
      // A host port and a name of its own are what only one container can have.
      reset: ["app.ports", "app.container_name"],
    },
    // A name that everybody can look up. No other service calls this one by its name.
    services: { app: { "x-route": { host: "localhost", port: 5000 } } },
    secrets: { POSTGRES_PASSWORD: "a password of the server's own" },
    network: "proxy",
    url: "https://localhost",
    update: { app: { environment: { REVISION: "2" } } },
    says: /app is replaced start-first, without a gap/,
    data: "postgres_data",
  },
];

describe("on a server that has none of its files,", { skip: whyNoServer() ?? false }, () => {
  let folder: string;
  let server: Server;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "systems-"));
    server = await serverForSystems(
      [
        ...[
          "nginx:1.28-alpine",
          "traefik:v3.6",
          "postgres:15-alpine",
          "postgres:16-alpine",
          "redis:7-alpine",
        ],
        "super-team/streamlit:1.67.0",
      ],
      [
        ...[
          "gunicorn",
          "openssl",
          "python-is-python3",
          "python3-apscheduler",
          "python3-fastapi",
          "python3-flask",
        ],
        ...[
          "python3-httpx",
          "python3-jwt",
          "python3-psycopg2",
          "python3-redis",
          "python3-sqlalchemy",
          "tini",
        ],
        "uvicorn",
      ],
    );
  });
  after(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  for (const { name, config, network, secrets, url, update, says, data, ...rest } of systems)
    describe(name, () => {
      let stack: TestStack;
      const settings = () => ({ ...rest.settings, engine: server.address });
      before(async () => {
        await server.docker("network", "create", network);
        stack = await TestStack.create({
          ...{ checkout: await cloneElsewhere(), folder: `systems/${name}`, config },
          settings: settings(),
          services: rest.services,
          environment: { ...server.environment, ...secrets, PULUMI_CONFIG_PASSPHRASE: "correct horse" },
        });
      });
      after(() => stack.down());

      test("comes up from a clone elsewhere, and then there is nothing to change", async () => {
        await stack.recover();
        assert.equal(await statusThere(server, `${url}/health`), "200");
        await assertNoChanges(stack);
        await assertNoDrift(stack);
      });

      test("is updated without a lost request, as its preview says", async () => {
        const services = Object.fromEntries(
          [...new Set([...Object.keys(rest.services ?? {}), ...Object.keys(update ?? {})])].map((service) => [
            service,
            { ...rest.services?.[service], ...update?.[service] },
          ]),
        );
        await stack.configure({ settings: settings(), services });
        const preview = await stack.command("preview");
        assert.equal(preview.code, 0, preview.output);
        assert.match(preview.output, says);
        assert.doesNotMatch(preview.output, /kept-volume/);
        const end = await server.load(url);
        const { code, output } = await stack.command("up", "--yes");
        const { requests, failures } = await end();
        assert.equal(code, 0, output);
        assert.deepEqual(failures, []);
        assert.ok(requests > 100, `only ${requests} requests`);
        await assertNoChanges(stack);
      });

      test("has its backups here", async () => {
        const stopped = await stack.command("stop");
        assert.equal(stopped.code, 0, stopped.output);
        const archive = join(folder, `${name}.tar.gz`);
        const { code, output } = await stack.command("backup", data, archive);
        assert.equal(code, 0, output);
        assert.ok((await stat(archive)).size > 100_000);
      });

      test("leaves nothing but its data behind", async () => {
        const { code, output } = await stack.command("destroy", "--yes");
        assert.equal(code, 0, output);
        assert.equal(await server.docker("ps", "--all", "--quiet"), "");
        const left = lines(await server.docker("volume", "ls", "--format", "{{.Name}}"));
        assert.ok(left.includes(`${stack.project}_${data}`), String(left));
        assert.ok(!left.includes(`${stack.project}_route-files`), String(left));
      });
    });
});
