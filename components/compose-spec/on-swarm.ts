import type { Service } from "./service.ts";

/** What becomes of a key of a service where the stack's target is a swarm. */
export type OnSwarm =
  | "honoured"
  /** The service works without the key, and a warning says why the key comes to nothing. */
  | { readonly warned: string }
  /** A service may rely on the key, so it is a mistake to write it. */
  | { readonly refused: string; readonly fix: string };

const noSetting = "the Docker provider cannot set it on the services of a swarm";
const unsettable = { warned: noSetting } as const;
const windows = { warned: "only Windows containers have it" } as const;
const ofOneEngine = (fix = "remove the key") =>
  ({ refused: "a swarm has no such thing: its containers run on any node", fix }) as const;
const shares = {
  refused: "the other container may run on another node",
  fix: "let the services talk to each other over a network",
} as const;
const shareOfCpu = {
  refused: "a swarm only limits and reserves CPUs",
  fix: "write deploy.resources.limits.cpus",
} as const;

/**
 * What becomes of each key on a swarm, a row a key. The table of containers (`provider/container-args.ts`) has a row for
 * each key as well: the types of both ask for all keys of the schema, so that no key is dropped in silence on either target.
 */
export const onSwarm = {
  image: "honoured",
  build: "honoured",
  pull_policy: { warned: "an image is named by its digest, which a node pulls once" },
  platform: "honoured",
  command: "honoured",
  entrypoint: "honoured",
  environment: "honoured",
  ports: "honoured",
  expose: "honoured",
  volumes: "honoured",
  volumes_from: shares,
  tmpfs: "honoured",
  networks: "honoured",
  network_mode: ofOneEngine("remove the key, and let the service join networks"),
  mac_address: { warned: "the nodes choose the hardware address themselves" },
  links: { refused: "a swarm has no links", fix: "put both services on one network, and give aliases there" },
  depends_on: "honoured",
  healthcheck: "honoured",
  deploy: "honoured",
  scale: "honoured",
  restart: "honoured",
  logging: "honoured",
  labels: "honoured",
  configs: "honoured",
  secrets: "honoured",
  profiles: "honoured",
  stop_grace_period: "honoured",
  stop_signal: "honoured",
  user: "honoured",
  group_add: "honoured",
  working_dir: "honoured",
  hostname: "honoured",
  domainname: ofOneEngine(),
  container_name: ofOneEngine("remove the key: a swarm names the containers of a service itself"),
  extra_hosts: "honoured",
  dns: "honoured",
  dns_opt: "honoured",
  dns_search: "honoured",
  cap_add: "honoured",
  cap_drop: "honoured",
  security_opt: unsettable,
  read_only: "honoured",
  privileged: ofOneEngine("remove the key, and write cap_add with what the process needs"),
  init: "honoured",
  ipc: shares,
  pid: shares,
  cgroup: ofOneEngine(),
  cgroup_parent: ofOneEngine(),
  userns_mode: ofOneEngine(),
  runtime: ofOneEngine(),
  storage_opt: ofOneEngine(),
  ulimits: unsettable,
  sysctls: "honoured",
  tty: unsettable,
  stdin_open: unsettable,
  devices: ofOneEngine(),
  device_cgroup_rules: ofOneEngine(),
  gpus: ofOneEngine("write deploy.resources.reservations.generic_resources"),
  cpus: "honoured",
  cpu_shares: shareOfCpu,
  cpu_period: shareOfCpu,
  cpu_quota: shareOfCpu,
  cpuset: shareOfCpu,
  mem_limit: "honoured",
  mem_reservation: "honoured",
  memswap_limit: { refused: "a swarm limits memory alone", fix: "write deploy.resources.limits.memory" },
  pids_limit: unsettable,
  blkio_config: ofOneEngine(),
  shm_size: "honoured",
  "x-route": "honoured",
  annotations: unsettable,
  attach: { warned: "`up` shows no output of containers; read it with docker service logs" },
  cpu_count: windows,
  cpu_percent: windows,
  cpu_rt_period: unsettable,
  cpu_rt_runtime: unsettable,
  develop: { warned: "`up` does not watch files" },
  isolation: windows,
  mem_swappiness: unsettable,
  oom_kill_disable: unsettable,
  oom_score_adj: unsettable,
} as const satisfies { readonly [Key in keyof Required<Service>]: OnSwarm };

/** The keys that a service of a swarm gets. */
export type HonouredOnSwarm = {
  [Key in keyof typeof onSwarm]: (typeof onSwarm)[Key] extends "honoured" ? Key : never;
}[keyof typeof onSwarm];

/** The service with nothing but what a swarm honours, so that the rest changes nothing. */
export function asOnSwarm(service: Service): Service {
  return Object.fromEntries(
    Object.entries(service).filter(([key]) => onSwarm[key as keyof Service] === "honoured"),
  );
}
