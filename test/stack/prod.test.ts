import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import https from "node:https";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type PeerCertificate } from "node:tls";
import { after, before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { whyNoConnection } from "../../components/engine/connectivity.ts";
import { dump } from "js-yaml";
import type { Definitions } from "../../components/compose-spec/definitions.ts";
import { dynamicConfiguration } from "../../components/plan/route.ts";
import { entryPoint, gateway } from "../../systems/super-agent-team/tiers/gateway.ts";
import { runCommand } from "../fixture/command.ts";
import { directory, TestStack } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";
import { containerIds, docker, inspectContainer, inspectNetwork } from "../fixture/docker.ts";
import { prefixes } from "../fixture/http.ts";
import { assertReadable, mistakesIn } from "../fixture/output.ts";
import { freePorts } from "../fixture/ports.ts";

const applications = Object.keys(prefixes) as (keyof typeof prefixes)[];

test("prod says at preview what it has to be given: a certificate, its key and a password", async () => {
  const stack = await TestStack.create({
    config: "Pulumi.prod.yaml",
    engine: false,
    settings: { tls: { certFile: "/nowhere/certFile.pem", keyFile: "/nowhere/keyFile.pem" } },
  });
  try {
    const { code, output } = await stack.pulumi("preview");
    assert.notEqual(code, 0);
    assertReadable(output);
    const file = `Pulumi.${stack.name}.yaml`;
    assert.deepEqual(mistakesIn(output), [
      ...["certFile", "keyFile"].map((key) => ({
        place: `${file}: tls.${key}`,
        message: `there is no file \`/nowhere/${key}.pem\``,
        name: "missing-file",
        fix: `put the PEM file there, or say where it is: super-team:tls.${key}`,
      })),
      {
        place: `${file}: dbPassword`,
        message:
          "is needed by postgres, migrations, auth-service, notifications-service, orders-service and set nowhere",
        name: "missing-secret",
        fix: `npx pulumi-compose pulumi config set --secret dbPassword --stack ${stack.name}, or set DB_PASSWORD in the environment`,
      },
    ]);
  } finally {
    await stack.down();
  }
});

test("a gateway with an authority asks it for the certificate of its domains", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "acme-"));
  const name = `acme-${randomBytes(4).toString("hex")}`;
  t.after(async () => {
    await docker("rm", "--force", "--volumes", name);
    await rm(folder, { recursive: true });
  });
  const acme = { email: "ops@example.com", domains: ["example.com", "www.example.com"] };
  // Nobody listens there.
  const server = "http://127.0.0.1:9/directory";
  const { services = {} } = gateway({
    project: name,
    dashboard: false,
    routing: "file",
    target: "engine",
    routesDirectory: folder,
    acme: { ...acme, server },
  });
  const route = dynamicConfiguration(
    { prefix: "/api/orders", port: 8080 },
    ["127.0.0.1"],
    entryPoint({ acme }),
  );
  await writeFile(join(folder, "orders.yml"), dump(route));
  await chmod(folder, 0o755);
  const variables = Object.entries(services.traefik?.environment ?? {});
  await docker(
    ...["run", "--detach", "--name", name, "--read-only", "--cap-drop", "ALL", "--volume", "/acme"],
    ...["--volume", `${folder}:/etc/traefik/routes:ro`, "--env", "TRAEFIK_LOG_LEVEL=DEBUG"],
    ...variables.flatMap(([variable, value]) => ["--env", `${variable}=${value ?? ""}`]),
    services.traefik?.image ?? "",
  );
  const asked = /Unable to obtain ACME certificate for domains.*127\.0\.0\.1:9\/directory.*/;
  let log = "";
  await until("the gateway has asked its authority", async () => {
    log = await docker("logs", name);
    return asked.test(log);
  });
  const [line = ""] = asked.exec(log) ?? [];
  for (const domain of acme.domains) assert.ok(line.includes(domain), line);
  await docker("exec", name, "traefik", "healthcheck");
});

describe("the stack prod", () => {
  // With characters that mean something in a URL, in JSON and in a shell. What a text is searched for is the part that
  // looks the same everywhere, and the whole in base64.
  const fragments = [`first-${randomBytes(8).toString("hex")}`, `second-${randomBytes(8).toString("hex")}`];
  const [ofEnvironment = "", ofConfig = ""] = fragments.map(
    (fragment) => `${fragment} p@ss/w#rd "it's" 100%`,
  );
  const searched = [...fragments, base64(ofEnvironment), base64(ofConfig)];

  const environment: Record<string, string> = {
    DB_PASSWORD: ofEnvironment,
    PULUMI_CONFIG_PASSPHRASE: "correct horse",
  };
  let folder: string;
  let stack: TestStack;
  let ports: { readonly http: number; readonly https: number };
  let fingerprint: string;
  let certificate: string;
  /** What the commands that were run on it have said, by their names. */
  const said: Record<string, string> = {};

  const configure = (services: NonNullable<Definitions["services"]> = {}) =>
    stack.configure({
      settings: { tls: { certFile: join(folder, "fullchain.pem"), keyFile: join(folder, "privkey.pem") } },
      services: {
        traefik: {
          ports: [
            { target: 80, published: String(ports.http), host_ip: "127.0.0.1" },
            { target: 443, published: String(ports.https), host_ip: "127.0.0.1" },
          ],
        },
        ...services,
      },
    });

  async function run(name: string, ...args: readonly string[]): Promise<number> {
    const { code, output } = await stack.pulumi(...args);
    said[name] = output;
    return code;
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "prod-"));
    fingerprint = await makeCertificate(folder);
    certificate = await readFile(join(folder, "fullchain.pem"), "utf8");
    const [http = 0, forTls = 0] = await freePorts(2);
    ports = { http, https: forTls };
    stack = await TestStack.create({ config: "Pulumi.prod.yaml", environment });
    await configure();
    const code = await run("up", "up", "--yes", "--skip-preview", "--diff");
    assert.equal(code, 0, said.up);
  });
  after(async () => {
    await stack.down();
    await rm(folder, { recursive: true });
  });

  const inspected = async () =>
    Promise.all(
      Object.entries(await containerIds(stack.project)).map(
        async ([service, id]) => [service, await inspectContainer(id)] as const,
      ),
    );

  describe("for whoever reaches it", () => {
    test("answers every prefix by HTTPS, with the certificate that its config names", async () => {
      for (const prefix of Object.values(prefixes)) {
        assert.equal(await statusOf(`${prefix}/health`, ports.https, certificate), 200, prefix);
      }
      for (const name of ["localhost", "another.example"]) {
        const { fingerprint256 } = await handshake(
          ports.https,
          name,
          name === "localhost" ? certificate : undefined,
        );
        assert.equal(fingerprint256, fingerprint, name);
      }
    });

    test("sends everything that comes by HTTP to HTTPS", async () => {
      for (const path of ["/api/orders/health?deep=1", "/"]) {
        const url = `http://localhost:${ports.http}${path}`;
        const { status, headers } = await fetch(url, { redirect: "manual" });
        assert.deepEqual([status, headers.get("location")], [301, `https://localhost${path}`]);
      }
    });

    test("has no dashboard, and publishes nothing but the gateway's two ports", async () => {
      for (const [service, { HostConfig, NetworkSettings }] of await inspected()) {
        const published = Object.entries(NetworkSettings.Ports).flatMap(([port, bindings]) =>
          ((bindings as unknown[] | null) ?? []).length > 0 ? [port] : [],
        );
        assert.deepEqual(published.toSorted(), service === "traefik" ? ["443/tcp", "80/tcp"] : [], service);
        assert.equal(HostConfig.NetworkMode === "host", false);
      }
      const { traefik = "" } = await containerIds(stack.project);
      assert.match((await whyNoConnection(traefik, "127.0.0.1", 8080)) ?? "connected", /refused/i);
    });
  });

  describe("within its limits", () => {
    test("gives every container memory and CPUs, and no more", async () => {
      for (const [service, { HostConfig }] of await inspected()) {
        assert.ok((HostConfig.Memory ?? 0) > 0 && (HostConfig.NanoCpus ?? 0) > 0, service);
      }
    });

    test("runs nobody but the gateway as root, and nobody with a capability or a way to one", async () => {
      for (const [service, { Config, HostConfig, State }] of await inspected()) {
        assert.deepEqual(HostConfig.CapDrop, ["ALL"], service);
        assert.deepEqual(HostConfig.CapAdd ?? [], [], service);
        assert.deepEqual(HostConfig.SecurityOpt, ["no-new-privileges:true"], service);
        assert.equal(HostConfig.Privileged, false);
        assert.equal(Config.User === "", service === "traefik", service);
        if (!State.Running) continue;
        const { output } = await stack.exec(
          service,
          "sh",
          "-c",
          "id -u; grep -E '^(CapPrm|CapEff|NoNew)' /proc/1/status",
        );
        const [user = "", ...rights] = output.trim().split("\n");
        assert.equal(user === "0", service === "traefik", `${service} is ${user}`);
        assert.deepEqual(
          rights.map((line) => line.split(/\s+/)[1]),
          ["0000000000000000", "0000000000000000", "1"],
          service,
        );
      }
    });

    test("lets the applications write to their volumes and to /tmp alone", async () => {
      for (const service of [...applications, "redis", "traefik"]) {
        for (const path of ["/", "/srv", "/etc", "/usr/local/bin", "/run"]) {
          const { code, output } = await stack.exec(service, "touch", join(path, "written"));
          assert.notEqual(code, 0, `${service} ${path}`);
          if (path !== "/srv") assert.match(output, /Read-only file system/, `${service} ${path}`);
        }
      }
      for (const service of applications) {
        const writable = [
          "/tmp",
          ...(["architect", "contract-engine", "codebase-intelligence"].includes(service) ? ["/data"] : []),
        ];
        for (const path of writable) {
          const { code, output } = await stack.exec(
            service,
            "sh",
            "-c",
            `touch ${path}/written && rm ${path}/written`,
          );
          assert.equal(code, 0, `${service}: ${output}`);
        }
      }
    });
  });

  describe("when its gateway is in somebody else's hands", () => {
    let local: Server;
    before(async () => {
      local = createServer((socket) => socket.end());
      await new Promise<void>((resolve) => {
        local.listen(0, "127.0.0.1", resolve);
      });
    });
    after(() => new Promise((resolve) => local.close(resolve)));

    test("has no engine socket and nothing of the host's but its routes and its certificate", async () => {
      const { traefik = "" } = await containerIds(stack.project);
      const { Mounts } = await inspectContainer(traefik);
      assert.deepEqual(Mounts.map(({ Destination, RW }) => [Destination, RW]).toSorted(), [
        ["/etc/traefik/routes", false],
        ["/run/secrets/tls.crt", false],
        ["/run/secrets/tls.key", false],
      ]);
      const found = await stack.exec(
        "traefik",
        "sh",
        "-c",
        "ls /var/run/docker.sock /run/docker.sock /run/containerd",
      );
      assert.notEqual(found.code, 0, found.output);
    });

    test("reaches the services that it has routes to, and neither the engine, postgres, redis nor the host's own ports", async () => {
      const { traefik = "", postgres = "", redis = "" } = await containerIds(stack.project);
      const addresses = async (id: string) =>
        Object.values((await inspectContainer(id)).NetworkSettings.Networks).map(
          ({ IPAddress }) => IPAddress,
        );
      const { port: localPort } = local.address() as AddressInfo;
      // Every address by which a container may know the machine that it runs on.
      const machines = [
        ...new Set([
          ...(await machineAddresses("bridge", `${stack.project}-frontend`, `${stack.project}-backend`)),
          "host.docker.internal",
          "gateway.docker.internal",
          "127.0.0.1",
        ]),
      ];
      const closed = [
        ...["postgres", ...(await addresses(postgres))].map((host) => [host, 5432] as const),
        ...["redis", ...(await addresses(redis))].map((host) => [host, 6379] as const),
        ...machines.flatMap((host) => [2375, 2376, localPort].map((port) => [host, port] as const)),
      ];
      assert.equal(closed.length, 2 + 2 + 3 * 6);
      assert.equal(await whyNoConnection(traefik, "architect", 8000), undefined);
      const reached = await Promise.all(
        closed.map(async ([host, port]) =>
          (await whyNoConnection(traefik, host, port)) === undefined ? [`${host}:${port}`] : [],
        ),
      );
      assert.deepEqual(reached.flat(), []);
    });
  });

  describe("through changes and failures", () => {
    before(async () => {
      // A service that says its password in every way it knows.
      const script = [
        'echo "url: $DATABASE_URL"',
        "password=$(python -c \"import os,urllib.parse as u; print(u.unquote(u.urlsplit(os.environ['DATABASE_URL']).password))\")",
        'echo "as it is: $password"',
        'echo "base64: $(printf %s "$password" | base64 -w0)"',
        'python -c "import json,sys; print(\'JSON:\', json.dumps(sys.argv[1]))" "$password"',
        "exit 3",
      ].join("\n");
      // Its end is to be told, which a slow machine must not let come after too many failed probes.
      const patient = { interval: "1s", timeout: "30s", retries: 2, start_period: "1m" };
      await configure({ "orders-service": { entrypoint: ["sh", "-c", script], healthcheck: patient } });
      assert.notEqual(await run("a failing up", "up", "--yes", "--diff"), 0);

      await configure();
      const set = ["config", "set", "--secret", "dbPassword", ofConfig];
      assert.equal(await run("config set", ...set), 0, said["config set"]);
      assert.equal(await run("a preview", "preview", "--diff"), 0, said["a preview"]);
      // The data knows the old one still.
      await stack.query(`ALTER ROLE superteam PASSWORD '${ofConfig.replaceAll("'", "''")}'`);
      assert.equal(
        await run("an up with the new one", "up", "--yes", "--diff"),
        0,
        said["an up with the new one"],
      );
    });

    test("says nothing of a secret that a failing service has logged", () => {
      const text = said["a failing up"] ?? "";
      assert.match(text, /orders-service.* exited with code 3/);
      for (const way of ["as it is: \\[secret\\]", "base64: \\[secret\\]", 'JSON: "\\[secret\\]"'])
        assert.match(text, new RegExp(way));
      assert.match(text, /url: postgresql:\/\/superteam:\[secret\]@postgres/);
    });

    test("works with the secret that its config has now", async () => {
      assert.equal(await statusOf(`${prefixes["orders-service"]}/`, ports.https, certificate), 200);
    });

    test("shows no secret in what Pulumi and the stack's commands say", async () => {
      await run("stack export", "stack", "export");
      await run("stack output", "stack", "output", "--json");
      await run("stack", "stack");
      await run("history", "stack", "history", "--json");
      for (const script of ["status", "connectivity"]) {
        said[script] = (await stack.command(script)).output;
      }
      assert.ok(Object.keys(said).length >= 10);
      for (const [name, text] of Object.entries(said)) {
        assert.ok(text !== "" || name === "config set", name);
        for (const secret of searched) assert.ok(!text.includes(secret), `${name} shows ${secret}`);
      }
    });

    test("keeps no secret in clear in the checkout: state, history, routes, logs", async () => {
      for (const secret of searched) {
        const files = await runCommand(
          "grep",
          // Another stack's files may go meanwhile: of those nothing is said.
          ["-rslF", "-e", secret, ".state", `Pulumi.${stack.name}.yaml`],
          { cwd: directory },
        );
        assert.equal(files.output, "", secret);
      }
    });

    test("has its secret in no image: neither in how it was built nor in a layer", async () => {
      const images = (
        await docker(
          "image",
          "ls",
          "--format",
          "{{.Repository}}:{{.Tag}}",
          `--filter=reference=${stack.project}-*`,
        )
      )
        .trim()
        .split("\n");
      assert.ok(images.length >= applications.length + 1, images.join());
      const told = await Promise.all(
        images.flatMap((image) => [
          docker("history", "--no-trunc", image),
          docker("image", "inspect", image),
        ]),
      );
      for (const secret of searched) assert.ok(!told.join().includes(secret));
      // What must be found, so that the search is one: a file of each image's own layer.
      const copied = await Promise.all(
        [...applications.map((name) => `${name}/app/main.py`), "migrations/migrate.sh"].map((path) =>
          readFile(join(directory, "systems", "super-agent-team", "services", path), "utf8"),
        ),
      );
      assert.deepEqual(await textsInImages(images, [...copied, ...searched]), copied);
    });

    test("has its secret on the engine where it is needed, and nowhere else", async () => {
      const needed = ["auth-service", "migrations", "notifications-service", "orders-service"];
      for (const [service, container] of await inspected()) {
        const text = JSON.stringify({
          ...container,
          ...(needed.includes(service) ? { Config: { ...container.Config, Env: [] } } : {}),
        });
        for (const secret of searched) assert.ok(!text.includes(secret), service);
      }
      const { output } = await stack.exec("postgres", "cat", "/run/secrets/db-password");
      assert.equal(output, ofConfig);
      const others = ["network", "volume"].map((kind) =>
        docker(
          kind,
          "ls",
          "--format",
          "{{json .}}",
          `--filter=label=com.docker.compose.project=${stack.project}`,
        ),
      );
      for (const secret of searched) assert.ok(!(await Promise.all(others)).join().includes(secret));
    });
  });
});

/** What a file begins with that is compressed. */
const gzip = Buffer.from([0x1f, 0x8b]);

/** Those of the texts that stand in a layer of these images, or in what is noted beside the layers. */
async function textsInImages(images: readonly string[], texts: readonly string[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "images-"));
  try {
    const archive = join(folder, "images.tar");
    await docker("save", "--output", archive, ...images);
    const unpacked = await runCommand("tar", ["-xf", archive], { cwd: folder });
    assert.equal(unpacked.code, 0, unpacked.output);
    await rm(archive);
    const found = new Set<string>();
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const content = await readFile(join(entry.parentPath, entry.name));
      // Some engines compress layers.
      const layer = content.subarray(0, 2).equals(gzip) ? gunzipSync(content) : content;
      for (const text of texts) if (layer.includes(text)) found.add(text);
    }
    return texts.filter((text) => found.has(text));
  } finally {
    await rm(folder, { recursive: true });
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** A certificate of our own signing, for localhost. */
async function makeCertificate(into: string): Promise<string> {
  const files = ["-keyout", join(into, "privkey.pem"), "-out", join(into, "fullchain.pem")];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"];
  const made = await runCommand(
    "openssl",
    ["req", "-x509", "-newkey", "rsa:2048", "-nodes", ...subject, ...files],
    {
      cwd: into,
    },
  );
  assert.equal(made.code, 0, made.output);
  const print = ["x509", "-in", join(into, "fullchain.pem"), "-noout", "-fingerprint", "-sha256"];
  return (await runCommand("openssl", print, { cwd: into })).output.trim().split("=").at(-1) ?? "";
}

/** The certificate that a client of this name is shown; without an authority, whatever it is. */
function handshake(port: number, servername: string, ca: string | undefined): Promise<PeerCertificate> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, servername, ca, rejectUnauthorized: ca !== undefined };
    const socket = connect(options, () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    });
    socket.once("error", reject);
  });
}

/** What localhost answers by HTTPS to a client that knows nobody but its certificate. */
function statusOf(path: string, port: number, ca: string): Promise<number> {
  return new Promise((resolve, reject) => {
    https
      .get(
        { host: "localhost", family: 4, port, path, ca, agent: false, signal: AbortSignal.timeout(30_000) },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode ?? 0);
        },
      )
      .once("error", reject);
  });
}

/** The machine's own addresses on these networks of the engine. */
async function machineAddresses(...networks: readonly string[]): Promise<string[]> {
  const found = await Promise.all(networks.map(inspectNetwork));
  return found.flatMap(({ IPAM: { Config = [] } = {} }) => Config.flatMap(({ Gateway }) => Gateway ?? []));
}
