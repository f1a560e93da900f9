import { z } from "zod";
import { build } from "./build.ts";
import { deploy, deviceRequest } from "./deploy.ts";
import { configReferences, mounts, secretReferences } from "./mount.ts";
import { ports } from "./port.ts";
import { orShort } from "./short-form.ts";
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
  keys,
  labels,
  list,
  namesTo,
  oneOrMore,
  replicaCount,
  scalar,
  text,
  ulimits,
  variables,
  mapping,
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

const healthcheck = keys({
  /** The command that is healthy with exit code 0: `[CMD, word, …]`, `[CMD-SHELL, text]`, a text for a shell, or `[NONE]`. */
  test: orShort(argv, text, (value) => (typeof value === "string" ? ["CMD-SHELL", value] : value)).optional(),
  /** Time between two probes; default `30s`. */
  interval: duration.optional(),
  /** Time after which a probe counts as failed; default `30s`. */
  timeout: duration.optional(),
  /** Failed probes in a row that make the container unhealthy; default 3. */
  retries: count.optional(),
  /** Time after the start in which failed probes do not count; default `0s`. */
  start_period: duration.optional(),
  /** Time between two probes within `start_period`; default `250ms` where a start period is set. */
  start_interval: duration.optional(),
  /** Whether the health check of the image is switched off. */
  disable: z.boolean().optional(),
});

const dependency = keys({
  /** What the service waits for: the other container has started, is healthy, or has ended with exit code 0. */
  condition: z.enum(["service_started", "service_healthy", "service_completed_successfully"]),
  /** Whether the service cannot do without the other one; default `true`. */
  required: z.boolean().optional(),
  /** Whether the service is replaced when the other one is; default `false`. */
  restart: z.boolean().optional(),
});

const attachment = keys({
  /** Further names under which other services on this network find the service. */
  aliases: list.optional(),
  /** Fixed IPv4 address on this network; the network needs a subnet in `ipam`. */
  ipv4_address: text.optional(),
  /** Fixed IPv6 address on this network; the network needs a subnet in `ipam`. */
  ipv6_address: text.optional(),
  /** Link-local addresses on this network. */
  link_local_ips: list.optional(),
  /** Has no effect: Docker chooses the hardware address itself. */
  mac_address: text.optional(),
  /** Options that the driver of the network takes for this container. */
  driver_opts: labels.optional(),
  /** Order of the networks: the one with the highest priority is the container's first. */
  priority: z.number().int().optional(),
  /** The network with the highest value is the default gateway of the container. */
  gw_priority: z.number().int().min(0, "write 0 or more: the Docker provider takes no less").optional(),
  /** Has no effect: the Docker provider cannot set it. */
  interface_name: text.optional(),
});

const throttles = z
  .array(
    keys({
      /** Device on the host, such as `/dev/sda`. */
      path: text,
      /** Bytes, or operations, a second. */
      rate: byteSize,
    }),
  )
  .optional();

const blkio = keys({
  /** Share of the disk bandwidth, 10 to 1000. */
  weight: count.optional(),
  /** Share of the bandwidth by device. */
  weight_device: z.unknown().optional(),
  /** Bytes a second that the container reads from a device at most. */
  device_read_bps: throttles,
  /** Reads a second that the container makes from a device at most. */
  device_read_iops: throttles,
  /** Bytes a second that the container writes to a device at most. */
  device_write_bps: throttles,
  /** Writes a second that the container makes to a device at most. */
  device_write_iops: throttles,
});

/** `/dev/a:/dev/b:r` in long. */
function longDevice(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const [source, target = source, permissions = "rwm", ...rest] = value.split(":");
  return rest.length > 0 ? value : { source, target, permissions };
}

const device = orShort(
  keys(
    {
      /** Device on the host. */
      source: text,
      /** Device inside the container; default the same path. */
      target: text.optional(),
      /** What the container may do: read, write and make nodes (`rwm`). */
      permissions: text.optional(),
    },
    "write /dev/host[:/dev/container[:rwm]]",
  ),
  text,
  longDevice,
);

/** `all`, or as under `deploy.resources.reservations.devices`. */
const gpus = orShort(
  z.array(deviceRequest, "write all, or a list of device requests"),
  z.literal("all"),
  (value) => (value === "all" ? [{ count: -1 }] : value),
);

const pullPolicy = z
  .string()
  .refine(
    (value) =>
      /^(?:always|never|missing|if_not_present|build|refresh|daily|weekly|every_(?:\d+[wdhms])+)$/.test(
        value,
      ),
    "write always, never, missing, build, daily, weekly or every_12h",
  );

const shape = {
  /** Image that the container runs, such as `postgres:16-alpine`. */
  image: text,
  /** How the image is built: a context directory, or an object with the options of the build. */
  build,
  /** When the image is pulled: `always`, `never`, `missing`, `build`, `refresh`, `daily`, `weekly` or `every_12h`. */
  pull_policy: pullPolicy,
  /** Platform of the image, such as `linux/amd64`. */
  platform: text,
  /** Command in place of the image's, as a list of words. */
  command: argv,
  /** Entrypoint in place of the image's, as a list of words. */
  entrypoint: argv,
  /** Variables of the container. A variable without a value is taken away from the image. */
  environment: variables,
  /** Ports that are published on the host, `[host address:][host port:]container port[/udp]`. */
  ports,
  /** Ports that are open to other containers only. */
  expose: list,
  /** What is mounted: named volumes, host paths and temporary file systems. */
  volumes: mounts,
  /** Services or containers whose volumes are mounted as well, `name[:ro]`. */
  volumes_from: list,
  /** Paths of temporary file systems in memory. */
  tmpfs: oneOrMore,
  /** Networks that the container joins; default the network `default`. */
  networks: orShort(z.record(text, attachment.nullable()), list, namesTo(null)),
  /** Network of another kind: `host`, `none`, `bridge`, `service:<name>` or `container:<name>`. */
  network_mode: text,
  /** Has no effect: Docker chooses the hardware address itself. */
  mac_address: text,
  /** Services that are found under a further name, `service[:alias]`. */
  links: list,
  /** Services that start first, and what this service waits for. */
  depends_on: orShort(z.record(text, dependency), list, namesTo({ condition: "service_started" })),
  /** How Docker finds out whether the container is healthy. */
  healthcheck,
  /** Replicas, resources, restart policy and order of updates. */
  deploy,
  /** Number of containers; `deploy.replicas` says the same. */
  scale: replicaCount,
  /** When Docker starts the container again: `no`, `always`, `unless-stopped` or `on-failure[:times]`. */
  restart: z.string().regex(/^(?:no|always|unless-stopped|on-failure(?::\d+)?)$/, {
    error: "write no, always, unless-stopped or on-failure[:times]",
  }),
  /** Log driver of the container and its options. */
  logging: keys({
    /** Log driver, such as `json-file` or `local`. */
    driver: text.optional(),
    /** Options of the driver, such as `max-size: 10m`. */
    options: z.record(text, scalar).optional(),
  }),
  /** Labels of the container. */
  labels,
  /** Configs that the container gets as files. */
  configs: configReferences,
  /** Secrets that the container gets as files, below `/run/secrets`. */
  secrets: secretReferences,
  /** Profiles of which one must be chosen for the service to be part of the stack. */
  profiles: list,
  /** Time that the process has to end before it is killed; default `10s`. */
  stop_grace_period: duration,
  /** Signal that asks the process to end; default `SIGTERM`. */
  stop_signal: text,
  /** User that the process runs as, `user[:group]`, by name or number. */
  user: scalar,
  /** Further groups of the process. */
  group_add: list,
  /** Working directory of the process. */
  working_dir: text,
  /** Host name of the container. */
  hostname: text,
  /** Domain name of the container. */
  domainname: text,
  /** Name of the container on the engine; default `<project>-<service>-<number>`. */
  container_name: text,
  /** Further lines of the container's `/etc/hosts`, `host=address`. */
  extra_hosts: orShort(list, z.record(text, scalar), joinedBy("=")),
  /** DNS servers of the container. */
  dns: oneOrMore,
  /** Options of the DNS resolver. */
  dns_opt: list,
  /** Domains that the DNS resolver searches. */
  dns_search: oneOrMore,
  /** Linux capabilities that the container gets in addition. */
  cap_add: list,
  /** Linux capabilities that the container loses. */
  cap_drop: list,
  /** Security options, such as `no-new-privileges:true` or `seccomp=<path of a profile>`. */
  security_opt: list,
  /** Whether the root file system is read-only. */
  read_only: z.boolean(),
  /** Whether the container has all rights over the host. */
  privileged: z.boolean(),
  /** Whether a small init process starts the process, passes on signals and reaps children. */
  init: z.boolean(),
  /** Shared memory: `shareable`, `private`, `host`, `service:<name>` or `container:<name>`. */
  ipc: text,
  /** Processes that the container sees: `host`, `service:<name>` or `container:<name>`. */
  pid: text,
  /** Control group of the container: `host` or `private`. */
  cgroup: z.enum(["host", "private"]),
  /** Control group below which the container is put. */
  cgroup_parent: text,
  /** User namespace of the container: `host` or the default of the engine. */
  userns_mode: text,
  /** Runtime of the container, such as `runc`. */
  runtime: text,
  /** Options of the storage driver, such as `size: 1G`. */
  storage_opt: labels,
  /** Limits of the process, such as `nofile: 65536` or `{ soft, hard }`. */
  ulimits,
  /** Kernel parameters of the container. */
  sysctls: orShort(z.record(text, scalar), list, keyedBy("=")),
  /** Whether the process gets a terminal. */
  tty: z.boolean(),
  /** Whether standard input stays open. */
  stdin_open: z.boolean(),
  /** Devices of the host that the container can use, `/dev/host[:/dev/container[:rwm]]`. */
  devices: z.array(device),
  /** Rules for devices, such as `c 1:3 mr`. */
  device_cgroup_rules: list,
  /** GPUs that the container gets: `all`, or a list of device requests. */
  gpus,
  /** Number of CPUs that the container may use, such as `0.5`. */
  cpus: cpuCount,
  /** Share of CPU time, relative to other containers; Docker's default is 1024. */
  cpu_shares: count,
  /** Length of the scheduling period, in microseconds. */
  cpu_period: count,
  /** CPU time in a scheduling period, in microseconds; -1 is no limit. */
  cpu_quota: integer,
  /** CPUs that the container runs on, such as `0-1` or `0,2`. */
  cpuset: scalar,
  /** Memory that the container may use, such as `512M`. */
  mem_limit: byteSize,
  /** Memory that the container should keep when memory is short. */
  mem_reservation: byteSize,
  /** Memory and swap together; -1 is no limit. */
  memswap_limit: z.union([z.literal([-1, "-1"]), byteSize]),
  /** Number of processes at most; -1 is no limit. */
  pids_limit: integer,
  /** Share and limits of disk bandwidth. */
  blkio_config: blkio,
  /** Size of `/dev/shm`; default `64M`. */
  shm_size: byteSize,
  /** The way from the gateway to the service. */
  "x-route": routeSchema,

  // Taken and warned of: a service works without them (see warnings.ts).
  /** Has no effect: the Docker provider cannot set it. */
  annotations: z.unknown(),
  /** Has no effect: `up` shows no output of containers. */
  attach: z.unknown(),
  /** Has no effect: only Windows containers have it. */
  cpu_count: z.unknown(),
  /** Has no effect: only Windows containers have it. */
  cpu_percent: z.unknown(),
  /** Has no effect: the Docker provider cannot set it. */
  cpu_rt_period: z.unknown(),
  /** Has no effect: the Docker provider cannot set it. */
  cpu_rt_runtime: z.unknown(),
  /** Has no effect: `up` does not watch files. */
  develop: z.unknown(),
  /** Has no effect: only Windows containers have it. */
  isolation: z.unknown(),
  /** Has no effect: the Docker provider cannot set it. */
  mem_swappiness: z.unknown(),
  /** Has no effect: the Docker provider cannot set it. */
  oom_kill_disable: z.unknown(),
  /** Has no effect: the Docker provider cannot set it. */
  oom_score_adj: z.unknown(),
};

/** Every key a service may have here, in the order the schema lists them. */
export const serviceKeys: readonly string[] = Object.keys(shape);

export const serviceSchema = mapping(z.strictObject(shape).partial(), serviceKeys);

export type { Mount } from "./mount.ts";
export type { Port } from "./port.ts";
export type Service = z.infer<typeof serviceSchema>;
/** A service as people write it: in the canonical form or in Compose's short forms. */
export type ServiceInput = z.input<typeof serviceSchema>;
export type Attachment = z.infer<typeof attachment>;
export type Dependency = z.infer<typeof dependency>;
export type Condition = Dependency["condition"];

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
