import type { Project } from "../model/project.ts";
import type { Service } from "../model/service.ts";
import { common, pythonHealthcheck, serviceUrl } from "./defaults.ts";

export interface FoundationArgs {
  /** Compose project name; the volumes' names start with it. */
  readonly project: string;
  /** `LOG_LEVEL` of every service: debug, info, warning or error. */
  readonly logLevel: string;
}

/**
 * The three services of Super Agent Team itself: architect, contract engine and codebase intelligence.
 */
export function foundation({ project, logLevel }: FoundationArgs): Project {
  const services: Record<"architect" | "contract-engine" | "codebase-intelligence", Service> = {
    architect: {
      ...application("architect"),
      environment: { DATABASE_PATH: "/data/architect.db", ARTIFACTS_PATH: "/artifacts", LOG_LEVEL: logLevel },
      volumes: [
        { type: "volume", source: "architect-data", target: "/data" },
        { type: "volume", source: "shared-artifacts", target: "/artifacts" },
      ],
      depends_on: afterMigrations,
      healthcheck: pythonHealthcheck(8000, "/api/health"),
      stop_grace_period: "10s",
      deploy: {
        resources: { limits: { memory: "512M", cpus: 0.5 }, reservations: { memory: "256M", cpus: 0.25 } },
      },
      "x-route": { prefix: "/api/architect", port: 8000 },
    },
    "contract-engine": {
      ...application("contract-engine"),
      environment: { DATABASE_PATH: "/data/contracts.db", LOG_LEVEL: logLevel },
      volumes: [{ type: "volume", source: "contract-data", target: "/data" }],
      depends_on: afterMigrations,
      healthcheck: pythonHealthcheck(8000, "/api/health"),
      stop_grace_period: "10s",
      deploy: { resources: { limits: { memory: "512M" } } },
      "x-route": { prefix: "/api/contracts", port: 8000 },
    },
    "codebase-intelligence": {
      ...application("codebase-intelligence"),
      environment: {
        DATABASE_PATH: "/data/symbols.db",
        CHROMA_PATH: "/data/chroma",
        GRAPH_PATH: "/data/graph.json",
        ARTIFACTS_PATH: "/artifacts",
        LOG_LEVEL: logLevel,
      },
      volumes: [
        { type: "volume", source: "intel-data", target: "/data" },
        { type: "volume", source: "chroma-data", target: "/data/chroma" },
        { type: "volume", source: "shared-artifacts", target: "/artifacts", read_only: true },
      ],
      depends_on: { postgres: { condition: "service_healthy" } },
      // Loading an embedding model takes its time.
      healthcheck: { ...pythonHealthcheck(8000, "/api/health"), retries: 5, start_period: "60s" },
      stop_grace_period: "15s",
      deploy: { resources: { limits: { memory: "1G", cpus: 1 }, reservations: { memory: "512M" } } },
      "x-route": { prefix: "/api/codebase", port: 8000 },
    },
  };

  const contractEngine = { CONTRACT_ENGINE_URL: serviceUrl(services, "contract-engine") };
  const codebaseIntelligence = { CODEBASE_INTEL_URL: serviceUrl(services, "codebase-intelligence") };
  return {
    services: {
      ...services,
      architect: withEnvironment(services.architect, { ...contractEngine, ...codebaseIntelligence }),
      "codebase-intelligence": withEnvironment(services["codebase-intelligence"], contractEngine),
    },
    volumes: {
      "architect-data": { name: `${project}-architect-data` },
      "contract-data": { name: `${project}-contract-data` },
      "intel-data": { name: `${project}-intel-data` },
      "chroma-data": { name: `${project}-chroma-data` },
      "shared-artifacts": { name: `${project}-artifacts` },
    },
  };
}

const afterMigrations: Service["depends_on"] = {
  postgres: { condition: "service_healthy" },
  migrations: { condition: "service_completed_successfully" },
};

function application(name: string): Service {
  return {
    ...common,
    build: { context: "services", dockerfile: `${name}/Dockerfile` },
    networks: { frontend: null, backend: null },
  };
}

function withEnvironment(service: Service, environment: Record<string, string>): Service {
  return { ...service, environment: { ...service.environment, ...environment } };
}
