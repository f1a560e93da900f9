import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { dump } from "js-yaml";
import { definedArguments } from "../../components/provider/container-args.ts";
import { readComposeFiles } from "../../components/reader/compose-config.ts";
import { readConfig } from "../../components/config.ts";
import { isMistake, type Finding } from "../../components/findings/finding.ts";
import { parse } from "../../components/compose-spec/parse.ts";
import { planProject, type MachineFacts, type Sources } from "../../components/plan/plan-project.ts";
import { portRegistrySchema } from "../../components/checks/port-registry.ts";
import { definitionsSchema } from "../../components/compose-spec/definitions.ts";
import { modelOf } from "../../components/model/model.ts";
import { secrets, settings } from "../../systems/super-agent-team/settings.ts";
import { anything, mutated, type Tree } from "./mutations.ts";

/**
 * Whatever stands in people's files, reading them ends in a plan or in mistakes that they can mend.
 */

/** `PROPERTY_RUNS=10000` looks longer, and elsewhere every time. */
const { PROPERTY_RUNS: more } = process.env;
const runs = more === undefined ? { numRuns: 200, seed: 1 } : { numRuns: Number(more) };

/** A project without a mistake in which every part of a stack occurs: what mutations start from. */
const whole: Tree = {
  services: {
    db: {
      image: "postgres:16",
      environment: { POSTGRES_PASSWORD: "${dbPassword}" },
      volumes: ["data:/data", { type: "tmpfs", target: "/tmp", tmpfs: { size: "64M", mode: 1777 } }],
      networks: { backend: { aliases: ["database"], ipv4_address: "10.1.0.2" } },
      healthcheck: { test: ["CMD", "pg_isready"], interval: "10s", start_period: "1m30s", retries: 3 },
      deploy: { resources: { limits: { memory: "512M", cpus: 0.5 }, reservations: { memory: 1024 } } },
      shm_size: "64m",
      ulimits: { nofile: { soft: 1024, hard: 2048 }, nproc: 512 },
    },
    job: {
      build: { context: "./job", target: "prod", args: { VERSION: 1, EMPTY: null } },
      networks: ["backend"],
      depends_on: { db: { condition: "service_healthy", restart: true } },
      command: ["migrate", "--all"],
      restart: "no",
    },
    app: {
      image: "shop/app:1.2",
      container_name: "shop-app",
      ports: ["8000:8000", "127.0.0.1:5353:53/udp", { target: 9000, published: "9000", mode: "host" }],
      environment: ["DATABASE_URL=postgresql://app:${dbPassword}@db:5432/app", "EMPTY"],
      networks: { backend: null, frontend: {} },
      configs: [{ source: "app.yml", target: "/etc/app.yml", mode: "0440" }],
      depends_on: {
        db: { condition: "service_healthy" },
        job: { condition: "service_completed_successfully", required: false },
      },
      labels: { "com.example": true },
      logging: { driver: "json-file", options: { "max-size": "10m" } },
      extra_hosts: ["host=10.0.0.1"],
      cap_add: ["NET_ADMIN"],
      sysctls: { "net.core.somaxconn": 1024 },
      stop_grace_period: "30s",
      user: 1000,
      tmpfs: "/run",
      "x-route": { prefix: "/api/app", port: 8000 },
    },
    gateway: { image: "traefik:v3", ports: ["80:80"], networks: ["frontend"], volumes: ["./conf:/conf:ro"] },
  },
  networks: {
    frontend: null,
    backend: { internal: true, driver_opts: { mtu: 1400 }, labels: { a: "b" } },
    outside: { external: true, name: "shared" },
  },
  volumes: { data: null, kept: { external: true } },
  configs: { "app.yml": { content: "password: ${dbPassword}" } },
};

/** Whether a finding says where, what and what to do, to somebody who knows nothing of the program. */
function assertTold(findings: readonly Finding[]): void {
  for (const finding of findings) {
    for (const key of ["path", "message", "fix"] as const) {
      assert.equal(typeof finding[key], "string", JSON.stringify(finding));
      assert.notEqual(finding[key], "", `no ${key}: ${JSON.stringify(finding)}`);
    }
    const said = `${finding.message} ${finding.fix}`;
    assert.doesNotMatch(said, /\[object |function |\bundefined\b|Invalid input/, JSON.stringify(finding));
  }
}

const registry = portRegistrySchema.parse({
  metadata: { port_ranges: { shop: { start: 8000, end: 8001 } } },
  allocations: { "8000": { system: "shop" } },
});

/** What the machine says of a stack: what is on the disk, and an engine with one volume and one network. */
function facts(exists: boolean): MachineFacts {
  return {
    pathExists: () => exists,
    whyUnread: () => (exists ? undefined : "does not exist"),
    findings: [],
    stacks: ["dev"],
    starts: { app: 1000 },
    memory: 1024,
    engine: {
      containers: [],
      volumes: [{ name: "kept" }],
      networks: [{ name: "shared" }],
      containerDetails: {},
      volumeDetails: {},
      healthchecks: {},
      absentImages: {},
      listenersOn: () => [],
      addresses: [],
    },
    buildHashes: {},
    contextBytes: {},
    boundFiles: {},
    securityProfiles: {},
    buildFiles: { remoteContext: "/checkout/.state/remote-context", dockerfiles: {} },
  };
}

/** The whole way of a stack, from what stands in its files to the arguments of its containers. */
function plan(files: readonly Tree[], config: Tree, reset: readonly string[], exists: boolean): void {
  const tiers = files.map((tree, index) => {
    const { value, mistakes } = parse(definitionsSchema, tree, "", "docker-compose.yml", {});
    return { name: `tier-${index}`, definitions: value, file: "docker-compose.yml", mistakes };
  });
  const override = parse(definitionsSchema, config, "", "Pulumi.dev.yaml", {});
  const { model, mistakes } = modelOf({
    tiers,
    override: { file: "Pulumi.dev.yaml", definitions: override.value, reset },
    gateway: "gateway",
    secrets: ["dbPassword"],
  });
  const sources: Sources = {
    project: "shop",
    directory: "/checkout",
    program: "/checkout",
    entryPoint: { name: "web", port: "80/tcp", tls: false },
    model,
    findings: [...tiers.flatMap((tier) => tier.mistakes), ...override.mistakes, ...mistakes],
    routeFiles: undefined,
    written: [],
    profiles: [],
    stackFile: "Pulumi.dev.yaml",
    owner: "shop",
    secrets: { missing: [], exposed: [], shadowed: [] },
    terminal: {},
    dotEnv: {},
    environment: {},
    development: false,
    keepsVolumes: true,
    command: (...words) => words.join(" "),
  };
  const withMachine = planProject(
    { ...sources, secrets: { missing: ["dbPassword"], exposed: [], shadowed: [] } },
    { ...facts(exists), portRegistry: { file: "PORTS.json", value: registry, mistakes: [] } },
  );
  assertTold(withMachine.findings);
  const made = planProject(sources, facts(exists));
  assert.equal(made.plan === undefined, made.findings.some(isMistake), "a plan, or a mistake");
  if (made.plan === undefined) return;
  assert.deepEqual(
    made.plan.services.map(({ name }) => name).sort(),
    Object.keys(model.services).sort(),
    "every service is planned",
  );
  for (const service of made.plan.services) {
    for (const container of service.containers) definedArguments(service, container);
  }
}

describe("whatever stands in a project's files", () => {
  test("ends in a plan when it is right", () => {
    plan([whole], {}, [], true);
  });

  test("ends in a plan or in mistakes with their place: a mutated file", () => {
    fc.assert(
      fc.property(mutated(whole), fc.boolean(), (file, exists) => {
        plan([file], {}, [], exists);
      }),
      runs,
    );
  });

  test("ends in a plan or in mistakes with their place: a mutated stack config over it", () => {
    const paths = [
      "db.volumes",
      "app.labels.com.example",
      "app",
      "app.ports.0",
      "",
      ".",
      "constructor.name",
      "app..x",
    ];
    const reset = fc.array(fc.oneof(fc.constantFrom(...paths), fc.string()), { maxLength: 2 });
    fc.assert(
      fc.property(mutated(whole), reset, (config, taken) => {
        plan([whole], config, taken, true);
      }),
      runs,
    );
  });

  test("ends in a plan or in mistakes with their place: two mutated files and a stack config", () => {
    fc.assert(
      fc.property(mutated(whole), mutated(whole), mutated(whole), (one, other, config) => {
        plan([one, other], config, [], true);
      }),
      runs,
    );
  });

  test("ends in a plan or in mistakes with their place: anything at all", () => {
    fc.assert(
      fc.property(anything, anything, (file, config) => {
        plan([file], config, [], true);
      }),
      runs,
    );
  });
});

describe("whatever stands in a Compose file", () => {
  test("is read, or refused by Compose or by this program with its place", async (t) => {
    const directory = await mkdtemp(join(tmpdir(), "arbitrary-"));
    t.after(() => rm(directory, { recursive: true }));
    fc.assert(
      fc.property(mutated(whole), (tree) => {
        writeFileSync(join(directory, "compose.yml"), dump(tree));
        const args = { files: ["compose.yml"], project: "shop", directory, environment: {} };
        const { definitions: project, mistakes } = readComposeFiles(args);
        assertTold(mistakes);
        plan([project as Tree], {}, [], true);
      }),
      // Each asks Compose.
      { ...runs, numRuns: Math.ceil(runs.numRuns / 10), endOnFailure: true },
    );
  });
});

describe("whatever stands in a stack's config", () => {
  const given: Tree = {
    services: (whole as { services: Tree }).services,
    networks: { frontend: null },
    volumes: {},
    reset: ["postgres.ports"],
    profiles: ["dev"],
    environment: { LOG_LEVEL: "debug" },
    keepVolumes: "false",
    logLevel: "debug",
    dashboard: true,
    routing: "labels",
    dbPassword: "secret",
  };

  test("ends in settings or in mistakes with their place", () => {
    pulumi.runtime.setMocks(
      { newResource: () => ({ id: "", state: {} }), call: () => ({}) },
      "super-team",
      "dev",
    );
    fc.assert(
      fc.property(mutated(given), (config) => {
        if (typeof config !== "object" || config === null || Array.isArray(config)) return;
        pulumi.runtime.setAllConfig(
          Object.fromEntries(
            Object.entries(config).map(([key, value]) => [
              `super-team:${key}`,
              // As Pulumi hands its file's values on.
              typeof value === "string" ? value : JSON.stringify(value),
            ]),
          ),
        );
        assertTold(readConfig({ settings, secrets }).mistakes);
      }),
      runs,
    );
  });
});
