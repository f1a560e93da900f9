import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { appendFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { load } from "js-yaml";
import type { Definitions } from "../../components/compose-spec/definitions.ts";
import { runCommand, type Finished } from "../fixture/command.ts";
import { directory, TestStack, type Settings } from "../fixture/stack.ts";
import { assertTyped, commandsIn, typedRows } from "../fixture/typed.ts";
import { until } from "../fixture/until.ts";
import {
  assertNamedVolumes,
  assertProcessLimits,
  containerIds,
  docker,
  inspectContainer,
  leftOf,
} from "../fixture/docker.ts";
import { ask } from "../fixture/http.ts";
import { assertReadable, mistakesIn } from "../fixture/output.ts";
import { assertNoChanges, assertNoDrift } from "../fixture/no-changes.ts";

const folder = "systems/contravento";

type StackName = "local" | "local-minimal" | "staging" | "prod";

/** What a stack's file says, without the project's prefix. */
async function settingsOf(name: StackName): Promise<Settings & { readonly environment: object }> {
  const text = await readFile(join(directory, folder, `Pulumi.${name}.yaml`), "utf8");
  const { config } = load(text) as { config: Record<string, unknown> };
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key.replace("contravento:", ""), value]),
  ) as Settings & { environment: object };
}

/** A stack like the named one, without what would keep another such stack from running beside it. */
async function stackLike(
  name: StackName,
  ports: Readonly<Record<string, number>>,
  changes: { readonly settings?: Settings; readonly services?: Definitions["services"] } = {},
): Promise<TestStack> {
  const services = { ...changes.services };
  for (const [service, target] of Object.entries(ports)) {
    services[service] = { ...services[service], ports: [{ target, host_ip: "127.0.0.1" }] };
  }
  // It is part of every container's name.
  const environment = {
    ...(await settingsOf(name)).environment,
    APP_ENV: `t${randomBytes(4).toString("hex")}`,
  };
  return TestStack.create({
    folder,
    config: `Pulumi.${name}.yaml`,
    settings: { environment, keepVolumes: "false", ...changes.settings },
    services,
    environment: name.startsWith("local") ? {} : secrets,
  });
}

/** Of the stacks staging and prod, whose config has none; a URL would need it escaped. */
const password = `p@ss/${randomBytes(12).toString("hex")}`;
const secrets = { POSTGRES_PASSWORD: password, PULUMI_CONFIG_PASSPHRASE: "correct horse" };

async function leavesNothing(stack: TestStack): Promise<void> {
  await stack.down();
  assert.deepEqual(await leftOf(stack.project), []);
}

const servicesOf = async (stack: TestStack) => Object.keys(await containerIds(stack.project));

interface User {
  readonly id: number;
}

async function register(url: string, username: string): Promise<User> {
  const email = `${username}@example.org`;
  const { status, body } = await ask<User>("POST", `${url}/api/users`, { username, email });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
}

const image = Buffer.from("89504e470d0a1a0a", "hex");

async function uploadPhoto(url: string, { id }: User): Promise<void> {
  const form = new FormData();
  form.set("file", new Blob([image], { type: "image/png" }), "me.png");
  const { status } = await fetch(`${url}/api/users/${id}/photo`, { method: "PUT", body: form });
  assert.equal(status, 204);
}

async function photo(url: string, { id }: User): Promise<Buffer> {
  return Buffer.from(await (await fetch(`${url}/api/users/${id}/photo`)).arrayBuffer());
}

describe("preview of ContraVento, without an engine", () => {
  const config = "Pulumi.prod.yaml";
  let stack: TestStack;
  let anonymous: TestStack;
  before(async () => {
    stack = await TestStack.create({ folder, config, engine: false, environment: secrets });
    anonymous = await TestStack.create({ folder, config, engine: false });
  });
  after(() => Promise.all([stack.down(), anonymous.down()]));

  interface Planned {
    readonly container: string;
    /** `8001:8000`, with an address where it is for this machine alone. */
    readonly ports: readonly string[];
    /** The build's target, or the image. */
    readonly from: string;
    /** Where, and whether read-only. */
    readonly mounts: readonly string[];
  }

  interface Inputs {
    readonly name: string;
    /** Of a container, what its image is called. */
    readonly image?: string;
    readonly ports?: readonly {
      readonly internal: number;
      readonly external?: number;
      readonly ip?: string;
    }[];
    readonly mounts?: readonly { readonly target: string; readonly readOnly?: boolean }[];
    /** Bind mounts in the short form. */
    readonly volumes?: readonly { readonly containerPath: string; readonly readOnly?: boolean }[];
    readonly build?: { readonly target?: string };
  }

  async function planned(name: StackName): Promise<Record<string, Planned>> {
    await stack.configure({ settings: { reset: [], profiles: [], ...(await settingsOf(name)) } });
    const { code, output } = await stack.pulumi("preview", "--json");
    assert.equal(code, 0, output);
    assert.ok(!output.includes(password), "the password in clear");
    const { steps } = JSON.parse(output) as {
      readonly steps: readonly { readonly urn: string; readonly newState?: { readonly inputs: Inputs } }[];
    };
    const inputs = (type: string) =>
      steps
        .filter(({ urn }) => urn.includes(`docker:index/${type}::`))
        .map(({ urn, newState }) => [urn, newState?.inputs ?? { name: "" }] as const);
    const images = new Map(inputs("remoteImage:RemoteImage").map(([, image]) => [image.name, image]));
    return Object.fromEntries(
      inputs("container:Container").map(
        ([urn, { name, image: reference = "", ports = [], mounts = [], volumes = [] }]) => {
          const service = stack.serviceOf(urn);
          const image = images.get(reference);
          const planned = {
            container: name,
            ports: ports.map(
              ({ ip, external, internal }) =>
                `${ip === undefined || ip === "0.0.0.0" ? "" : `${ip}:`}${external ?? ""}:${internal}`,
            ),
            from: image?.build?.target ?? image?.name ?? "",
            mounts: [
              ...volumes.map(({ containerPath: target, readOnly }) => ({ target, readOnly })),
              ...mounts,
            ].map(({ target, readOnly }) => `${target}${readOnly === true ? ":ro" : ""}`),
          };
          return [service, planned];
        },
      ),
    );
  }

  const data = ["/var/lib/postgresql/data"];
  const redis = { ports: [] as string[], from: "redis:7-alpine", mounts: ["/data"] };
  const postgres = { ports: [] as string[], from: "postgres:16-alpine", mounts: data };
  const source = ["/app/src:ro"];
  const storage = ["/app/storage"];

  const expected: Readonly<Record<StackName, Readonly<Record<string, Planned>>>> = {
    local: {
      postgres: { ...postgres, container: "contravento-db-local", ports: ["127.0.0.1:5432:5432"] },
      redis: { ...redis, container: "contravento-redis-local", ports: ["127.0.0.1:6379:6379"] },
      backend: {
        container: "contravento-api-local",
        ports: ["8000:8000"],
        from: "development",
        mounts: [...storage, ...source],
      },
      "frontend-dev": {
        container: "contravento-frontend-dev-local",
        ports: ["5173:5173"],
        from: "development",
        mounts: source,
      },
      mailhog: {
        container: "contravento-mailhog-local",
        ports: ["127.0.0.1:8025:8025"],
        from: "mailhog/mailhog:v1.0.1",
        mounts: [],
      },
    },
    "local-minimal": {
      postgres: { ...postgres, container: "contravento-db-local-minimal", ports: ["127.0.0.1:5432:5432"] },
      backend: {
        container: "contravento-api-local-minimal",
        ports: ["8000:8000"],
        from: "development",
        mounts: [...source, ...storage],
      },
    },
    staging: {
      postgres: { ...postgres, container: "contravento-db-staging" },
      redis: { ...redis, container: "contravento-redis-staging" },
      backend: {
        container: "contravento-api-staging",
        ports: ["8001:8000"],
        from: "production",
        mounts: storage,
      },
      frontend: {
        container: "contravento-frontend-staging",
        ports: ["5174:80"],
        from: "production",
        mounts: [],
      },
    },
    prod: {
      postgres: { ...postgres, container: "contravento-db-prod" },
      redis: { ...redis, container: "contravento-redis-prod" },
      backend: { container: "contravento-api-prod", ports: [], from: "production", mounts: storage },
      frontend: {
        container: "contravento-frontend-prod",
        ports: ["5173:80"],
        from: "production",
        mounts: [],
      },
    },
  };

  for (const name of Object.keys(expected) as StackName[]) {
    test(`the stack ${name} has its services, ports, build targets and mounts`, async () => {
      assert.deepEqual(sorted(await planned(name)), sorted(expected[name]));
    });
  }

  for (const name of ["staging", "prod"] as const) {
    test(`the stack ${name} names the password that is not set, and both ways to set it`, async () => {
      await anonymous.configure({ settings: { reset: [], profiles: [], ...(await settingsOf(name)) } });
      const { code, output } = await anonymous.pulumi("preview");
      assert.notEqual(code, 0);
      assertReadable(output);
      const [mistake, ...others] = mistakesIn(output);
      assert.deepEqual(others, []);
      assert.match(mistake?.place ?? "", /postgresPassword$/);
      assert.match(mistake?.fix ?? "", /config set --secret postgresPassword.*POSTGRES_PASSWORD/);
    });
  }

  function sorted(services: Readonly<Record<string, Planned>>): [string, Planned][] {
    return Object.entries(services)
      .map(([name, plan]): [string, Planned] => [name, { ...plan, mounts: plan.mounts.toSorted() }])
      .sort(([one], [other]) => (one < other ? -1 : 1));
  }
});

describe("ContraVento, local", () => {
  let stack: TestStack;
  /** Copies of the mounted sources, to change. */
  let sources: string;
  let backend: string;
  before(async () => {
    sources = await mkdtemp(join(tmpdir(), "contravento-"));
    await cp(join(directory, folder, "backend", "src"), join(sources, "backend"), { recursive: true });
    await cp(join(directory, folder, "frontend", "src"), join(sources, "frontend"), { recursive: true });
    await mkdir(join(sources, "storage"));
    const mount = (name: string, target: string) => ({
      type: "bind" as const,
      source: join(sources, name),
      target,
      read_only: target === "/app/src",
    });
    stack = await stackLike(
      "local",
      { postgres: 5432, redis: 6379, backend: 8000, "frontend-dev": 5173, mailhog: 8025, pgadmin: 80 },
      {
        settings: { profiles: ["redis", "frontend-dev", "mailhog", "pgadmin"] },
        services: {
          backend: { volumes: [mount("backend", "/app/src"), mount("storage", "/app/storage")] },
          "frontend-dev": { volumes: [mount("frontend", "/app/src")] },
        },
      },
    );
    await stack.up();
    backend = await stack.url("backend");
  });
  after(async () => {
    await leavesNothing(stack);
    await rm(sources, { recursive: true });
  });

  test("has no volume without a name, and a limit of processes in every container", async () => {
    await assertNamedVolumes(stack.project);
    await assertProcessLimits(stack.project);
  });

  test("runs its services, and has nothing to change after up, and after a refresh", async () => {
    assert.deepEqual(await servicesOf(stack), [
      "backend",
      "frontend-dev",
      "mailhog",
      "pgadmin",
      "postgres",
      "redis",
    ]);
    await assertNoChanges(stack);
    await assertNoDrift(stack);
  });

  test("is in debug mode, and has its environment in its containers' names", async () => {
    const { container } = await stack.service("backend");
    const environment = /^contravento-api-(.*)$/.exec(container)?.[1];
    const health = await ask<object>("GET", `${backend}/health`);
    assert.deepEqual(health.body, { status: "healthy", environment, debug: true });
    assert.ok((await inspectContainer(container)).Config.Env.includes("LOG_LEVEL=DEBUG"));
  });

  test("keeps a user in PostgreSQL, and sends a mail that MailHog receives", async () => {
    await register(backend, "eva");
    assert.deepEqual(await stack.query("SELECT username, email FROM users"), ["eva|eva@example.org"]);
    interface Message {
      readonly Content: { readonly Headers: Readonly<Record<string, string[]>>; readonly Body: string };
    }
    const mailhog = await stack.url("mailhog");
    const [message] = await until("the mail", async () => {
      const answer = await fetch(`${mailhog}/api/v2/messages`);
      const { items } = (await answer.json()) as { items: Message[] };
      return items.length > 0 && items;
    });
    assert.deepEqual(message?.Content.Headers.To, ["eva@example.org"]);
    assert.deepEqual(message.Content.Headers.Subject, ["Welcome to ContraVento, eva"]);
    assert.match(message.Content.Body, /Hello eva/);
  });

  test("answers a second time from Redis", async () => {
    const { id } = await register(backend, "ines");
    const cache = async () => (await fetch(`${backend}/api/users/${id}`)).headers.get("x-cache");
    assert.equal(await cache(), "miss");
    await until("an answer from Redis", async () => (await cache()) === "hit");
    const { output } = await stack.exec("redis", "redis-cli", "GET", `user:${id}`);
    assert.match(output, /"username": "ines"/);
  });

  test("has its database asked by the commands of its page, from this machine and in the container", async () => {
    const [fromHere, inContainer] = typedRows(`${folder}/README.md`);
    assert.match(fromHere?.now ?? "", /^the same, from this machine/);
    const { ports } = await stack.service("postgres");
    const [, port = ""] = (ports["5432/tcp"] ?? "").split(":");
    const url = `postgresql://contravento:contravento@localhost:${port}/contravento`;
    // This machine may have no psql of its own.
    const psql = ["--rm", "--network", "host", "postgres:16-alpine", "psql", url, "-Atc", "SELECT 6 * 7"];
    assert.equal(await docker("run", ...psql), "42\n");
    assert.ok(inContainer);
    const [command = ""] = commandsIn(inContainer);
    await assertTyped(command, stack, { input: "SELECT 6 * 7;", shows: /^ +42$/m });
  });

  test("keeps an upload in the folder that is mounted for uploads", async () => {
    const user = await register(backend, "leo");
    await uploadPhoto(backend, user);
    assert.deepEqual(await photo(backend, user), image);
    assert.deepEqual(await readFile(join(sources, "storage", "profile_photos", `${user.id}.png`)), image);
    // They are root's, whoever runs the test.
    await stack.exec("backend", "rm", "-r", "/app/storage/profile_photos");
  });

  test("a change of the backend's mounted source is served", async () => {
    await appendFile(
      join(sources, "backend", "main.py"),
      '\n\n@app.get("/changed")\nasync def changed() -> str:\n    return "seen"\n',
    );
    await until("the changed source", async () => {
      const answer = await ask<string>("GET", `${backend}/changed`).catch(() => undefined);
      return answer?.body === "seen";
    });
  });

  describe("its Vite server", () => {
    let url: string;
    before(async () => {
      url = await stack.url("frontend-dev");
    });

    test("serves the page, its modules transformed, and the backend's API", async () => {
      const page = await ask<string>("GET", `${url}/`);
      assert.match(page.body, /<title>ContraVento<\/title>/);
      assert.match(page.body, /src="\/@vite\/client"/);
      const module = await ask<string>("GET", `${url}/src/main.ts`);
      assert.match(module.body, /from "\/src\/api\.ts"/);
      assert.doesNotMatch(module.body, /Promise<void>/, "TypeScript");
      assert.equal((await ask("GET", `${url}/api/users`)).status, 200);
    });

    test("tells the browser of a change", async () => {
      await ask("GET", `${url}/src/style.css`);
      const socket = new WebSocket(url.replace("http:", "ws:"), "vite-hmr");
      const messages: string[] = [];
      socket.addEventListener("message", ({ data }) => messages.push(String(data)));
      try {
        await until("the connection", () => Promise.resolve(messages.length > 0));
        // Who answers may not be watching yet: it is changed until somebody has seen it.
        let changes = 0;
        await until("news of the change", async () => {
          if (changes % 50 === 0)
            await writeFile(
              join(sources, "frontend", "style.css"),
              `body { color: teal; order: ${changes} }\n`,
            );
          changes += 1;
          return messages.some((message) => /"type":"(update|full-reload)"/.test(message));
        });
      } finally {
        socket.close();
      }
      assert.match((await ask<string>("GET", `${url}/src/style.css`)).body, /teal/);
    });
  });

  test("pgAdmin, when its profile is chosen, asks who is there", async () => {
    const { status, body } = await ask<string>("GET", `${await stack.url("pgadmin")}/login`);
    assert.equal(status, 200);
    assert.match(body, /pgAdmin 4/);
  });
});

describe("ContraVento's volumes", () => {
  let stack: TestStack;
  let files: string;
  before(async () => {
    files = await mkdtemp(join(tmpdir(), "contravento-"));
    stack = await stackLike("local-minimal", { postgres: 5432, backend: 8000 });
    await stack.up();
  });
  after(async () => {
    await leavesNothing(stack);
    await rm(files, { recursive: true });
  });

  const file = (name: string) => join(files, name);
  const run = (command: "backup" | "restore", volume: string, path: string): Promise<Finished> =>
    stack.command(command, volume, path);

  async function succeeds(command: "backup" | "restore", volume: string, path: string): Promise<void> {
    const { code, output } = await run(command, volume, path);
    assert.equal(code, 0, output);
  }

  async function isRefused(
    command: "backup" | "restore",
    volume: string,
    path: string,
    reason: RegExp,
  ): Promise<void> {
    const { code, output } = await run(command, volume, path);
    assert.equal(code, 1, output);
    assert.match(output, reason);
    assertReadable(output);
  }

  test("runs its database and its backend alone, and has nothing to change", async () => {
    assert.deepEqual(await servicesOf(stack), ["backend", "postgres"]);
    await assertNoChanges(stack);
    await assertNoDrift(stack);
  });

  test("backed up, destroyed and restored, have their row and their upload again", async (context) => {
    const url = await stack.url("backend");
    const user = await register(url, "eva");
    await uploadPhoto(url, user);
    const { container } = await stack.service("backend");

    await context.test("a volume that a service writes to is refused, and the service named", async () => {
      await isRefused(
        "backup",
        "backend_storage",
        file("storage.tar.gz"),
        /backend \(contravento-api-.*writes/,
      );
    });
    await context.test("PostgreSQL's is backed up while it runs", async () => {
      await succeeds("backup", "postgres_data", file("postgres.tar.gz"));
      assert.equal((await ask("GET", `${url}/health`)).status, 200);
    });
    await context.test("another's when the service is stopped", async () => {
      await docker("stop", container);
      await succeeds("backup", "backend_storage", file("storage.tar.gz"));
      await docker("start", container);
    });
    await context.test("with a checksum that sha256sum checks, and no file twice", async () => {
      const check = await runCommand("sha256sum", ["--check", "postgres.tar.gz.sha256"], { cwd: files });
      assert.equal(check.code, 0, check.output);
      await isRefused("backup", "postgres_data", file("postgres.tar.gz"), /exists already/);
    });
    await context.test("nothing is restored over data, nor under a service that runs", async () => {
      await isRefused(
        "restore",
        "postgres_data",
        file("postgres.tar.gz"),
        /postgres \(contravento-db-.*in use/,
      );
      await docker("stop", container);
      await isRefused("restore", "backend_storage", file("storage.tar.gz"), /is not empty/);
    });

    const destroyed = await stack.pulumi("destroy", "--yes", "--skip-preview");
    assert.equal(destroyed.code, 0, destroyed.output);
    assert.deepEqual(await leftOf(stack.project), []);

    await context.test("an archive that was changed is refused, and no volume made", async () => {
      await cp(file("postgres.tar.gz"), file("bad.tar.gz"));
      await cp(file("postgres.tar.gz.sha256"), file("bad.tar.gz.sha256"));
      await appendFile(file("bad.tar.gz"), "x");
      await isRefused("restore", "postgres_data", file("bad.tar.gz"), /is not what was backed up/);
      assert.deepEqual(await leftOf(stack.project), []);
    });

    await succeeds("restore", "postgres_data", file("postgres.tar.gz"));
    await succeeds("restore", "backend_storage", file("storage.tar.gz"));
    await stack.up();
    const again = await stack.url("backend");
    assert.deepEqual(await stack.query("SELECT id, username FROM users"), [`${user.id}|eva`]);
    assert.deepEqual(await photo(again, user), image);
    // Who wrote before may write again.
    await uploadPhoto(again, await register(again, "ines"));
    await assertNoChanges(stack);
    await assertNoDrift(stack);
  });
});

describe("ContraVento, staging and prod", () => {
  let staging: TestStack;
  let prod: TestStack;
  before(async () => {
    staging = await stackLike("staging", { backend: 8000, frontend: 80 });
    prod = await stackLike("prod", { frontend: 80 });
    await Promise.all([staging.up(), prod.up()]);
  });
  after(() => Promise.all([leavesNothing(staging), leavesNothing(prod)]));

  test("run their services side by side, and have nothing to change", async () => {
    for (const stack of [staging, prod]) {
      assert.deepEqual(await servicesOf(stack), ["backend", "frontend", "postgres", "redis"]);
      await assertNoChanges(stack);
      await assertNoDrift(stack);
    }
  });

  test("nginx serves what Vite built, and passes /api on to the backend", async () => {
    for (const stack of [staging, prod]) {
      const url = await stack.url("frontend");
      const page = await ask<string>("GET", `${url}/`);
      assert.match(page.body, /<title>ContraVento<\/title>/);
      assert.doesNotMatch(page.body, /@vite/);
      const script = /src="(\/assets\/[^"]+\.js)"/.exec(page.body)?.[1] ?? "";
      assert.equal((await ask("GET", url + script)).status, 200, script);
      await register(url, "eva");
      const { body } = await ask<{ username: string }[]>("GET", `${url}/api/users`);
      assert.deepEqual(
        body.map(({ username }) => username),
        ["eva"],
      );
      assert.deepEqual(await stack.query("SELECT username FROM users"), ["eva"]);
    }
  });

  test("nginx answers 413 to a body of more than 10 MiB", async () => {
    const url = await staging.url("frontend");
    const { status } = await ask("POST", `${url}/api/users`, { username: "n".repeat(10 * 1024 ** 2) });
    assert.equal(status, 413);
  });

  test("the backend is the production build, without debugging and without sources from the host", async () => {
    for (const stack of [staging, prod]) {
      const { Config: config, Mounts: mounts } = await inspectContainer(
        (await stack.service("backend")).container,
      );
      assert.ok(config.Env.includes("DEBUG=false"));
      assert.ok(!config.Cmd.includes("--reload"), config.Cmd.join(" "));
      assert.deepEqual(
        mounts.map(({ Type: type, Destination: target }) => [type, target]),
        [["volume", "/app/storage"]],
      );
    }
  });

  test("prod publishes its web server alone, and has the seed's limits", async () => {
    const ports = ["backend", "frontend", "postgres", "redis"].map(async (service) =>
      Object.keys((await prod.service(service)).ports),
    );
    assert.deepEqual((await Promise.all(ports)).flat(), ["80/tcp"]);
    const { HostConfig: host } = await inspectContainer((await prod.service("backend")).container);
    assert.deepEqual(
      [host.NanoCpus, host.Memory, host.MemoryReservation],
      [2_000_000_000, 2 * 1024 ** 3, 512 * 1024 ** 2],
    );
  });

  test("the password is in no state in clear", async () => {
    const { code, output } = await prod.pulumi("stack", "export");
    assert.equal(code, 0);
    assert.ok(!output.includes(password));
    assert.ok(!output.includes(encodeURIComponent(password)));
  });
});
