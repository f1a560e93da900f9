import type * as docker from "@pulumi/docker";
import type { ServicePlan } from "../model/plan.ts";
import type { Mount, Port, Service } from "../model/service.ts";
import { bytes, engineDuration, mebibytes, milliseconds } from "../model/units.ts";

type Arguments = Partial<docker.ContainerArgs>;

/**
 * A row a key: what a Compose key becomes among the arguments of a container. Its type asks for a row for every key
 * of the schema, so that none can be dropped in silence.
 */
type Rows = { readonly [Key in keyof Required<Service>]: (value: NonNullable<Service[Key]>) => Arguments };

/** Done by other parts of `Service`, where they need more than the key's own value. */
const elsewhere = (): Arguments => ({});

const rows: Rows = {
  image: elsewhere, // the image resource
  build: elsewhere, // the image resource
  networks: elsewhere, // need the networks' ids
  depends_on: elsewhere, // dependsOn
  environment: elsewhere, // filled with secrets
  labels: elsewhere, // joined with Compose's and the route's in the plan
  configs: elsewhere, // files in the plan
  container_name: elsewhere, // the plan's name
  "x-route": elsewhere, // labels in the plan, and the gateway

  platform: (platform) => ({ platform }),
  command: (command) => ({ command }),
  entrypoint: (entrypoints) => ({ entrypoints }),
  ports: (ports) => ({
    // In the order in which they are read back.
    ports: ports.toSorted(byTargetAndAddress).map(({ target, published, host_ip, protocol }) => ({
      internal: target,
      ...(published === undefined ? {} : { external: Number(published) }),
      ...(host_ip === undefined ? {} : { ip: host_ip }),
      ...(protocol === undefined ? {} : { protocol }),
    })),
  }),
  // A container's ports are open to its networks in any case; Compose only notes them.
  expose: () => ({}),
  volumes: (volumes) => ({ mounts: volumes.map(mount) }),
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
  deploy: ({ resources: { limits, reservations } = {} }) => ({
    ...(limits?.cpus === undefined ? {} : { cpus: cpus(limits.cpus) }),
    // The engine sets swap to twice the memory; left out here, that would be a difference after every refresh.
    ...(limits?.memory === undefined
      ? {}
      : { memory: mebibytes(limits.memory), memorySwap: 2 * mebibytes(limits.memory) }),
    // An engine reserves memory only; Compose, too, leaves reserved CPUs to a cluster's scheduler.
    ...(reservations?.memory === undefined ? {} : { memoryReservation: mebibytes(reservations.memory) }),
  }),
  restart: (restart) => {
    const [policy = "no", times] = restart.split(":");
    return { restart: policy, ...(times === undefined ? {} : { maxRetryCount: Number(times) }) };
  },
  logging: ({ driver, options }) => ({ logDriver: driver, logOpts: options }),
  // Without it the provider kills instead of stopping; ten seconds are Compose's default (see containerArgs).
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
  dns_search: (dnsSearches) => ({ dnsSearches }),
  cap_add: elsewhere, // one argument with cap_drop
  cap_drop: elsewhere, // one argument with cap_add
  security_opt: (securityOpts) => ({ securityOpts }),
  read_only: (readOnly) => ({ readOnly }),
  privileged: (privileged) => ({ privileged }),
  init: (init) => ({ init }),
  ipc: (ipcMode) => ({ ipcMode }),
  pid: (pidMode) => ({ pidMode }),
  ulimits: (ulimits) => ({
    ulimits: Object.entries(ulimits).map(([name, limit]) =>
      typeof limit === "number" ? { name, soft: limit, hard: limit } : { name, ...limit },
    ),
  }),
  sysctls: (sysctls) => ({ sysctls }),
  tty: (tty) => ({ tty }),
  stdin_open: (stdinOpen) => ({ stdinOpen }),
};

/**
 * The container arguments that follow from a service's definition alone.
 *
 * @param plan The service, its stack config laid over and its defaults filled in.
 */
export function containerArgs(plan: ServicePlan): Arguments {
  const args: Arguments = { destroyGraceSeconds: 10 };
  for (const [key, value] of Object.entries(plan.service) as [keyof Service, unknown][]) {
    if (value === undefined) continue;
    const row = rows[key] as (value: unknown) => Arguments;
    Object.assign(args, row(value));
  }
  const { cap_add, cap_drop } = plan.service;
  return {
    ...args,
    ...(cap_add === undefined && cap_drop === undefined
      ? {}
      : { capabilities: { adds: cap_add?.map(capability), drops: cap_drop?.map(capability) } }),
    name: plan.containerName,
    // In an order of their own, so that a label more does not make a preview show all of them.
    labels: Object.entries(plan.labels)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([label, value]) => ({ label, value })),
    uploads: plan.files.map(({ target, content, mode }) => ({
      file: target,
      content,
      ...(mode === undefined ? {} : { permissions: mode }),
    })),
    // A job is meant to end.
    mustRun: plan.gate.stays,
  };
}

function mount({
  type,
  source,
  target,
  read_only,
  bind,
  volume,
  tmpfs,
}: Mount): docker.types.input.ContainerMount {
  return {
    type,
    target,
    ...(source === undefined ? {} : { source }),
    ...(read_only === undefined ? {} : { readOnly: read_only }),
    ...(bind?.propagation === undefined ? {} : { bindOptions: { propagation: bind.propagation } }),
    ...(volume === undefined ? {} : { volumeOptions: { noCopy: volume.nocopy, subpath: volume.subpath } }),
    ...(tmpfs === undefined
      ? {}
      : {
          tmpfsOptions: {
            ...(tmpfs.size === undefined ? {} : { sizeBytes: bytes(tmpfs.size) }),
            ...(tmpfs.mode === undefined ? {} : { mode: Number.parseInt(tmpfs.mode, 8) }),
          },
        }),
  };
}

function byTargetAndAddress(one: Port, other: Port): number {
  const address = ({ host_ip = "0.0.0.0" }: Port) => host_ip;
  return one.target - other.target || (address(one) < address(other) ? -1 : 1);
}

/** The provider reads whole numbers back with a decimal. */
function cpus(count: number): string {
  return Number.isInteger(count) ? count.toFixed(1) : String(count);
}

function duration(text: string | undefined): string | undefined {
  return text === undefined ? undefined : engineDuration(milliseconds(text));
}

/** The engine says `CAP_NET_ADMIN` where people write `NET_ADMIN`; the other spelling would differ after a refresh. */
function capability(name: string): string {
  const upper = name.toUpperCase();
  return upper === "ALL" || upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
}
