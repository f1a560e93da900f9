import type { Definitions } from "pulumi-compose";
import { common, confined, readOnly } from "./defaults.ts";

export interface InfraArgs {
  /** Compose project name; the volumes' and networks' names start with it. */
  readonly project: string;
  /** Role and database that PostgreSQL is made with. Its password is the secret `dbPassword`. */
  readonly database: { readonly user: string; readonly name: string };
}

/** What Compose files may interpolate of infra: where it is found, and how one gets in. */
export function infraEnvironment({ user, name }: InfraArgs["database"]): Record<string, string> {
  return {
    DB_USER: user,
    DB_NAME: name,
    DATABASE_URL: `postgresql://${user}:\${dbPassword}@postgres:5432/${name}`,
    REDIS_URL: "redis://redis:6379/0",
  };
}

/**
 * What the others stand on: PostgreSQL, Redis, the migrations, and the networks of the whole stack.
 */
export function infra({ project, database }: InfraArgs): Definitions {
  return {
    networks: {
      frontend: { name: `${project}-frontend`, driver: "bridge" },
      backend: { name: `${project}-backend`, driver: "bridge", internal: true },
    },
    volumes: { pgdata: { name: `${project}-pgdata` }, redisdata: { name: `${project}-redisdata` } },
    secrets: { "db-password": { content: "${dbPassword}" } },
    services: {
      postgres: {
        ...common,
        // Not read-only: the engine puts no file, here the password, into a container whose root file system is.
        ...confined,
        image: "postgres:16-alpine",
        // From the start, instead of as root that becomes it, which would take capabilities.
        user: "postgres",
        environment: {
          POSTGRES_USER: database.user,
          POSTGRES_PASSWORD_FILE: "/run/secrets/db-password",
          POSTGRES_DB: database.name,
        },
        secrets: [{ source: "db-password", target: "/run/secrets/db-password" }],
        volumes: [{ type: "volume", source: "pgdata", target: "/var/lib/postgresql/data" }],
        networks: { backend: null },
        healthcheck: {
          // Over TCP: during initdb the server answers on its socket only, and is not the one that stays.
          test: ["CMD-SHELL", "pg_isready -h 127.0.0.1 -U ${POSTGRES_USER} -d ${POSTGRES_DB}"],
          interval: "10s",
          timeout: "10s",
          retries: 5,
          start_period: "30s",
        },
        shm_size: "256mb",
        stop_grace_period: "30s",
        deploy: { resources: { limits: { memory: "512M" }, reservations: { memory: "256M" } } },
      },
      redis: {
        ...common,
        ...readOnly,
        image: "redis:7-alpine",
        user: "redis",
        // A queue outlives an update.
        volumes: [{ type: "volume", source: "redisdata", target: "/data" }],
        networks: { backend: null },
        healthcheck: {
          test: ["CMD-SHELL", "redis-cli ping | grep PONG"],
          interval: "10s",
          timeout: "5s",
          retries: 3,
          start_period: "10s",
        },
        stop_grace_period: "10s",
        deploy: { resources: { limits: { memory: "128M" } } },
      },
      migrations: {
        ...common,
        ...readOnly,
        build: { context: "services", dockerfile: "migrations/Dockerfile" },
        environment: {
          PGHOST: "postgres",
          PGUSER: database.user,
          PGPASSWORD: "${dbPassword}",
          PGDATABASE: database.name,
        },
        networks: { backend: null },
        depends_on: { postgres: { condition: "service_healthy" } },
        restart: "no",
        stop_grace_period: "10s",
        deploy: { resources: { limits: { memory: "128M" } } },
      },
    },
  };
}
