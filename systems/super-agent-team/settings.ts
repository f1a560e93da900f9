import { z } from "zod";
import { flag } from "pulumi-compose";

/** PostgreSQL cuts longer names off. The name stands in a URL and in a shell's words, too. */
const postgresName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,62}$/, "write a name of letters, digits, `_`, `.` and `-`");

/**
 * What a stack of Super Agent Team can be told beyond the keys that every program has (`components/config.ts`).
 */
export const settings = z.object({
  /** `LOG_LEVEL` of every application. */
  logLevel: z.enum(["debug", "info", "warning", "error"]).default("info"),
  /** Bytes that the body of a request to an application has at most; a larger one is answered by 413. 10 MiB where none is said. */
  maxBodyBytes: z.coerce.number().int().min(1).optional(),
  /** Whether Traefik's dashboard answers on container port 8080, without a password. */
  dashboard: flag.default(false),
  /** How Traefik learns of routes: by files that the program writes, without the engine's socket, or by labels. */
  routing: z.enum(["file", "labels"]).default("file"),
  /** PEM files on this machine of the gateway's certificate: requests are then taken by TLS alone. */
  tls: z.strictObject({ certFile: z.string(), keyFile: z.string() }).optional(),
  /** Likewise with a certificate from an authority, Let's Encrypt unless `server` is another one's directory. */
  acme: z
    .strictObject({
      email: z.email(),
      domains: z.array(z.string().regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i, "write a host name")).min(1),
      server: z.url().optional(),
    })
    .optional(),
  /** Compose file of the generated services; empty for none. */
  generatedFile: z.string().default("docker-compose.generated.yml"),
  /** PostgreSQL role and database that the stack is made with. */
  dbUser: postgresName
    .refine((name) => !name.startsWith("pg_"), "write a name that does not begin with pg_")
    .default("superteam"),
  dbName: postgresName.default("superteam"),
});

/** No default here: the well-known password of development stands in `Pulumi.dev.yaml` and `Pulumi.test.yaml`. */
export const secrets = { dbPassword: {} };
