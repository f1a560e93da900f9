import { check } from "../../components/checks/index.ts";
import { describeMistakes } from "../../components/findings/describe.ts";
import { isMistake } from "../../components/findings/finding.ts";
import { planOf, type Plan } from "../../components/plan/plan.ts";
import type { Definitions } from "../../components/compose-spec/definitions.ts";
import { modelOf } from "../../components/model/model.ts";

/**
 * A Compose file of so many services, each with what services have: a database for every ten of them, which the other
 * nine wait for and name in a URL, ports, volumes, networks, health checks, limits, labels.
 */
export function composeFile(services: number): Record<string, unknown> {
  const names = Array.from({ length: services }, (_, index) => index);
  const databaseOf = (index: number) => `db-${Math.floor(index / 10)}`;
  const common = (index: number) => ({
    networks: { [`net-${Math.floor(index / 10)}`]: { aliases: [`alias-${index}`] }, shared: null },
    healthcheck: { test: ["CMD", "true"], interval: "10s", timeout: "5s", retries: 3, start_period: "30s" },
    restart: "unless-stopped",
    logging: { driver: "json-file", options: { "max-size": "10m", "max-file": "3" } },
    deploy: { resources: { limits: { memory: "256M", cpus: "0.5" }, reservations: { memory: "64M" } } },
    labels: { "org.example.team": "bench", "org.example.index": String(index) },
    stop_grace_period: "20s",
  });
  const database = (index: number) => ({
    ...common(index),
    image: "postgres:16-alpine",
    environment: { POSTGRES_USER: "app", POSTGRES_PASSWORD: "$${dbPassword}", POSTGRES_DB: "app" },
    volumes: [`data-${Math.floor(index / 10)}:/var/lib/postgresql/data`],
  });
  const application = (index: number) => ({
    ...common(index),
    image: `example/app-${index}:1.0`,
    command: ["serve", "--port", "8000"],
    ports: [`${10_000 + index}:8000`],
    environment: {
      DATABASE_URL: `postgresql://app:$\${dbPassword}@${databaseOf(index)}:5432/app`,
      LOG_LEVEL: "info",
      ...Object.fromEntries(
        Array.from({ length: 8 }, (_, number) => [`SETTING_${number}`, `value ${number}`]),
      ),
    },
    depends_on: {
      [databaseOf(index)]: { condition: "service_healthy" },
      ...(index % 10 > 1 ? { [`app-${index - 1}`]: { condition: "service_started" } } : {}),
    },
  });
  const groups = Array.from({ length: Math.ceil(services / 10) }, (_, group) => group);
  return {
    services: Object.fromEntries(
      names.map((index) =>
        index % 10 === 0 ? [databaseOf(index), database(index)] : [`app-${index}`, application(index)],
      ),
    ),
    networks: {
      shared: {},
      ...Object.fromEntries(groups.map((group) => [`net-${group}`, { internal: true }])),
    },
    volumes: Object.fromEntries(groups.map((group) => [`data-${group}`, {}])),
  };
}

/** What a preview does between reading a project and showing it. */
export function planned(definitions: Definitions, directory: string): Plan {
  const services = Object.keys(definitions.services ?? {});
  const { model, mistakes } = modelOf({
    tiers: [{ name: "bench", definitions, file: "docker-compose.yml" }],
    override: {
      file: "Pulumi.bench.yaml",
      definitions: {
        services: Object.fromEntries(services.map((name) => [name, { environment: { STACK: "bench" } }])),
      },
      reset: [],
    },
    secrets: ["dbPassword"],
  });
  const all = [...mistakes, ...check(model, () => true)].filter(isMistake);
  if (all.length > 0) throw new Error(describeMistakes(all));
  return planOf(model, { project: "bench", directory, program: directory, buildHashes: {} });
}
