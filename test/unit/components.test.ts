import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, before, describe, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import { Project, type ProjectArgs } from "../../components/project.ts";
import { definitions, type Written } from "./builders.ts";

// A preview works on a machine without an engine; so do these tests.
process.env.DOCKER_HOST = "unix:///nonexistent.sock";

/** A checkout with something to build in it. */
let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "components-"));
  for (const context of ["app", "job"]) {
    await mkdir(join(directory, context));
    await writeFile(join(directory, context, "Dockerfile"), "FROM scratch\n");
  }
});
after(() => rm(directory, { recursive: true }));

/** A resource as the program sends it to Pulumi. */
interface Sent {
  readonly type: string;
  readonly name: string;
  readonly parent: string;
  readonly inputs: Written;
  /** Names of what it depends on, as `type:name`. */
  readonly dependencies: readonly string[];
  readonly request: RegisterResourceRequest;
}

/** What has been sent of one stack. */
class Stack {
  readonly sent: readonly Sent[];
  readonly project: Project;

  constructor(sent: readonly Sent[], project: Project) {
    this.sent = sent;
    this.project = project;
  }

  get(type: string, name: string): Sent {
    const found = this.sent.find((resource) => resource.type === type && resource.name === name);
    assert.ok(found, `no ${type} ${name} was sent`);
    return found;
  }

  names(type: string): string[] {
    return this.sent.filter((resource) => resource.type === type).map(({ name }) => name);
  }
}

/** `urn:pulumi:dev::p::parent$docker:index/container:Container::db` as `Container:db`. */
function short(urn: string): string {
  const [type = "", name = ""] = urn.split("::").slice(-2);
  return `${type.split(/[:/$]/).at(-1) ?? ""}:${name}`;
}

function describeRequest(request: RegisterResourceRequest): Sent {
  return {
    type: request.getType().split(":").at(-1) ?? "",
    name: request.getName(),
    parent: short(request.getParent()),
    inputs: request.getObject()?.toJavaScript() ?? {},
    dependencies: request.getDependenciesList().map(short).toSorted(),
    request,
  };
}

/** Sends a stack of these services, as a preview does, and waits until everything is sent. */
async function send(
  written: Written,
  {
    imageIds = {},
    ...more
  }: Partial<ProjectArgs> & { readonly imageIds?: Readonly<Record<string, string>> } = {},
): Promise<Stack> {
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, type, inputs }) => ({
        id: `${name}-id`,
        state: {
          ...(inputs as object),
          ...(type.endsWith("RemoteImage") ? { imageId: imageIds[name] ?? "sha256:1" } : {}),
        },
      }),
      call: ({ inputs }) => inputs as Record<string, unknown>,
    },
    "super-team",
    "dev",
    true,
  );
  const monitor = pulumi.runtime.getMonitor() as unknown as {
    registerResource(request: RegisterResourceRequest, done: unknown): Promise<void>;
  };
  const register = monitor.registerResource.bind(monitor);
  const sent: Sent[] = [];
  monitor.registerResource = (request, done) => {
    sent.push(describeRequest(request));
    return register(request, done);
  };
  const tiers = [{ name: "all", definitions: definitions(written) }];
  const shop = new Project("shop", { directory, tiers, ...more });
  await pulumi.runtime.disconnect();
  return new Stack(sent, shop);
}

/** Labels by their name; the order they are sent in means nothing. */
function labelsOf({ inputs }: Sent): Record<string, string> {
  const labels = inputs.labels as { label: string; value: string }[];
  return Object.fromEntries(labels.map(({ label, value }) => [label, value]));
}

const health = { test: "true", interval: "10s", start_period: "30s" };
const entryPoint = { name: "web", port: "80/tcp", tls: false };

describe("a stack", () => {
  let shop: Stack;
  before(async () => {
    const infra = {
      networks: { frontend: null, backend: { internal: true, name: "the-backend", labels: { mine: "1" } } },
      volumes: { data: null, unused: { name: "the-unused" } },
      services: {
        db: {
          image: "postgres:16",
          networks: { backend: { aliases: ["database"] } },
          volumes: ["data:/data"],
          healthcheck: health,
          environment: { USER: "shop", NOTHING: null },
          stop_grace_period: "30s",
          labels: { mine: "1" },
          "x-route": { prefix: "/db", port: 80 },
        },
        job: {
          build: { context: "job", args: { A: "1", B: null } },
          networks: ["backend"],
          depends_on: { db: { condition: "service_healthy" } },
        },
        cache: { image: "redis:7", networks: ["backend"] },
      },
    };
    const foundation = {
      services: {
        app: {
          image: "app:1",
          networks: ["frontend", "backend"],
          ports: ["8001:8000"],
          depends_on: {
            db: { condition: "service_healthy" },
            job: { condition: "service_completed_successfully" },
            cache: { condition: "service_started" },
          },
        },
      },
    };
    shop = await send(
      {},
      {
        tiers: [
          { name: "infra", definitions: definitions(infra) },
          { name: "foundation", definitions: definitions(foundation) },
        ],
        gateway: { service: "app", entryPoint },
      },
    );
  });

  test("is a project of images, and of tiers with their networks, volumes and services, each service with a container", () => {
    assert.deepEqual(
      shop.sent.map(({ type, name, parent }) => `${parent} → ${type}:${name}`).toSorted(),
      [
        ":",
        ...["infra", "foundation"].map((name) => `Project:shop → Tier:${name}`),
        "Project:shop → Gateway:shop",
        "Project:shop → History:shop",
        ...["frontend", "backend"].map((name) => `Tier:infra → Network:${name}`),
        ...["shop_data", "the-unused"].map((name) => `Tier:infra → Volume:${name}`),
        ...["db", "job", "cache"].map((name) => `Tier:infra → Service:${name}`),
        "Tier:foundation → Service:app",
        ...["db", "job", "cache", "app"].flatMap((name) => [`Service:${name} → Container:shop-${name}-1`]),
        "Service:job → RemoteImage:job",
        ...["postgres:16", "redis:7", "app:1"].map((image) => `Project:shop → RemoteImage:shop-${image}`),
      ]
        .map((line) => (line === ":" ? ": → Project:shop" : line))
        .toSorted(),
    );
  });

  test("has networks with their names, whether they have a way out, and Compose's labels", () => {
    const backend = shop.get("Network", "backend");
    const { name, driver, internal } = backend.inputs;
    assert.deepEqual({ name, driver, internal }, { name: "the-backend", driver: "bridge", internal: true });
    assert.deepEqual(labelsOf(backend), {
      mine: "1",
      "com.docker.compose.project": "shop",
      "com.docker.compose.network": "backend",
      "io.pulumi-compose.project": "shop",
    });
    assert.equal(shop.get("Network", "frontend").inputs.name, "shop_frontend");
    assert.notEqual(shop.get("Network", "frontend").inputs.internal, true);
  });

  test("replaces no network and no volume for a label", () => {
    for (const [type, name] of [
      ["Network", "backend"],
      ["Volume", "shop_data"],
    ] as const) {
      assert.ok(shop.get(type, name).request.getIgnorechangesList().includes("labels"), name);
    }
  });

  test("takes over the components that version 0.1 made", () => {
    for (const [type, name] of [
      ["Project", "shop"],
      ["Tier", "infra"],
      ["Service", "db"],
    ] as const) {
      const types = shop
        .get(type, name)
        .request.getAliasesList()
        .map((alias) => alias.getSpec()?.getType());
      assert.deepEqual(types, [`super-team:index:${type}`]);
    }
  });

  test("has volumes with their names and Compose's labels, also those that no service mounts", () => {
    const data = shop.get("Volume", "shop_data");
    const { name, driver } = data.inputs;
    assert.deepEqual({ name, driver }, { name: "shop_data", driver: "local" });
    assert.deepEqual(labelsOf(data), {
      "com.docker.compose.project": "shop",
      "com.docker.compose.volume": "data",
      "io.pulumi-compose.project": "shop",
    });
    assert.equal(shop.get("Volume", "the-unused").inputs.name, "the-unused");
  });

  test("starts nothing but volumes, networks and images before what a service depends on", () => {
    const edges = (name: string) => shop.get("Container", `shop-${name}-1`).dependencies;
    assert.deepEqual(edges("db"), ["Network:backend", "RemoteImage:shop-postgres:16", "Volume:shop_data"]);
    assert.deepEqual(edges("cache"), ["Network:backend", "RemoteImage:shop-redis:7"]);
    assert.deepEqual(edges("job"), ["Container:shop-db-1", "Network:backend", "RemoteImage:job"]);
    assert.deepEqual(edges("app"), [
      "Container:shop-cache-1",
      "Container:shop-db-1",
      "Container:shop-job-1",
      "Network:backend",
      "Network:frontend",
      "RemoteImage:shop-app:1",
    ]);
  });

  test("gets its images, networks and volumes at once, whatever waits for whatever", () => {
    for (const { type, name, dependencies } of shop.sent) {
      if (["RemoteImage", "Network", "Volume", "Service", "Tier"].includes(type)) {
        assert.deepEqual(dependencies, [], `${type} ${name}`);
      }
    }
  });

  test("has containers with Compose's names, labels and the route's labels", () => {
    const db = shop.get("Container", "shop-db-1");
    assert.equal(db.inputs.name, "shop-db-1");
    const byName = labelsOf(db);
    assert.equal(byName.mine, "1");
    assert.equal(byName["com.docker.compose.project"], "shop");
    assert.equal(byName["com.docker.compose.service"], "db");
    assert.equal(byName["io.pulumi-compose.tier"], "infra");
    assert.equal(byName["traefik.enable"], "true");
    assert.match(byName["com.docker.compose.config-hash"] ?? "", /^[0-9a-f]{64}$/);
  });

  test("has volumes and networks that are looked for where they stood before: in the project, or in another tier", () => {
    const formerly = (type: string, name: string) =>
      shop
        .get(type, name)
        .request.getAliasesList()
        .map((alias) => alias.getSpec())
        .map((spec) => `${short(spec?.getParenturn() ?? "")} ${spec?.getName() ?? ""}`);
    const parents = ["Tier:infra", "Tier:foundation", "Project:shop", "Project:shop"];
    assert.deepEqual(
      formerly("Network", "backend"),
      parents.map((parent) => `${parent} backend`),
    );
    assert.deepEqual(
      formerly("Volume", "shop_data"),
      parents.flatMap((parent) => [`${parent} shop_data`, `${parent} data`]),
    );
    const [version01] = shop.get("Network", "backend").request.getAliasesList().slice(-1);
    assert.match(version01?.getSpec()?.getParenturn() ?? "", /::super-team:index:Project::shop$/);
  });

  test("has containers that others find by its name, the service's name and its aliases", () => {
    assert.deepEqual(shop.get("Container", "shop-db-1").inputs.networksAdvanced, [
      { name: "the-backend", aliases: ["shop-db-1", "db", "database"] },
    ]);
    assert.deepEqual(shop.get("Container", "shop-app-1").inputs.networksAdvanced, [
      { name: "the-backend", aliases: ["shop-app-1", "app"] },
      { name: "shop_frontend", aliases: ["shop-app-1", "app"] },
    ]);
  });

  test("mounts volumes by their name on the engine", () => {
    assert.deepEqual(shop.get("Container", "shop-db-1").inputs.mounts, [
      { type: "volume", source: "shop_data", target: "/data" },
    ]);
  });

  test("gives containers their environment; what has no value is taken away from the image's", () => {
    assert.deepEqual(shop.get("Container", "shop-db-1").inputs.envs, ["USER=shop", "NOTHING"]);
  });

  test("stops containers within their grace period, and ten seconds where none is given", () => {
    assert.equal(shop.get("Container", "shop-db-1").inputs.destroyGraceSeconds, 30);
    assert.equal(shop.get("Container", "shop-app-1").inputs.destroyGraceSeconds, 10);
  });

  test("lets a job end, and no service that is probed", () => {
    assert.equal(shop.get("Container", "shop-job-1").inputs.mustRun, false);
    assert.equal(shop.get("Container", "shop-db-1").inputs.mustRun, true);
  });

  test("has Docker probe at once", () => {
    assert.deepEqual(shop.get("Container", "shop-db-1").inputs.healthcheck, {
      tests: ["CMD-SHELL", "true"],
      interval: "10s",
      startPeriod: "30s",
      startInterval: "250ms",
    });
  });

  test("makes a container anew where the provider would take an edit and do nothing", () => {
    const made = shop.get("Container", "shop-db-1").request.getReplaceonchangesList().toSorted();
    // Of limits these are the ones that the service does not have.
    assert.deepEqual(made, [
      ...["cpuPeriod", "cpuQuota", "cpuSet", "cpuShares"],
      ...["deviceReadBps", "deviceReadIops", "deviceWriteBps", "deviceWriteIops"],
      ...["healthcheck", "init", "memory", "memoryReservation", "memorySwap", "tmpfs"],
    ]);
  });

  test("takes the old container away before it makes a new one of the same name", () => {
    assert.equal(shop.get("Container", "shop-db-1").request.getDeletebeforereplace(), true);
    assert.equal(shop.get("Network", "backend").request.getDeletebeforereplace(), true);
  });

  test("pulls an image and leaves it on the machine", () => {
    const { inputs } = shop.get("RemoteImage", "shop-postgres:16");
    assert.deepEqual(inputs, { name: "postgres:16", keepLocally: true });
  });

  test("pulls an image once for all that run it, and takes up what the first of them had", async () => {
    const services = {
      a: { image: "redis:7" },
      b: { image: "redis:7" },
      c: { image: "redis:7", platform: "linux/arm64" },
    };
    const { sent } = await send({ services });
    const images = sent.filter(({ type }) => type === "RemoteImage");
    assert.deepEqual(
      images.map(({ name }) => name),
      ["shop-redis:7", "shop-redis:7-linux/arm64"],
    );
    const [alias] = images[0]?.request.getAliasesList() ?? [];
    assert.match(alias?.getSpec()?.getParenturn() ?? "", /::a$/);
    assert.equal(alias?.getSpec()?.getName(), "a");
  });

  test("builds an image under a tag that changes with what it is built from", () => {
    const { name, build } = shop.get("RemoteImage", "job").inputs;
    assert.match(String(name), /^shop-job:[0-9a-f]{12}$/);
    const label = { "com.docker.compose.project": "shop", "com.docker.compose.service": "job" };
    assert.deepEqual(build, {
      context: relative(process.cwd(), join(directory, "job")),
      buildArgs: { A: "1", B: "" },
      label,
    });
    assert.equal(shop.get("Container", "shop-job-1").inputs.image, name);
  });

  test("builds images of their own for services that are built from the same", async () => {
    const { sent } = await send({ services: { a: { build: "job" }, b: { build: "job" } } });
    const labels = sent
      .filter(({ type }) => type === "RemoteImage")
      .map(({ inputs }) => (inputs.build as { label: unknown }).label);
    assert.notDeepEqual(labels[0], labels[1]);
  });

  test("tells where its ports will be, without an engine to ask", async () => {
    const app = shop.project.services.app;
    assert.ok(app);
    assert.deepEqual(await valueOf(app.ports), { "8000/tcp": "localhost:8001" });
  });
});

function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}

describe("a container is made anew", () => {
  const written = { services: { app: { image: "app:1", networks: ["net"] } }, networks: { net: null } };
  const trigger = async (imageIds: Record<string, string>) => {
    const { request } = (await send(written, { imageIds })).get("Container", "shop-app-1");
    return JSON.stringify(request.getReplacementTrigger()?.toJavaScript());
  };

  test("when its image is another one under the same name", async () => {
    assert.equal(await trigger({ "shop-app:1": "sha256:1" }), await trigger({ "shop-app:1": "sha256:1" }));
    assert.notEqual(await trigger({ "shop-app:1": "sha256:1" }), await trigger({ "shop-app:1": "sha256:2" }));
  });

  test("when one of its networks is", async () => {
    assert.match(await trigger({}), /net-id/);
  });
});

test("an image that is built has one tag, also where the service names it with a tag of its own", async () => {
  const services = { app: { image: "localhost:5000/team/app:2", build: "app" } };
  const { inputs } = (await send({ services })).get("RemoteImage", "app");
  assert.match(String(inputs.name), /^localhost:5000\/team\/app:[\w.-]*[0-9a-f]{12}$/);
});

describe("volumes", () => {
  const written = { services: {}, volumes: { data: null } };
  for (const keepVolumes of [true, false]) {
    test(
      keepVolumes ? "outlive the stack where it keeps them" : "go with the stack where it does not keep them",
      async () => {
        const { request } = (await send(written, { keepVolumes })).get("Volume", "shop_data");
        assert.equal(request.getRetainondelete(), keepVolumes);
      },
    );
  }
});

describe("what another project made", () => {
  let shop: Stack;
  before(async () => {
    shop = await send({
      services: { app: { image: "app:1", networks: ["proxy"], volumes: ["data:/data"] } },
      networks: { proxy: { external: true } },
      volumes: { data: { external: true, name: "their-data" } },
    });
  });

  test("is used and not made", () => {
    assert.deepEqual([...shop.names("Network"), ...shop.names("Volume")], []);
    const { mounts, networksAdvanced } = shop.get("Container", "shop-app-1").inputs;
    assert.deepEqual(mounts, [{ type: "volume", source: "their-data", target: "/data" }]);
    assert.deepEqual(networksAdvanced, [{ name: "proxy", aliases: ["shop-app-1", "app"] }]);
  });
});

describe("a network of a swarm", () => {
  const sent = async (network: Written) => {
    const shop = await send(
      {
        services: { app: { image: `app@sha256:${"1".repeat(64)}`, networks: ["back"] } },
        networks: { back: network },
      },
      { target: "swarm", swarm: { registry: "http://registry.test:5000" } },
    );
    const [name = "", ...more] = shop.names("Network");
    assert.deepEqual(more, []);
    return shop.get("Network", name);
  };
  const options = (size: string) => ({ driver_opts: { encrypted: "", mtu: size } });
  const formerly = ({ request }: Sent) => [
    ...new Set(request.getAliasesList().map((alias) => alias.getSpec()?.getName())),
  ];

  test("is another resource where it is made in another way, and beside the one of before", async () => {
    const [plain, one, other] = [await sent({}), await sent(options("1")), await sent(options("2"))];
    assert.equal(new Set([plain.name, one.name, other.name]).size, 3);
    for (const { name, inputs, request } of [plain, one, other]) {
      assert.equal(name, inputs.name);
      assert.equal(request.getDeletebeforereplace(), false);
    }
    assert.deepEqual(other.inputs.options, { encrypted: "", mtu: "2" });
  });

  test("keeps the options that the engine adds", async () => {
    assert.deepEqual((await sent(options("1"))).request.getIgnorechangesList(), ["labels", "options"]);
    assert.deepEqual((await sent({})).request.getIgnorechangesList(), ["labels"]);
  });

  test("is the one that earlier versions made, unless that has options to carry along", async () => {
    assert.ok(formerly(await sent({})).includes("back"));
    assert.ok(!formerly(await sent(options("1"))).includes("back"));
  });
});

describe("a secret", () => {
  const password = "hunter2-$&";
  // What marks a value as secret on its way to Pulumi.
  const signature = "4dabf18193072939515e22adb298388d";
  const written = {
    services: {
      db: {
        image: "db",
        networks: ["net"],
        environment: { POSTGRES_PASSWORD: "${dbPassword}", POSTGRES_USER: "shop" },
      },
      app: {
        image: "app",
        networks: ["net"],
        environment: { URL: "postgresql://shop:${dbPassword}@db", LEVEL: "info" },
        depends_on: ["db"],
      },
    },
    networks: { net: null },
  };
  let shop: Stack;
  before(async () => {
    shop = await send(written, { secrets: { dbPassword: pulumi.secret(password) } });
  });

  test("is filled in where the environment refers to it, and only that value is secret", () => {
    const [url, level] = shop.get("Container", "shop-app-1").inputs.envs as [Record<string, string>, string];
    assert.ok(signature in url);
    assert.equal(url.value, `URL=postgresql://shop:${encodeURIComponent(password)}@db`);
    assert.equal(level, "LEVEL=info");
    assert.equal((shop.get("Container", "shop-db-1").inputs.envs as unknown[])[1], "POSTGRES_USER=shop");
  });

  test("stands in clear nowhere else in what is sent", () => {
    const withoutSecrets = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(withoutSecrets);
      if (typeof value !== "object" || value === null) return value;
      if (signature in value) return "(secret)";
      return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withoutSecrets(entry)]));
    };
    for (const { type, name, inputs, request } of shop.sent) {
      const others = { ...request.toObject(), object: withoutSecrets(inputs) };
      assert.ok(!JSON.stringify(others).includes(password), `${type} ${name}`);
    }
  });

  test("does not make secret what is told of the service", async () => {
    const app = shop.project.services.app;
    assert.ok(app);
    assert.equal(await pulumi.isSecret(app.ready), false);
    assert.equal(await pulumi.isSecret(app.ports), false);
  });

  test("that changes leaves the revision as it was, and changes the container all the same", async () => {
    const other = await send(written, { secrets: { dbPassword: pulumi.secret("other") } });
    const [one, two] = [shop, other].map((each) => each.get("Container", "shop-app-1").inputs);
    assert.deepEqual(one?.labels, two?.labels);
    assert.notDeepEqual(one?.envs, two?.envs);
  });
});

describe("a transform", () => {
  const written = {
    services: {
      web: {
        image: "web",
        networks: ["net"],
        environment: { PASSWORD: "${dbPassword}", LEVEL: "info" },
        deploy: { replicas: 2 },
      },
      db: { image: "db", networks: ["net"] },
    },
    networks: { net: null },
  };
  const secrets = { dbPassword: pulumi.secret("hunter2") };
  const withTransform = (transform: ProjectArgs["transform"]) => send(written, { secrets, transform });

  test("changes what is sent of every container of its service, and of no other", async () => {
    const before = await send(written, { secrets });
    const shop = await withTransform({
      web: (args) => ({ ...args, memorySwap: 64, destroyGraceSeconds: 99 }),
    });
    for (const name of ["shop-web-1", "shop-web-2"]) {
      assert.deepEqual(shop.get("Container", name).inputs, {
        ...before.get("Container", name).inputs,
        memorySwap: 64,
        destroyGraceSeconds: 99,
      });
    }
    assert.deepEqual(shop.get("Container", "shop-db-1").inputs, before.get("Container", "shop-db-1").inputs);
  });

  test("gets placeholders and may add some; the secrets come later, and are marked as such", async () => {
    let seen = "";
    const shop = await withTransform({
      web: (args) => {
        seen = JSON.stringify(args);
        return {
          ...args,
          envs: [...(args.envs ?? []), "URL=http://web:${dbPassword}@db"],
          command: ["${dbPassword}"],
        };
      },
    });
    assert.match(seen, /"PASSWORD=\$\{dbPassword\}"/);
    const { envs, command } = shop.get("Container", "shop-web-1").inputs;
    assert.deepEqual(
      (envs as (string | { value: string })[]).map((entry) =>
        typeof entry === "string" ? entry : entry.value,
      ),
      ["PASSWORD=hunter2", "LEVEL=info", "URL=http://web:hunter2@db"],
    );
    assert.equal(typeof (envs as unknown[])[2], "object");
    assert.equal((command as { value: string }[])[0]?.value, "hunter2");
  });

  test("leaves the revision as it is: Pulumi's diff decides what becomes of the container", async () => {
    const one = await send(written, { secrets });
    const two = await withTransform({ web: (args) => ({ ...args, privileged: true }) });
    assert.deepEqual(
      labelsOf(one.get("Container", "shop-web-1")),
      labelsOf(two.get("Container", "shop-web-1")),
    );
  });

  test("that sets what the engine is searched by, or what the gate does, is refused with the key to use", async () => {
    const refused = withTransform({
      // As a program in JavaScript may have it: the types refuse these.
      web: (args) => ({ ...args, ...({ labels: [], name: "mine", wait: true } as object) }),
      wbe: (args) => args,
    });
    await assert.rejects(refused, (error: Error) => {
      assert.ok(error instanceof pulumi.RunError);
      assert.match(error.message, /^4 mistakes/);
      assert.match(error.message, /transform\.wbe\s.*no service `wbe`.*\s.*did you mean `web`\?/);
      assert.match(error.message, /transform\.web\s.*sets `labels`.*\s.*the service's `labels`/);
      assert.match(error.message, /transform\.web\s.*sets `name`.*\s.*`container_name`/);
      assert.match(error.message, /transform\.web\s.*sets `wait`.*\s.*gate/);
      return true;
    });
  });
});

describe("the gateway", () => {
  const outputs = async (ports: readonly string[], route: Written, more: Written = {}) => {
    const written = {
      services: {
        traefik: { image: "traefik", ports, networks: ["net"] },
        orders: { image: "orders", networks: ["net"], "x-route": { port: 8080, ...route } },
        hidden: { image: "hidden", networks: ["net"] },
      },
      networks: { net: null },
    };
    const { project: shop } = await send(written, {
      gateway: { service: "traefik", entryPoint: { ...entryPoint, ...more } },
    });
    const { gatewayUrl, routes, services } = shop.outputs;
    const urls = Object.entries(services as Record<string, { url?: pulumi.Output<string | undefined> }>);
    return {
      gatewayUrl: await valueOf(gatewayUrl ?? pulumi.output(undefined)),
      routes,
      urls: Object.fromEntries(
        await Promise.all(
          urls.map(
            async ([name, { url }]) => [name, await valueOf(url ?? pulumi.output(undefined))] as const,
          ),
        ),
      ),
    };
  };
  const prefix = { prefix: "/api/orders" };

  test("tells its address, without the port where that is the usual one", async () => {
    assert.equal((await outputs(["80:80", "8080:8080"], prefix)).gatewayUrl, "http://localhost");
    assert.equal((await outputs(["18000:80"], prefix)).gatewayUrl, "http://localhost:18000");
  });

  test("tells the address of each service that has a route, and of no other", async () => {
    const { urls, routes } = await outputs(["80:80"], prefix);
    const http = "http://localhost";
    assert.deepEqual(urls, { traefik: http, orders: `${http}/api/orders`, hidden: undefined });
    assert.deepEqual(routes, { orders: "/api/orders/* → http://orders:8080/*" });
  });

  test("tells a host name's address in place of its own, over TLS where it speaks that", async () => {
    const tls = { name: "websecure", port: "443/tcp", tls: true };
    const byHost = { host: "orders.example.com" };
    assert.equal((await outputs(["443:443"], byHost, tls)).urls.orders, "https://orders.example.com");
    const { urls, routes } = await outputs(["8443:443"], { ...byHost, ...prefix }, tls);
    assert.equal(urls.orders, "https://orders.example.com:8443/api/orders");
    assert.deepEqual(routes, { orders: "orders.example.com/api/orders/* → http://orders:8080/*" });
  });
});

describe("definitions in TypeScript", () => {
  /** As a program in JavaScript has them: no type refuses anything. */
  const defined = (whatever: object) => send({}, { tiers: [{ name: "infra", definitions: whatever }] });

  test("are read strictly: each mistake has its tier, service and key, and what to do", async () => {
    const refused = defined({
      services: {
        web: { image: "web", enviroment: {}, ports: { web: 80 }, depends_on: [{ name: "db" }] },
        db: { imagee: "db", command: pulumi.output("serve") },
      },
    });
    await assert.rejects(refused, (error: Error) => {
      assert.ok(error instanceof pulumi.RunError);
      const told = error.message;
      assert.match(
        told,
        /tiers\.infra\.services\.web\.enviroment\s+unknown key.*\s+→ did you mean `environment`\?/,
      );
      assert.match(told, /tiers\.infra\.services\.web\.ports\s+.*wrong type.*\s+→ /);
      assert.match(told, /tiers\.infra\.services\.web\.depends_on\S*\s+.*wrong type.*\s+→ /);
      assert.match(told, /tiers\.infra\.services\.db\.imagee\s+unknown key.*\s+→ did you mean `image`\?/);
      assert.match(told, /tiers\.infra\.services\.db\.command\s+.*wrong type.*\s+→ /);
      return true;
    });
  });

  test("may be in Compose's short forms", async () => {
    const shop = await defined({
      services: {
        web: {
          image: "web",
          depends_on: ["db"],
          ports: ["127.0.0.1:8001:8000"],
          environment: ["A=1"],
          volumes: ["data:/data:ro"],
          networks: ["net"],
        },
        db: { image: "db", networks: ["net"] },
      },
      networks: { net: null },
      volumes: { data: null },
    });
    const { dependencies, inputs } = shop.get("Container", "shop-web-1");
    assert.ok(dependencies.includes("Container:shop-db-1"));
    assert.deepEqual(inputs.envs, ["A=1"]);
    assert.deepEqual(inputs.ports, [{ internal: 8000, external: 8001, ip: "127.0.0.1" }]);
    assert.deepEqual(inputs.mounts, [
      { type: "volume", source: "shop_data", target: "/data", readOnly: true },
    ]);
  });
});

test("every mistake is told before anything is sent, and a secret that nobody uses may be missing", async () => {
  const services = { app: { image: "app", networks: ["nte"], environment: { PASSWORD: "${dbPassword}" } } };
  const override = { file: "Pulumi.mocked.yaml", definitions: {}, reset: [] };
  const refused = send(
    { services, networks: { net: null } },
    { override, secrets: { dbPassword: undefined, apiKey: undefined } },
  );
  await assert.rejects(refused, (error: Error) => {
    assert.ok(error instanceof pulumi.RunError);
    assert.match(error.message, /2 mistakes.*services\.app\.networks\.nte.*did you mean `net`/s);
    assert.match(error.message, /Pulumi\.mocked\.yaml: dbPassword\s+is needed by app and set nowhere/);
    assert.match(
      error.message,
      /npx pulumi-compose pulumi config set --secret dbPassword --stack \S+, or set DB_PASSWORD in the environment/,
    );
    assert.doesNotMatch(error.message, /apiKey/);
    return true;
  });
});

test("a real secret of the environment is refused where the empty passphrase would lock it and a service uses it", async () => {
  const services = {
    app: { image: "app", networks: ["net"], environment: { PASSWORD: "${dbPassword}", KEY: "${apiKey}" } },
  };
  const secrets = Object.fromEntries(
    ["dbPassword", "apiKey", "token"].map((name) => [name, pulumi.secret("hunter2")]),
  );
  const override = { file: "Pulumi.mocked.yaml", definitions: {}, reset: [] };
  const written = { services, networks: { net: null } };
  await assert.rejects(send(written, { override, secrets, exposed: ["dbPassword", "apiKey", "token"] }), {
    message:
      /^1 mistake.*Pulumi\.mocked\.yaml: dbPassword, apiKey\s+comes from DB_PASSWORD, API_KEY .*empty passphrase.*PULUMI_CONFIG_PASSPHRASE.*change-secrets-provider passphrase --stack/s,
  });
  await send(written, { override, secrets, exposed: ["token"] });
});
