import { devNull } from "node:os";
import type * as docker from "@pulumi/docker";
import { restartPolicyOf } from "../plan/gate.ts";
import { portsByContainer } from "../model/host-ports.ts";
import type { ContainerFile } from "../model/files.ts";
import type { ContainerPlan, ServicePlan } from "../plan/plan.ts";
import type { Service } from "../compose-spec/service.ts";
import { engineDuration, mebibytes, milliseconds } from "../compose-spec/units.ts";
import { isNamedDevice, limitArguments, throttles, ulimits } from "./container-limits.ts";
import { labels, mountArguments } from "./container-mounts.ts";
import { ports } from "./container-ports.ts";

/** The container arguments that a service's definition alone decides; placeholders stand for secrets. */
export type DefinedArguments = Partial<docker.ContainerArgs>;

/**
 * A row a key: what a Compose key becomes among the arguments of a container. Its type asks for a row for every key
 * of the schema, so that none can be dropped in silence.
 */
type Rows = {
  readonly [Key in keyof Required<Service>]: (value: NonNullable<Service[Key]>) => DefinedArguments;
};

/** Made elsewhere, where more is known than the key's own value. */
const elsewhere = (): DefinedArguments => ({});

/** Makes an argument together with other keys, in `definedArguments`. */
const together = (): DefinedArguments => ({});

/** Has no effect, and is warned of (checks/no-effect.ts). */
const ignored = (): DefinedArguments => ({});

const rows: Rows = {
  image: elsewhere, // the image resource
  build: elsewhere, // the image resource
  pull_policy: elsewhere, // the image resource
  platform: elsewhere, // the image resource; a container's is read back as another one
  networks: elsewhere, // need the networks' ids
  network_mode: elsewhere, // may need another service's container
  ipc: elsewhere, // may need another service's container
  pid: elsewhere, // may need another service's container
  volumes_from: elsewhere, // needs another service's container
  links: elsewhere, // dependsOn, and aliases in the plan
  depends_on: elsewhere, // dependsOn
  environment: (environment) => ({ envs: Object.entries(environment).map(variable) }),
  configs: elsewhere, // files and mounts in the plan
  secrets: elsewhere, // files and mounts in the plan
  container_name: elsewhere, // the plan's containers
  scale: elsewhere, // the plan's containers
  pids_limit: elsewhere, // set by the engine after the container's start: the provider has no argument
  profiles: elsewhere, // a service that is here is wanted
  "x-route": elsewhere, // labels in the plan, and the gateway

  command: elsewhere, // with entrypoint, needs the image
  entrypoint: elsewhere, // with command, needs the image
  labels: together, // with Compose's and the route's
  restart: together, // with deploy.restart_policy
  deploy: together, // its resources with the keys below, its policy with restart, its replicas and updates in the plan
  cpus: together,
  mem_limit: together,
  mem_reservation: together,
  memswap_limit: together,
  gpus: together,
  ports: together, // of a range of host ports, each container has its own
  cap_add: together, // one argument with cap_drop
  cap_drop: together, // one argument with cap_add

  annotations: ignored,
  attach: ignored,
  cpu_count: ignored,
  cpu_percent: ignored,
  cpu_rt_period: ignored,
  cpu_rt_runtime: ignored,
  develop: ignored,
  isolation: ignored,
  mac_address: ignored,
  mem_swappiness: ignored,
  oom_kill_disable: ignored,
  oom_score_adj: ignored,

  // A container's ports are open on its networks in any case; where somebody reads the key, a guess says so.
  expose: () => ({}),
  volumes: mountArguments,
  tmpfs: (paths) => ({
    tmpfs: Object.fromEntries(
      paths.map((path) => {
        const [target = "", options = ""] = path.split(":");
        return [target, options];
      }),
    ),
  }),
  healthcheck: (check) => ({
    healthcheck: check.disable
      ? { tests: ["NONE"] }
      : {
          tests: check.test,
          interval: duration(check.interval),
          timeout: duration(check.timeout),
          startPeriod: duration(check.start_period),
          startInterval: duration(check.start_interval),
          retries: check.retries,
        },
  }),
  logging: ({ driver, options }) => ({ logDriver: driver, logOpts: options }),
  // Without it the provider kills instead of stopping; ten seconds are Compose's default (see definedArguments).
  stop_grace_period: (period) => {
    const seconds = Math.ceil(milliseconds(period) / 1000);
    return { destroyGraceSeconds: seconds, stopTimeout: seconds };
  },
  stop_signal: (stopSignal) => ({ stopSignal }),
  shm_size: (size) => ({ shmSize: mebibytes(size) }),
  user: (user) => ({ user }),
  group_add: (groupAdds) => ({ groupAdds }),
  working_dir: (workingDir) => ({ workingDir }),
  hostname: (hostname) => ({ hostname }),
  domainname: (domainname) => ({ domainname }),
  extra_hosts: (hosts) => ({
    hosts: hosts.map((entry) => {
      const [host = "", ip = ""] = entry.split(/[=:](.*)/s);
      return { host, ip };
    }),
  }),
  dns: (dns) => ({ dns }),
  dns_opt: (dnsOpts) => ({ dnsOpts }),
  dns_search: (dnsSearches) => ({ dnsSearches }),
  security_opt: (securityOpts) => ({ securityOpts }),
  read_only: (readOnly) => ({ readOnly }),
  privileged: (privileged) => ({ privileged }),
  init: (init) => ({ init }),
  cgroup: (cgroupnsMode) => ({ cgroupnsMode }),
  cgroup_parent: (cgroupParent) => ({ cgroupParent }),
  userns_mode: (usernsMode) => ({ usernsMode }),
  runtime: (runtime) => ({ runtime }),
  storage_opt: (storageOpts) => ({ storageOpts }),
  devices: (devices) => ({
    devices: devices
      .filter((device) => !isNamedDevice(device))
      .map(({ source, target, permissions }) => ({
        hostPath: source,
        containerPath: target ?? source,
        permissions: permissions ?? "rwm",
      })),
  }),
  device_cgroup_rules: (deviceCgroupRules) => ({ deviceCgroupRules }),
  cpu_shares: (cpuShares) => ({ cpuShares }),
  cpu_period: (cpuPeriod) => ({ cpuPeriod }),
  cpu_quota: (cpuQuota) => ({ cpuQuota }),
  cpuset: (cpuSet) => ({ cpuSet }),
  blkio_config: throttles,
  ulimits: (given) => ({ ulimits: ulimits(given) }),
  sysctls: (sysctls) => ({ sysctls }),
  tty: (tty) => ({ tty }),
  stdin_open: (stdinOpen) => ({ stdinOpen }),
};

/**
 * The container arguments that a service's definition alone decides.
 *
 * @param plan The service, its stack config laid over and its defaults filled in.
 */
export function definedArguments(plan: ServicePlan, container: ContainerPlan): DefinedArguments {
  const args: DefinedArguments = { destroyGraceSeconds: 10, envs: [] };
  for (const [key, value] of Object.entries(plan.service) as [keyof Service, unknown][]) {
    if (value === undefined) continue;
    const row = rows[key] as (value: unknown) => DefinedArguments;
    Object.assign(args, row(value));
  }
  return {
    ...args,
    ...limitArguments(plan.service),
    ...restart(plan.service),
    ...portsOf(plan.service, container),
    ...capabilities(plan.service),
    ...(container.containerName === undefined ? {} : { name: container.containerName }),
    labels: labels({ ...plan.labels, "com.docker.compose.container-number": String(container.number) }),
    uploads: plan.filesByGate ? [] : plan.files.map(upload),
    // A job is meant to end.
    mustRun: plan.gate.stays,
  };
}

/** A variable without a value takes the image's variable away. */
function variable([name, value]: readonly [string, string | null]): string {
  return value === null ? name : `${name}=${value}`;
}

function restart(service: Service): DefinedArguments {
  if (service.restart === undefined && service.deploy?.restart_policy === undefined) return {};
  const { name, times } = restartPolicyOf(service);
  return { restart: name, ...(times === undefined ? {} : { maxRetryCount: times }) };
}

function portsOf(service: Service, { number }: ContainerPlan): DefinedArguments {
  if (service.ports === undefined) return {};
  const own = portsByContainer(service)[number - 1] ?? [];
  return ports(own.filter((port) => port !== undefined));
}

function capabilities({ cap_add, cap_drop }: Service): DefinedArguments {
  if (cap_add === undefined && cap_drop === undefined) return {};
  return { capabilities: { adds: cap_add?.map(capability), drops: cap_drop?.map(capability) } };
}

function upload({
  target,
  content,
  encoding,
  mode,
  uid,
  gid,
}: ContainerFile): docker.types.input.ContainerUpload {
  return {
    file: target,
    // The provider takes an empty content for none.
    ...(content === ""
      ? { source: devNull }
      : encoding === "base64"
        ? { contentBase64: content }
        : { content }),
    permissions: mode,
    ...(uid === undefined ? {} : { owner: uid }),
    ...(gid === undefined ? {} : { group: gid }),
  };
}

function duration(text: string | undefined): string | undefined {
  return text === undefined ? undefined : engineDuration(milliseconds(text));
}

/** The engine says `CAP_NET_ADMIN` where people write `NET_ADMIN`; the other spelling would differ after a refresh. */
export function capability(name: string): string {
  const upper = name.toUpperCase();
  return upper === "ALL" || upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
}
