import type { Definitions } from "pulumi-compose";
import type { Service } from "pulumi-compose";
import { common, httpHealthcheck, readOnly } from "./defaults.ts";

export interface FoundationArgs {
  /** Compose project name; the volumes' names start with it. */
  readonly project: string;
  /** `LOG_LEVEL` of every service: debug, info, warning or error. */
  readonly logLevel: string;
  /** Bytes that the body of a request has at most. Default: what the services themselves have, 10 MiB. */
  readonly maxBodyBytes?: number | undefined;
}

/** Port that each of the three listens on inside its container. */
const port = 8000;

/** Where services find the foundation's: for its own environment, and for Compose files to interpolate. */
export const foundationEnvironment = {
  CONTRACT_ENGINE_URL: `http://contract-engine:${port}`,
  CODEBASE_INTEL_URL: `http://codebase-intelligence:${port}`,
};

/**
 * The three services of Super Agent Team itself: architect, contract engine and codebase intelligence.
 */
export function foundation({ project, logLevel, maxBodyBytes }: FoundationArgs): Definitions {
  const limit: Record<string, string> =
    maxBodyBytes === undefined ? {} : { MAX_BODY_BYTES: String(maxBodyBytes) };
  const settings = { LOG_LEVEL: logLevel, ...limit };
  const services: Record<string, Service> = {
    architect: {
      ...application("architect"),
      environment: {
        ...foundationEnvironment,
        DATABASE_PATH: "/data/architect.db",
        ARTIFACTS_PATH: "/artifacts",
        ...settings,
      },
      volumes: [
        { type: "volume", source: "architect-data", target: "/data" },
        { type: "volume", source: "shared-artifacts", target: "/artifacts" },
      ],
      depends_on: afterMigrations,
      healthcheck: httpHealthcheck(port, "/api/health"),
      stop_grace_period: "10s",
      deploy: {
        resources: { limits: { memory: "512M", cpus: 0.5 }, reservations: { memory: "256M", cpus: 0.25 } },
      },
      "x-route": { prefix: "/api/architect", port },
    },
    "contract-engine": {
      ...application("contract-engine"),
      environment: { DATABASE_PATH: "/data/contracts.db", ...settings },
      volumes: [{ type: "volume", source: "contract-data", target: "/data" }],
      depends_on: afterMigrations,
      healthcheck: httpHealthcheck(port, "/api/health"),
      stop_grace_period: "10s",
      deploy: { resources: { limits: { memory: "512M" } } },
      "x-route": { prefix: "/api/contracts", port },
    },
    "codebase-intelligence": {
      ...application("codebase-intelligence"),
      networks: { frontend: { aliases: shortName }, backend: { aliases: shortName } },
      environment: {
        DATABASE_PATH: "/data/symbols.db",
        CHROMA_PATH: "/data/chroma",
        GRAPH_PATH: "/data/graph.json",
        ARTIFACTS_PATH: "/artifacts",
        CONTRACT_ENGINE_URL: foundationEnvironment.CONTRACT_ENGINE_URL,
        ...settings,
      },
      volumes: [
        { type: "volume", source: "intel-data", target: "/data" },
        { type: "volume", source: "chroma-data", target: "/data/chroma" },
        { type: "volume", source: "shared-artifacts", target: "/artifacts", read_only: true },
      ],
      depends_on: { postgres: { condition: "service_healthy" } },
      // Loading an embedding model takes its time.
      healthcheck: { ...httpHealthcheck(port, "/api/health"), retries: 5, start_period: "60s" },
      stop_grace_period: "15s",
      deploy: { resources: { limits: { memory: "1G", cpus: 1 }, reservations: { memory: "512M" } } },
      "x-route": { prefix: "/api/codebase", port },
    },
  };

  return {
    services,
    volumes: {
      "architect-data": { name: `${project}-architect-data` },
      "contract-data": { name: `${project}-contract-data` },
      "intel-data": { name: `${project}-intel-data` },
      "chroma-data": { name: `${project}-chroma-data` },
      "shared-artifacts": { name: `${project}-artifacts` },
    },
  };
}

/** What the seed calls codebase-intelligence in URLs. */
const shortName = ["codebase-intel"];

const afterMigrations: Service["depends_on"] = {
  postgres: { condition: "service_healthy" },
  migrations: { condition: "service_completed_successfully" },
};

function application(name: string): Service {
  return {
    ...common,
    ...readOnly,
    build: { context: "services", dockerfile: `${name}/Dockerfile` },
    networks: { frontend: null, backend: null },
  };
}
