import { z } from "zod";
import { routeSchema } from "./route.ts";
import { isBytes, isDuration } from "./units.ts";

/**
 * One service in the Compose Specification's own keys
 * (https://github.com/compose-spec/compose-spec/blob/main/05-services.md), verbatim.
 *
 * The inferred type is the canonical form, the one `docker compose config` prints. The schema also takes the short
 * forms people paste from an override file (`"8001:8000"`, `data:/data:ro`, lists for mappings) and makes them
 * canonical. It is strict: an unknown key is an error. Nothing here has a default, because one and the same schema
 * reads whole services and partial overrides.
 */

const text = z.string();
/** What YAML may have taken for a number or a boolean, and Compose means as text. */
export const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const duration = z.string().refine(isDuration, "write a duration such as 10s, 1m30s or 250ms");
const byteSize = z
  .union([z.string(), z.number()])
  .refine(isBytes, "write a byte size such as 512M, 1g or a number of bytes");
const list = z.array(scalar);
const oneOrMore = z.preprocess((value) => (typeof value === "string" ? [value] : value), list);
const argv = z.array(scalar, "write a list of words, such as [redis-server, --appendonly, yes]");

/** `[A=1, B]` and `{A: 1, B: null}` say the same; the mapping is canonical. */
function keyedBy(separator: string) {
  return (value: unknown): unknown => {
    if (!Array.isArray(value)) return value;
    return Object.fromEntries(
      value.map((entry: unknown) => {
        const [key, ...rest] = String(entry).split(separator);
        return [key, rest.length === 0 ? null : rest.join(separator)];
      }),
    );
  };
}

/** `{a: 1}` as the list `[a=1]`, where the list is canonical. */
function joinedBy(separator: string) {
  return (value: unknown): unknown =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.entries(value).map(([key, entry]) => `${key}${separator}${String(entry)}`)
      : value;
}

/** `[a, b]` as a mapping whose values are all the same. */
function namesTo(value: unknown): (names: unknown) => unknown {
  return (names) =>
    Array.isArray(names) ? Object.fromEntries(names.map((name: unknown) => [String(name), value])) : names;
}

const shortPort =
  /^(?:(?<host_ip>\d+\.\d+\.\d+\.\d+|\[[^\]]+\]):)?(?:(?<published>\d*):)?(?<target>\d+)(?:\/(?<protocol>tcp|udp))?$/;

function longPort(value: unknown): unknown {
  if (typeof value === "number") return { target: value };
  if (typeof value !== "string") return value;
  const groups = shortPort.exec(value)?.groups;
  if (groups === undefined) return value;
  const { host_ip, published, target, protocol } = groups;
  return {
    target: Number(target),
    ...(published ? { published } : {}),
    ...(host_ip ? { host_ip: host_ip.replace(/^\[|\]$/g, "") } : {}),
    ...(protocol ? { protocol } : {}),
  };
}

function longVolume(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const [source = "", target, mode = "rw", ...rest] = value.split(":");
  if (target === undefined) return { type: "volume", target: source };
  if (!["ro", "rw"].includes(mode) || rest.length > 0) return value;
  const type = /^[./]/.test(source) ? "bind" : "volume";
  return { type, source, target, ...(mode === "ro" ? { read_only: true } : {}) };
}

function isPort(value: string): boolean {
  return /^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= 65535;
}

const port = z.preprocess(
  longPort,
  z.strictObject(
    {
      target: z.number().int().min(1).max(65535),
      /** Host port; absent means one the engine chooses. */
      published: scalar.refine(isPort, "write one port, 1 to 65535, or leave it out").optional(),
      host_ip: text.optional(),
      protocol: z.enum(["tcp", "udp"]).optional(),
      /** A cluster's; on one engine both are the same. */
      mode: z.enum(["ingress", "host"]).optional(),
    },
    "write [host address:][host port:]container port[/udp], or the long form with `target`",
  ),
);

const volume = z.preprocess(
  longVolume,
  z.strictObject(
    {
      type: z.enum(["volume", "bind", "tmpfs"]),
      /** A top-level volume's name, or a host path; absent for an anonymous volume. */
      source: text.optional(),
      target: text,
      read_only: z.boolean().optional(),
      bind: z
        .strictObject({ propagation: text.optional(), create_host_path: z.boolean().optional() })
        .optional(),
      volume: z.strictObject({ nocopy: z.boolean().optional(), subpath: text.optional() }).optional(),
      tmpfs: z.strictObject({ size: byteSize.optional(), mode: scalar.optional() }).optional(),
    },
    "write source:/path[:ro], or the long form with `type`, `source` and `target`",
  ),
);

/** A config that names no target is put below the root under its own name. */
function withTarget(value: unknown): unknown {
  if (typeof value === "string") return { source: value, target: `/${value}` };
  if (typeof value !== "object" || value === null || !("source" in value) || "target" in value) return value;
  return { ...value, target: `/${String(value.source)}` };
}

const build = z.preprocess(
  (value) => (typeof value === "string" ? { context: value } : value),
  z.strictObject({
    /** Path of the build context, relative to the project. */
    context: text,
    /** Path of the Dockerfile, relative to the context; default `Dockerfile`. */
    dockerfile: text.optional(),
    target: text.optional(),
    args: z.preprocess(keyedBy("="), z.record(text, scalar.nullable())).optional(),
  }),
);

const healthcheck = z.strictObject({
  test: z.preprocess((value) => (typeof value === "string" ? ["CMD-SHELL", value] : value), argv).optional(),
  interval: duration.optional(),
  timeout: duration.optional(),
  retries: z.number().int().min(1).optional(),
  start_period: duration.optional(),
  start_interval: duration.optional(),
  disable: z.boolean().optional(),
});

const dependency = z.strictObject({
  condition: z.enum(["service_started", "service_healthy", "service_completed_successfully"]),
  required: z.boolean().optional(),
});

const resources = z.strictObject({
  cpus: z
    .union([z.number(), z.string()])
    .transform(Number)
    .refine((count) => count > 0, "write a number of CPUs, such as 0.5")
    .optional(),
  memory: byteSize.optional(),
});

const shape = {
  image: text,
  build,
  platform: text,
  command: argv,
  entrypoint: argv,
  environment: z.preprocess(keyedBy("="), z.record(text, scalar.nullable())),
  ports: z.array(port),
  expose: list,
  volumes: z.array(volume),
  tmpfs: oneOrMore,
  networks: z.preprocess(
    namesTo(null),
    z.record(text, z.strictObject({ aliases: list.optional() }).nullable()),
  ),
  depends_on: z.preprocess(namesTo({ condition: "service_started" }), z.record(text, dependency)),
  healthcheck,
  deploy: z.strictObject({
    resources: z
      .strictObject({ limits: resources.optional(), reservations: resources.optional() })
      .optional(),
    /** A cluster's; Compose prints an empty one where none was given. */
    placement: z.strictObject({}).optional(),
  }),
  restart: z.string().regex(/^(?:no|always|unless-stopped|on-failure(?::\d+)?)$/, {
    error: "write no, always, unless-stopped or on-failure[:times]",
  }),
  logging: z.strictObject({ driver: text.optional(), options: z.record(text, scalar).optional() }),
  labels: z.preprocess(
    keyedBy("="),
    z.record(
      text,
      scalar.nullable().transform((value) => value ?? ""),
    ),
  ),
  configs: z.array(
    z.preprocess(
      withTarget,
      z.strictObject({
        source: text,
        target: text,
        /** An octal number as text, `"0444"`. */
        mode: text.optional(),
      }),
    ),
  ),
  stop_grace_period: duration,
  stop_signal: text,
  shm_size: byteSize,
  user: scalar,
  group_add: list,
  working_dir: text,
  hostname: text,
  domainname: text,
  container_name: text,
  extra_hosts: z.preprocess(joinedBy("="), list),
  dns: oneOrMore,
  dns_search: oneOrMore,
  cap_add: list,
  cap_drop: list,
  security_opt: list,
  read_only: z.boolean(),
  privileged: z.boolean(),
  init: z.boolean(),
  ipc: text,
  pid: text,
  ulimits: z.record(text, z.union([z.number(), z.strictObject({ soft: z.number(), hard: z.number() })])),
  sysctls: z.preprocess(keyedBy("="), z.record(text, scalar)),
  tty: z.boolean(),
  stdin_open: z.boolean(),
  "x-route": routeSchema,
};

/** Every key a service may have here, in the order the schema lists them. */
export const serviceKeys: readonly string[] = Object.keys(shape);

/** The Compose Specification's other service keys: known, and refused by name instead of dropped in silence. */
export const unsupportedKeys: readonly string[] = (
  "annotations attach blkio_config cgroup cgroup_parent cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period " +
  "cpu_rt_runtime cpu_shares cpus cpuset credential_spec develop device_cgroup_rules devices dns_opt driver_opts " +
  "env_file extends external_links gpus isolation label_file links mac_address mem_limit mem_reservation " +
  "mem_swappiness memswap_limit models network_mode oom_kill_disable oom_score_adj pids_limit post_start pre_stop " +
  "profiles provider pull_policy runtime scale secrets storage_opt use_api_socket userns_mode uts volumes_from"
).split(" ");

/**
 * What Compose prints and means nothing is dropped before the strict check: unset keys (`command: null`,
 * `networks: {}`) and other tools' extension keys.
 */
function withoutUnset(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).filter(
      ([key, entry]) => entry !== null && (!key.startsWith("x-") || serviceKeys.includes(key)),
    ),
  );
}

export const serviceSchema = z.preprocess(withoutUnset, z.strictObject(shape).partial());

export type Service = z.infer<typeof serviceSchema>;
export type Port = z.infer<typeof port>;
export type Mount = z.infer<typeof volume>;
export type Healthcheck = z.infer<typeof healthcheck>;
export type Condition = z.infer<typeof dependency>["condition"];

/** A health check that the engine runs, as opposed to none or one that is disabled. */
export function hasHealthcheck(service: Service): boolean {
  const check = service.healthcheck;
  return (
    check !== undefined && check.disable !== true && check.test !== undefined && check.test[0] !== "NONE"
  );
}
