import type * as docker from "@pulumi/docker";
import type { HonouredOnSwarm } from "../compose-spec/on-swarm.ts";
import { takesAway, type Mount, type Service } from "../compose-spec/service.ts";
import { bytes, engineDuration, milliseconds } from "../compose-spec/units.ts";
import { restartPolicyOf } from "../plan/gate.ts";
import { namespaceLabel, projectLabel } from "../plan/package-names.ts";
import type { Plan, ServicePlan } from "../plan/plan.ts";
import { tasksOf } from "../plan/swarm.ts";
import { capability } from "./container-args.ts";
import { labels } from "./container-mounts.ts";

type Container = docker.types.input.ServiceTaskSpecContainerSpec;
type Task = Omit<docker.types.input.ServiceTaskSpec, "containerSpec">;

/** What a key becomes of a service in a swarm. */
interface Part {
  readonly container?: Partial<Container>;
  readonly task?: Task;
}

/** A row a key that a swarm honours. */
type Rows = {
  readonly [Key in HonouredOnSwarm]: (value: NonNullable<Service[Key]>) => Part;
};

/** Made elsewhere, where more is known than the key's own value. */
const elsewhere = (): Part => ({});

const rows: Rows = {
  image: elsewhere, // the image resource
  build: elsewhere, // the image resource
  platform: elsewhere, // the image resource
  networks: elsewhere, // need the networks' ids
  configs: elsewhere, // need the configs' ids
  secrets: elsewhere, // need the secrets' ids
  depends_on: elsewhere, // dependsOn
  profiles: elsewhere, // a service that is here is wanted
  "x-route": elsewhere, // labels in the plan, and the gateway
  expose: elsewhere, // a container's ports are open on its networks in any case

  command: elsewhere, // with entrypoint
  entrypoint: elsewhere, // with command
  labels: elsewhere, // with the package's own
  restart: elsewhere, // with deploy.restart_policy
  deploy: elsewhere, // with the keys below
  scale: elsewhere, // with deploy.replicas
  cpus: elsewhere, // with deploy.resources
  mem_limit: elsewhere, // with deploy.resources
  mem_reservation: elsewhere, // with deploy.resources
  ports: elsewhere, // the service's endpoint
  volumes: elsewhere, // with tmpfs and shm_size
  tmpfs: elsewhere, // with volumes
  shm_size: elsewhere, // with volumes
  dns: elsewhere, // one argument with dns_opt and dns_search
  dns_opt: elsewhere,
  dns_search: elsewhere,

  environment: (environment) => ({
    container: {
      env: Object.fromEntries(
        Object.entries(environment).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
      ),
    },
  }),
  healthcheck: (check) => ({
    container: {
      healthcheck: check.disable
        ? { tests: ["NONE"] }
        : {
            ...(check.test === undefined ? {} : { tests: check.test }),
            interval: duration(check.interval),
            timeout: duration(check.timeout),
            startPeriod: duration(check.start_period),
            retries: check.retries ?? 0,
          },
    },
  }),
  logging: ({ driver = "json-file", options = {} }) => ({ task: { logDriver: { name: driver, options } } }),
  stop_grace_period: (period) => ({ container: { stopGracePeriod: duration(period) } }),
  stop_signal: (stopSignal) => ({ container: { stopSignal } }),
  user: (user) => ({ container: { user } }),
  group_add: (groups) => ({ container: { groups } }),
  working_dir: (dir) => ({ container: { dir } }),
  hostname: (hostname) => ({ container: { hostname } }),
  extra_hosts: (hosts) => ({
    container: {
      hosts: hosts.map((entry) => {
        const [host = "", ip = ""] = entry.split(/[=:](.*)/s);
        return { host, ip };
      }),
    },
  }),
  cap_add: (capAdds) => ({ container: { capAdds: capAdds.map(capability) } }),
  cap_drop: (capDrops) => ({ container: { capDrops: capDrops.map(capability) } }),
  read_only: (readOnly) => ({ container: { readOnly } }),
  init: (init) => ({ container: { init } }),
  sysctls: (sysctl) => ({ container: { sysctl } }),
};

/** The arguments of a swarm's service that its definition alone decides. */
export interface DefinedService {
  readonly container: Partial<Container>;
  readonly task: Task;
  readonly service: Pick<docker.ServiceArgs, "mode" | "endpointSpec" | "updateConfig" | "rollbackConfig">;
  /** Labels of the service itself, which others than its containers find it by. */
  readonly labels: Readonly<Record<string, string>>;
}

/** What a service's definition decides of the service in a swarm. */
export function definedService(plan: ServicePlan, { project, volumes }: Plan): DefinedService {
  const { service } = plan;
  // The provider would send 0 s where none is said, and the swarm would kill each container as soon as it asks it to end.
  const container: Partial<Container> = { stopGracePeriod: "10s" };
  const task: Task = {};
  for (const [key, value] of Object.entries(service)) {
    if (value === undefined) continue;
    const row = rows[key as HonouredOnSwarm] as (value: unknown) => Part;
    const part = row(value);
    Object.assign(container, part.container);
    Object.assign(task, part.task);
  }
  const ours = {
    [namespaceLabel]: project,
    [projectLabel]: project,
    "com.docker.compose.service": plan.name,
  };
  const compose = Object.entries(plan.labels).filter(([label]) => !label.startsWith("com.docker.compose."));
  const replicas = tasksOf(plan);
  return {
    container: {
      ...container,
      ...processOf(service),
      ...dnsOf(service),
      mounts: mountsOf(service, project, volumes),
      labels: labels({ ...service.labels, ...ours }),
    },
    task: {
      ...task,
      restartPolicy: restartOf(plan),
      placement: placementOf(service),
      resources: resourcesOf(service),
    },
    service: {
      mode: replicas === undefined ? { global: true } : { replicated: { replicas } },
      endpointSpec: { mode: "dnsrr", ports: portsOf(service) },
      updateConfig: exchangeOf(plan, service.deploy?.update_config),
      rollbackConfig: { ...exchangeOf(plan, service.deploy?.rollback_config), failureAction: "pause" },
    },
    labels: { ...Object.fromEntries(compose), ...service.deploy?.labels, ...ours },
  };
}

function processOf({ entrypoint, command = [] }: Service): Partial<Container> {
  if (takesAway(entrypoint)) return { commands: [...command] };
  return {
    ...(entrypoint === undefined ? {} : { commands: entrypoint }),
    ...(command.length === 0 ? {} : { args: command }),
  };
}

function dnsOf({ dns, dns_opt, dns_search }: Service): Partial<Container> {
  if (dns === undefined && dns_opt === undefined && dns_search === undefined) return {};
  return { dnsConfig: { nameservers: dns ?? [], options: dns_opt ?? [], searches: dns_search ?? [] } };
}

function mountsOf(
  { volumes = [], tmpfs = [], shm_size }: Service,
  project: string,
  planned: Plan["volumes"],
): docker.types.input.ServiceTaskSpecContainerSpecMount[] {
  const inMemory = (target: string, size: string | number | undefined) => ({
    type: "tmpfs",
    target,
    ...(size === undefined ? {} : { tmpfsOptions: { sizeBytes: bytes(size) } }),
  });
  return [
    ...volumes.map((mount) => mountOf(mount, project, planned)),
    ...tmpfs.map((entry) => {
      const [target = "", options = ""] = entry.split(":");
      return inMemory(target, /(?:^|,)size=([^,]+)/.exec(options)?.[1]);
    }),
    ...(shm_size === undefined ? [] : [inMemory("/dev/shm", shm_size)]),
  ];
}

function mountOf(
  { type, source, target, read_only = false, bind, volume, tmpfs }: Mount,
  project: string,
  planned: Plan["volumes"],
): docker.types.input.ServiceTaskSpecContainerSpecMount {
  const common = { type, target, readOnly: read_only, ...(source === undefined ? {} : { source }) };
  if (type === "tmpfs") {
    return {
      ...common,
      ...(tmpfs?.size === undefined ? {} : { tmpfsOptions: { sizeBytes: bytes(tmpfs.size) } }),
    };
  }
  if (type === "bind") {
    return {
      ...common,
      ...(bind?.propagation === undefined ? {} : { bindOptions: { propagation: bind.propagation } }),
    };
  }
  const [key, made] = Object.entries(planned).find(([, { name }]) => name === source) ?? [];
  const own = {
    ...made?.labels,
    ...(key === undefined ? {} : { "com.docker.compose.project": project, "com.docker.compose.volume": key }),
    ...volume?.labels,
    [namespaceLabel]: project,
    [projectLabel]: project,
  };
  return {
    ...common,
    volumeOptions: {
      noCopy: volume?.nocopy ?? false,
      labels: labels(own),
      ...(made?.driver === undefined && made?.driver_opts === undefined
        ? {}
        : { driverName: made.driver ?? "local", driverOptions: made.driver_opts ?? {} }),
    },
  };
}

/** Whatever is not said is said here: the provider takes the engine's own values for differences. */
function restartOf({ service, gate }: ServicePlan): docker.types.input.ServiceTaskSpecRestartPolicy {
  const { delay, window } = service.deploy?.restart_policy ?? {};
  const isSaid = service.restart !== undefined || service.deploy?.restart_policy?.condition !== undefined;
  const { name, times = 0 } = restartPolicyOf(service);
  const conditions: Readonly<Record<string, string>> = { no: "none", "on-failure": "on-failure" };
  // Without a restart, a swarm would not start the containers of a node that is lost elsewhere.
  const condition = gate.state === "completed" ? "none" : isSaid ? (conditions[name] ?? "any") : "any";
  return {
    condition,
    delay: duration(delay ?? "5s"),
    window: duration(window),
    maxAttempts: gate.state === "completed" ? 0 : times,
  };
}

function placementOf({
  deploy: { placement = {} } = {},
  platform,
}: Service): docker.types.input.ServiceTaskSpecPlacement {
  const { constraints = [], preferences = [], max_replicas_per_node = 0 } = placement;
  const architecture = platform?.split("/")[1];
  const names: Readonly<Record<string, string>> = { amd64: "x86_64", arm64: "aarch64" };
  return {
    constraints: [
      ...constraints,
      ...(architecture === undefined ? [] : [`node.platform.arch == ${names[architecture] ?? architecture}`]),
    ],
    prefs: preferences.map(({ spread }) => spread),
    maxReplicas: max_replicas_per_node,
  };
}

function resourcesOf({
  cpus,
  mem_limit,
  mem_reservation,
  deploy: { resources: { limits, reservations } = {} } = {},
}: Service): docker.types.input.ServiceTaskSpecResources {
  const amounts = (count: number | undefined, memory: string | number | undefined) => ({
    nanoCpus: Math.round((count ?? 0) * 1e9),
    memoryBytes: memory === undefined ? 0 : bytes(memory),
  });
  return {
    limits: amounts(limits?.cpus ?? cpus, limits?.memory ?? mem_limit),
    reservation: amounts(reservations?.cpus, reservations?.memory ?? mem_reservation),
  };
}

function portsOf({ ports = [] }: Service): docker.types.input.ServiceEndpointSpecPort[] {
  return ports.map(({ target, published, protocol = "tcp" }) => ({
    targetPort: target,
    protocol,
    publishMode: "host",
    ...(published === undefined ? {} : { publishedPort: Number(published) }),
  }));
}

function exchangeOf(
  { update, gate }: ServicePlan,
  said: NonNullable<Service["deploy"]>["update_config"] = {},
): docker.types.input.ServiceUpdateConfig {
  // To a swarm, a job that has ended is an update that failed.
  const failureAction = gate.state === "completed" ? "continue" : (said.failure_action ?? "rollback");
  return {
    order: said.order ?? update.order,
    parallelism: said.parallelism ?? (update.parallelism === Infinity ? 0 : update.parallelism),
    delay: duration(said.delay),
    monitor: duration(said.monitor ?? "5s"),
    failureAction,
    maxFailureRatio: (said.max_failure_ratio ?? 0).toFixed(1),
  };
}

/** As the provider reads durations of services back: without the zeros at the end that the engine prints. */
function duration(text: string | undefined): string {
  if (text === undefined) return "0s";
  return engineDuration(milliseconds(text)).replace(/m0s$/, "m").replace(/h0m$/, "h");
}
