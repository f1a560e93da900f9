import { z } from "zod";
import { build } from "./build.ts";
import { deploy, deviceRequest } from "./deploy.ts";
import { configReferences, mounts, secretReferences } from "./mount.ts";
import { ports } from "./port.ts";
import { routeSchema } from "./route.ts";
import {
  argv,
  byteSize,
  count,
  cpuCount,
  duration,
  integer,
  joinedBy,
  keyedBy,
  labels,
  list,
  namesTo,
  oneOrMore,
  scalar,
  text,
  ulimits,
  variables,
  withoutUnset,
} from "./values.ts";

/**
 * One service in the Compose Specification's own keys
 * (https://github.com/compose-spec/compose-spec/blob/main/05-services.md), verbatim.
 *
 * The inferred type is the canonical form, the one `docker compose config` prints. The schema also takes the short
 * forms people paste from an override file (`"8001:8000"`, `data:/data:ro`, lists for mappings) and makes them
 * canonical. It is strict: an unknown key is an error. Nothing here has a default, because one and the same schema
 * reads whole services and partial overrides.
 */

const healthcheck = z.strictObject({
  test: z.preprocess((value) => (typeof value === "string" ? ["CMD-SHELL", value] : value), argv).optional(),
  interval: duration.optional(),
  timeout: duration.optional(),
  retries: count.optional(),
  start_period: duration.optional(),
  start_interval: duration.optional(),
  disable: z.boolean().optional(),
});

const dependency = z.strictObject({
  condition: z.enum(["service_started", "service_healthy", "service_completed_successfully"]),
  /** Whether the service cannot do without it; default `true`. */
  required: z.boolean().optional(),
  /** Whether the service starts anew when its dependency is replaced. */
  restart: z.boolean().optional(),
});

const attachment = z.strictObject({
  aliases: list.optional(),
  ipv4_address: text.optional(),
  ipv6_address: text.optional(),
  link_local_ips: list.optional(),
  mac_address: text.optional(),
  driver_opts: labels.optional(),
  /** The network of the highest priority is the container's first. */
  priority: z.number().int().optional(),
  gw_priority: z.number().int().min(0).optional(),
  interface_name: text.optional(),
});

const throttles = z.array(z.strictObject({ path: text, rate: byteSize })).optional();

const blkio = z.strictObject({
  weight: count.optional(),
  weight_device: z.unknown().optional(),
  device_read_bps: throttles,
  device_read_iops: throttles,
  device_write_bps: throttles,
  device_write_iops: throttles,
});

/** `/dev/a:/dev/b:r` in long. */
function longDevice(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const [source, target = source, permissions = "rwm", ...rest] = value.split(":");
  return rest.length > 0 ? value : { source, target, permissions };
}

const device = z.preprocess(
  longDevice,
  z.strictObject(
    { source: text, target: text.optional(), permissions: text.optional() },
    "write /dev/host[:/dev/container[:rwm]]",
  ),
);

/** `all`, or as under `deploy.resources.reservations.devices`. */
const gpus = z.preprocess(
  (value) => (value === "all" ? [{ count: -1 }] : value),
  z.array(deviceRequest, "write all, or a list of device requests"),
);

const pullPolicy = z
  .string()
  .refine(
    (value) =>
      /^(?:always|never|missing|if_not_present|build|daily|weekly|every_(?:\d+[wdhms])+)$/.test(value),
    "write always, never, missing, build, daily, weekly or every_12h",
  );

const shape = {
  image: text,
  build,
  pull_policy: pullPolicy,
  platform: text,
  command: argv,
  entrypoint: argv,
  environment: variables,
  ports,
  expose: list,
  volumes: mounts,
  volumes_from: list,
  tmpfs: oneOrMore,
  networks: z.preprocess(namesTo(null), z.record(text, attachment.nullable())),
  network_mode: text,
  mac_address: text,
  links: list,
  depends_on: z.preprocess(namesTo({ condition: "service_started" }), z.record(text, dependency)),
  healthcheck,
  deploy,
  scale: count,
  restart: z.string().regex(/^(?:no|always|unless-stopped|on-failure(?::\d+)?)$/, {
    error: "write no, always, unless-stopped or on-failure[:times]",
  }),
  logging: z.strictObject({ driver: text.optional(), options: z.record(text, scalar).optional() }),
  labels,
  configs: configReferences,
  secrets: secretReferences,
  profiles: list,
  stop_grace_period: duration,
  stop_signal: text,
  user: scalar,
  group_add: list,
  working_dir: text,
  hostname: text,
  domainname: text,
  container_name: text,
  extra_hosts: z.preprocess(joinedBy("="), list),
  dns: oneOrMore,
  dns_opt: list,
  dns_search: oneOrMore,
  cap_add: list,
  cap_drop: list,
  security_opt: list,
  read_only: z.boolean(),
  privileged: z.boolean(),
  init: z.boolean(),
  ipc: text,
  pid: text,
  cgroup: z.enum(["host", "private"]),
  cgroup_parent: text,
  userns_mode: text,
  runtime: text,
  storage_opt: labels,
  ulimits,
  sysctls: z.preprocess(keyedBy("="), z.record(text, scalar)),
  tty: z.boolean(),
  stdin_open: z.boolean(),
  devices: z.array(device),
  device_cgroup_rules: list,
  gpus,
  cpus: cpuCount,
  cpu_shares: count,
  cpu_period: count,
  cpu_quota: integer,
  cpuset: scalar,
  mem_limit: byteSize,
  mem_reservation: byteSize,
  /** -1 is no limit. */
  memswap_limit: z.union([z.literal([-1, "-1"]), byteSize]),
  pids_limit: integer,
  blkio_config: blkio,
  shm_size: byteSize,
  "x-route": routeSchema,

  // Taken and warned of: a service works without them (see warnings.ts).
  annotations: z.unknown(),
  attach: z.unknown(),
  cpu_count: z.unknown(),
  cpu_percent: z.unknown(),
  cpu_rt_period: z.unknown(),
  cpu_rt_runtime: z.unknown(),
  develop: z.unknown(),
  isolation: z.unknown(),
  mem_swappiness: z.unknown(),
  oom_kill_disable: z.unknown(),
  oom_score_adj: z.unknown(),
};

/** Every key a service may have here, in the order the schema lists them. */
export const serviceKeys: readonly string[] = Object.keys(shape);

export const serviceSchema = z.preprocess(withoutUnset(serviceKeys), z.strictObject(shape).partial());

export type { Mount } from "./mount.ts";
export type { Port } from "./port.ts";
export type Service = z.infer<typeof serviceSchema>;
export type Healthcheck = z.infer<typeof healthcheck>;
export type Attachment = z.infer<typeof attachment>;
export type Dependency = z.infer<typeof dependency>;
export type Condition = Dependency["condition"];

/**
 * A health check that the engine runs, as opposed to none or one that is disabled. One that has no test of its own
 * changes the times of its image's.
 */
export function hasHealthcheck({ healthcheck: check }: Service): boolean {
  return check !== undefined && check.disable !== true && check.test?.[0] !== "NONE";
}

/** How many containers the service has. */
export function replicasOf({ scale, deploy: { replicas } = {} }: Service): number {
  return scale ?? replicas ?? 1;
}

/** Whether an entrypoint takes the image's away. */
export function takesAway(entrypoint: Service["entrypoint"]): boolean {
  return entrypoint !== undefined && entrypoint.every((word) => word === "");
}

/** Path of the file that a `security_opt` names a seccomp profile by; the engine wants its content. */
export function seccompProfile(option: string): string | undefined {
  const path = /^seccomp[=:](.+)$/.exec(option)?.[1];
  return path === undefined || ["unconfined", "builtin"].includes(path) ? undefined : path;
}
