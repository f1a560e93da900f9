import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { readConfig, type noSettings, type SecretDefinition, type StackConfig } from "./config.ts";
import { mistake, type Finding } from "./findings/finding.ts";
import { routesDirectory } from "./local/program-state.ts";
import type { Certificate, EntryPoint } from "./plan/route.ts";
import { Project, type ProjectOutputs } from "./project.ts";
import type { Transforms } from "./provider/transform.ts";
import { defaultFiles, defaultNames } from "./reader/default-files.ts";
import { composeProjectSchema } from "./stack-keys.ts";

export interface ComposeProjectArgs<Settings extends z.ZodObject = typeof noSettings> {
  /**
   * Compose files, later ones over earlier ones, relative to `directory`. The key `files` of stack config replaces them.
   * Default: what `docker compose` finds by itself, which is `compose.yaml`, `compose.yml`, `docker-compose.yml` or
   * `docker-compose.yaml` with the override file beside it, or what `COMPOSE_FILE` names. A file that does not exist is
   * refused.
   *
   * @example ["compose.yaml", "compose.prod.yaml"]
   */
  readonly files?: readonly string[];
  /**
   * Compose profiles whose services are part of every stack, beside the key `profiles` of stack config. Default: none. A
   * profile that no service has is warned of.
   *
   * @example ["web"]
   */
  readonly profiles?: readonly string[];
  /**
   * Absolute path of the Compose project's folder. Relative paths count from there, and its `.env` is read. Default: the
   * program's folder, which has the `Pulumi.yaml`.
   *
   * @example join(import.meta.dirname, "deploy")
   */
  readonly directory?: string;
  /**
   * The program's own keys in stack config, as a zod object; a boolean is a `flag`. `composeProject` returns their values
   * as `config`. A value that the schema refuses is a mistake. Default: none.
   *
   * @example z.object({ region: z.string().default("eu") })
   */
  readonly settings?: Settings;
  /**
   * Secrets that come from the environment or from `.env`, or that have a default. A Compose file knows `dbPassword` as
   * the variable `DB_PASSWORD`. A secret that is locked in stack config (`pulumi config set --secret dbPassword`) needs no
   * entry. A secret that a service uses and that is set nowhere is refused. Default: none.
   *
   * @example { dbPassword: {}, smtpPassword: { default: "" } }
   */
  readonly secrets?: Readonly<Record<string, SecretDefinition>>;
  /**
   * The service that runs Traefik, on which every service with an `x-route` is published. Default: no gateway.
   *
   * @example { service: "traefik" }
   */
  readonly gateway?: ComposeGateway;
  /**
   * The file in which the systems of a machine share out its host ports: absolute, `~/…`, or relative to `directory`. The
   * key `portRegistry` of stack config replaces it. A published port that is not allocated to this program is refused.
   * Default: ports are anybody's.
   *
   * @example "~/ports.json"
   */
  readonly portRegistry?: string;
  /**
   * Changes the arguments of a service's containers, by the service's name: the way out for what the Compose keys do not
   * have. See `ProjectArgs`. Default: none.
   *
   * @example { web: (args) => ({ ...args, memorySwappiness: 10 }) }
   */
  readonly transform?: Transforms;
}

export interface ComposeGateway {
  /** Name of the service that runs Traefik. A name that no service has is refused. */
  readonly service: string;
  /** Where Traefik takes requests. Default: its entry point `web` on container port 80, without TLS. */
  readonly entryPoint?: EntryPoint;
  /**
   * How Traefik learns of the routes. With `files` the program writes a file a route, and no request is lost when a route
   * moves: the service mounts the folder of these files, which Compose files know as the variable `ROUTES_DIRECTORY`, where
   * Traefik's file provider watches. With `labels` Traefik reads the labels of containers by the engine's socket.
   * Default: `files`.
   *
   * @example volumes: ["${ROUTES_DIRECTORY:-./routes}:/etc/traefik/routes:ro"]
   */
  readonly routes?: "files" | "labels";
  /** Paths inside Traefik's container of the certificates that it answers with by TLS. Only with `routes: "files"`. */
  readonly certificates?: readonly Certificate[];
}

/** What a program gets: the Project's outputs to export, and what the stack's config says. */
export interface ComposeProject<Settings extends z.ZodObject = typeof noSettings> extends ProjectOutputs {
  /** The stack's config, with the values of `settings` and the secrets as outputs. */
  readonly config: StackConfig & z.infer<Settings>;
  /** The component, to make further resources depend on. */
  readonly project: Project;
}

/**
 * A folder's Compose files as Pulumi resources, with the stack's config (`Pulumi.<stack>.yaml`) laid over them.
 *
 * @throws RunError with every mistake in the stack, before anything is touched.
 *
 * @example
 * // compose.yaml and its override, .env, stack config
 * export const { services } = composeProject();
 *
 * @example
 * export const { services, gatewayUrl, routes } = composeProject({
 *   files: ["compose.yaml", "compose.deploy.yaml"],
 *   secrets: { dbPassword: {} },
 *   gateway: { service: "traefik" },
 * });
 */
export function composeProject<Settings extends z.ZodObject = typeof noSettings>(
  args: ComposeProjectArgs<Settings> = {},
): ComposeProject<Settings> {
  const { directory = process.cwd(), gateway } = args;
  const settings = z.object({ ...composeProjectSchema.shape, ...args.settings?.shape });
  const secrets = args.secrets ?? {};
  const read = readConfig({ settings, secrets, directory });
  const config = read.config as typeof read.config & StackConfig & z.infer<Settings>;
  const files = config.files ?? args.files ?? defaultFiles(directory);
  const portRegistry = config.portRegistry ?? args.portRegistry;
  const routes =
    gateway === undefined || gateway.routes === "labels" || config.target === "swarm"
      ? undefined
      : routesDirectory(config.project);
  const project = new Project(config.project, {
    ...config,
    directory,
    mistakes: [...(files.length === 0 ? [noFile(config.override.file)] : []), ...read.mistakes],
    tiers: [{ name: pulumi.getProject(), files }],
    profiles: [...(args.profiles ?? []), ...config.profiles],
    environment: {
      ...(routes === undefined ? {} : { ROUTES_DIRECTORY: routes }),
      ...config.environment,
    },
    ...(portRegistry === undefined ? {} : { portRegistry }),
    ...(args.transform === undefined ? {} : { transform: args.transform }),
    ...(gateway === undefined
      ? {}
      : { gateway: { entryPoint: webEntryPoint, ...gateway, directory: routes } }),
  });
  return { ...project.outputs, config, project };
}

const webEntryPoint: EntryPoint = { name: "web", port: "80/tcp", tls: false };

function noFile(stackFile: string): Finding {
  return mistake("missing-file", {
    path: "files",
    message: `there is no Compose file in the project's folder: looked for ${defaultNames.join(", ")}`,
    fix: `name the files, in composeProject({ files: […] }) or as the key \`files\` in ${stackFile}`,
  });
}
