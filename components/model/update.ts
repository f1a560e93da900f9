import { jobsOf, sharedWith, volumesFrom } from "./dependencies.ts";
import { filesOf } from "./files.ts";
import { aliasesOf } from "./networks.ts";
import { own } from "../compose-spec/own.ts";
import { replicasOf, type Service } from "../compose-spec/service.ts";
import type { Model } from "./model.ts";
import { hostsIn, wordsForHosts } from "./urls.ts";

/**
 * How a service's containers give way to those of a new revision, in Compose's own words (`deploy.update_config`).
 */
export interface Update {
  /** `start-first`: the new ones serve before the old ones go. `stop-first`: there is a gap between the two. */
  readonly order: "start-first" | "stop-first";
  /** Why it is so; for people, to stand behind a colon. */
  readonly because: string;
  /** Replicas that are exchanged at a time; Infinity for all. */
  readonly parallelism: number;
}

/**
 * Gives every service's update. The order is the one that the service asks for, and without one: start-first where a
 * gateway can move the traffic over and nothing is known to speak against it, stop-first, Compose's own default,
 * anywhere else.
 */
export function updatesIn(model: Model): (service: string) => Update {
  const others = relationsIn(model);
  return (name) => {
    const service = own(model.services, name) ?? {};
    const { order, parallelism = 1 } = service.deploy?.update_config ?? {};
    const among = { parallelism: parallelism === 0 ? Infinity : parallelism };
    const [certain] = obstaclesOf(name, service, others);
    // Where a Compose file asks for the impossible, the service is updated as Compose does it.
    if (order !== undefined && (order === "stop-first" || certain === undefined))
      return { ...among, order, because: "deploy.update_config.order says so" };
    const obstacle = certain ?? likelyCaller(name, service, others);
    if (obstacle !== undefined) return { ...among, order: "stop-first", because: obstacle };
    return service["x-route"] === undefined || model.gateway === undefined
      ? { ...among, order: "stop-first", because: "no route leads to it" }
      : { ...among, order: "start-first", because: "the gateway moves its traffic over" };
  };
}

/** Why services that ask for start-first cannot have it, each reason by itself. */
export function impossibleUpdatesIn(model: Model): { readonly service: string; readonly reason: string }[] {
  const others = relationsIn(model);
  return Object.entries(model.services).flatMap(([name, service]) =>
    service.deploy?.update_config?.order === "start-first"
      ? obstaclesOf(name, service, others).map((reason) => ({ service: name, reason }))
      : [],
  );
}

/** What services have to do with each other, as far as it bears on having two containers of one. */
interface Relations {
  readonly jobs: ReadonlySet<string>;
  /** By volume or folder of the host. */
  readonly writers: ReadonlyMap<string, readonly string[]>;
  /** By service: those whose containers are made with its container. */
  readonly sharers: ReadonlyMap<string, readonly string[]>;
  /** By host name: those that call it, as far as their definitions tell. */
  readonly callers: ReadonlyMap<string, readonly string[]>;
  /** By host name: services whose texts, even comments, name the host. */
  readonly mentions: ReadonlyMap<string, readonly string[]>;
  /** By service. */
  readonly dependents: ReadonlyMap<string, readonly string[]>;
}

function relationsIn(model: Model): Relations {
  const services = Object.entries(model.services);
  // The gateway follows its routes, not names.
  const talking = services.filter(([name]) => name !== model.gateway);
  return {
    jobs: jobsOf(model),
    writers: inverse(services, writtenBy),
    sharers: inverse(services, ({ network_mode, ipc, pid, volumes_from = [] }) => [
      ...[network_mode, ipc, pid].flatMap((mode) => sharedWith(mode) ?? []),
      ...volumes_from.flatMap((entry) => volumesFrom(entry).service ?? []),
    ]),
    callers: inverse(talking, calledBy),
    mentions: inverse([...talking, ...askedByGateway(model)], (service) => mentionedBy(service, model)),
    dependents: inverse(talking, ({ depends_on = {} }) => Object.keys(depends_on)),
  };
}

/** From what a service names to the services that name it. */
function inverse(
  services: readonly (readonly [string, Service])[],
  namedBy: (service: Service) => readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const by = new Map<string, string[]>();
  for (const [name, service] of services) {
    for (const key of new Set(namedBy(service))) by.set(key, [...(by.get(key) ?? []), name]);
  }
  return by;
}

/** What keeps two containers of a service from being up at once. */
function obstaclesOf(name: string, service: Service, others: Relations): string[] {
  const { container_name, ports = [], networks = {}, network_mode: mode } = service;
  const addresses = Object.values(networks).flatMap((attachment) => [
    attachment?.ipv4_address,
    attachment?.ipv6_address,
  ]);
  const only = "only one container at a time can";
  return [
    ...(others.jobs.has(name) ? ["it is a job, which must not run twice at once"] : []),
    ...(container_name === undefined ? [] : [`${only} be called ${container_name}`]),
    ...defined(ports.map(({ published }) => published)).map((port) => `${only} publish host port ${port}`),
    ...writtenBy(service)
      .filter((source) => replicasOf(service) === 1 && others.writers.get(source)?.length === 1)
      .map((source) => `it alone writes to ${source}`),
    ...(mode === undefined || ["none", "bridge"].includes(mode)
      ? []
      : [`${only} listen on a port with network_mode ${mode}`]),
    ...defined(addresses).map((address) => `${only} have the address ${address}`),
    ...(others.sharers.get(name) ?? []).map((other) => `${other} shares what its container has`),
    // Both containers would answer to the name, the new one also before it is ready.
    ...othersBy(name, service, others.callers).map((other) => `${other} calls it by its name`),
  ];
}

/**
 * Who seems to call a service by its name: whoever names it anywhere, or waits for it, though nothing says so. That is
 * no reason to refuse anything.
 */
function likelyCaller(name: string, service: Service, others: Relations): string | undefined {
  const [caller] = othersBy(name, service, others.mentions);
  if (caller !== undefined) return `${caller} calls it by its name`;
  const [other] = others.dependents.get(name) ?? [];
  return other === undefined ? undefined : `${other} depends on it`;
}

/** The others that are known by one of the names that a service has. */
function othersBy(name: string, service: Service, byHost: Relations["callers"]): string[] {
  const hosts = defined([name, service.container_name, ...aliasesOf(service)]);
  const others = new Set(hosts.flatMap((host) => byHost.get(host) ?? []));
  return [...others].filter((other) => other !== name);
}

/** Volumes, and folders of the host; a socket holds no data. */
export function writtenBy({ volumes = [] }: Service): string[] {
  return volumes.flatMap(({ type, source, read_only }) => {
    const holdsData = type === "volume" || (type === "bind" && !source?.endsWith(".sock"));
    return source !== undefined && holdsData && read_only !== true ? [source] : [];
  });
}

function calledBy({ environment = {}, command = [], entrypoint = [], links = [] }: Service): string[] {
  const values = [...Object.values(environment).map((value) => value ?? ""), ...command, ...entrypoint];
  return [
    ...links.map((link) => link.split(":")[0] ?? ""),
    // `DB_HOST: postgres` is a name by itself.
    ...values.flatMap((value) => [value, ...hostsIn(value).map(({ host }) => host)]),
  ];
}

function mentionedBy(service: Service, model: Model): string[] {
  const { environment = {}, command = [], entrypoint = [], labels = {}, healthcheck } = service;
  const values = [
    ...Object.values(environment).map((value) => value ?? ""),
    ...command,
    ...entrypoint,
    ...Object.values(labels),
    ...(healthcheck?.test ?? []),
    ...filesOf(service, model).map(({ file }) => file?.content ?? ""),
  ];
  return values.flatMap(wordsForHosts);
}

/** What Traefik's labels, whosesoever they are, have the gateway ask by name: whether a request is let in. */
function askedByGateway({ gateway, services }: Model): (readonly [string, Service])[] {
  if (gateway === undefined) return [];
  const addresses = Object.values(services).flatMap(({ labels = {} }) =>
    Object.entries(labels).flatMap(([label, url]) => (/\.forwardauth\.address$/i.test(label) ? [url] : [])),
  );
  return [[gateway, { command: addresses }]];
}

function defined<T>(values: readonly (T | undefined)[]): T[] {
  return values.filter((value) => value !== undefined);
}
