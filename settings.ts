import { z } from "zod";
import { flag } from "./config.ts";

/**
 * What a stack of Super Agent Team can be told beyond the keys that every program has (`config.ts`).
 */
export const settings = z.object({
  /** `LOG_LEVEL` of every application. */
  logLevel: z.enum(["debug", "info", "warning", "error"]).default("info"),
  /** Whether Traefik's dashboard answers on container port 8080, without a password. */
  dashboard: flag.default(false),
  /** How Traefik learns of routes: by files that the program writes, without the engine's socket, or by labels. */
  routing: z.enum(["file", "labels"]).default("file"),
  /** Compose file of the generated services; empty for none. */
  generatedFile: z.string().default("docker-compose.generated.yml"),
  /** PostgreSQL role and database that the stack is made with. */
  dbUser: z.string().default("superteam"),
  dbName: z.string().default("superteam"),
});

/** The password's default is for machines that nobody else reaches. */
export const secrets = { dbPassword: { default: "superteam_secret" } };
