import { startsEmpty } from "../checks/made-volumes.ts";
import { own } from "../compose-spec/own.ts";
import type { Service } from "../compose-spec/service.ts";
import { placeholders } from "../model/placeholder.ts";
import { isFixedInSwarm } from "../model/swarm.ts";
import { describeHandOvers } from "../plan/hand-over.ts";
import type { Plan, ServicePlan } from "../plan/plan.ts";
import { revisionOf } from "../plan/revision.ts";
import { recordOf, type Before, type ServiceBefore } from "./before.ts";
import { keyChanges, volumesWritten, type KeyChange } from "./keys.ts";

/** What an `up` would change. */
export interface Changes {
  /** Compose project name. */
  readonly project: string;
  /** Whether the stack has no services yet. */
  readonly isNew: boolean;
  readonly services: readonly ServiceChange[];
  readonly networks: readonly NetworkChange[];
  readonly volumes: readonly VolumeChange[];
  readonly routes: readonly RouteChange[];
  /** Ports that others than this machine can reach from now on. */
  readonly ports: readonly PortOpened[];
  /** What only one container at a time can have, and another one gets: a sentence each. */
  readonly handOvers: readonly string[];
}

export interface ServiceChange {
  readonly service: string;
  /** `drifted`: its definition is as it was, and something befell its containers outside of Pulumi. */
  readonly what: "added" | "removed" | "renamed" | "replaced" | "scaled" | "drifted";
  /** Of a service that is renamed, its name before. */
  readonly from?: string;
  /** Number of containers; nobody knows the number of a service that a swarm runs once on each node. */
  readonly replicas: {
    readonly before: number;
    readonly after: number;
    readonly onEachNode?: readonly ("before" | "after")[];
  };
  /** Whether the service is a job, which runs to its end. */
  readonly job: boolean;
  /** Whether its image is built by this `up`. */
  readonly builds: boolean;
  /** How its containers give way to new ones; of a service that is replaced. */
  readonly update?: Replacement;
  readonly keys: readonly KeyChange[];
  /** Why the service is replaced though no key has changed. */
  readonly reason?: string;
  /**
   * Names on the engine of the volumes that the service writes to. Those that are `left` are on a node of a swarm, and the
   * service may be on another one from now on.
   */
  readonly data: {
    readonly kept: readonly string[];
    readonly empty: readonly string[];
    readonly left?: readonly string[];
  };
  /** What befell its containers, and what `up` does about that. */
  readonly drift: readonly string[];
}

export interface Replacement {
  readonly order: "start-first" | "stop-first";
  /**
   * Who notices: nobody, those whose request fails while the gateway follows labels, whoever asks the container whose turn it
   * is, everybody for a while.
   */
  readonly gap: "none" | "requests" | "turns" | "gap";
  /** Why it is so; for people. */
  readonly because: string;
  /** Seconds of the gap as far as they were measured: how long the service took to start when it last did. */
  readonly seconds?: number;
  /** How many containers are exchanged at a time; absent where that is all of them. */
  readonly atATime?: number;
}

interface NetworkChange {
  /** Key in the definitions. */
  readonly network: string;
  readonly what: "new" | "gone" | "made anew";
}

export interface VolumeChange {
  /** Name on the engine. */
  readonly volume: string;
  /** `left behind`: the stack no longer has the volume, and no `up` removes it. */
  readonly what: "new" | "taken up again" | "left behind";
  /** Whether the nodes of a swarm make the volume, each its own, and none of them was asked. */
  readonly onNodes?: boolean;
}

interface RouteChange {
  readonly route: string;
  readonly what: "new" | "moved" | "gone";
  /** What the route takes and where it leads, before and now. */
  readonly before?: string;
  readonly after?: string;
}

interface PortOpened {
  readonly service: string;
  /** Host port, with its address if it has one; `any free port` where the engine chooses. */
  readonly port: string;
}

/** What the machine and Pulumi say of an update beside the two plans. What is not known is left out. */
export interface Observed {
  /** Names of the planned containers that are made, or made anew. */
  readonly made: readonly string[];
  /** Keys of the networks that are made, or made anew. */
  readonly networksMade: readonly string[];
  /** Names of the services whose image is another one, as far as it is not built. */
  readonly imagesMade: readonly string[];
  /** Names of the volumes that the engine has. */
  readonly volumes?: readonly string[];
  /** Names of the stack's secrets. */
  readonly secrets: readonly string[];
  /** What befell the containers of services, in words. */
  readonly drift: Readonly<Record<string, readonly string[]>>;
  /** Seconds that services took to start when they last did. */
  readonly starts: Readonly<Record<string, number>>;
  /** The gateway's routes by name: what each takes, and where it leads. */
  readonly routes: Readonly<Record<string, string>>;
  /** Whether the stack is in a swarm. */
  readonly inSwarm?: boolean;
  /** Names in the definitions of the secrets that have another value, by service; known in a swarm alone. */
  readonly secretsMade?: Readonly<Record<string, readonly string[]>>;
  /** Whether the gateway reads its routes from files, which are moved when the new servers serve. */
  readonly routesFromFiles: boolean;
}

/** What an update from one plan to another one changes. */
export function changesBetween(before: Before, plan: Plan, observed: Observed): Changes {
  const context = { before, plan, observed, empty: emptyVolumes(before, plan, observed) };
  return {
    project: plan.project,
    isNew: Object.keys(before.services).length === 0,
    services: serviceChanges(context),
    networks: networkChanges(context),
    volumes: volumeChanges(context),
    routes: routeChanges(before.routes, observed.routes),
    ports: portsOpened(before, plan),
    handOvers: describeHandOvers(plan.handOvers),
  };
}

interface Context {
  readonly before: Before;
  readonly plan: Plan;
  readonly observed: Observed;
  /** Names of the volumes that the engine does not have yet. */
  readonly empty: readonly string[];
}

/** Where no engine says which volumes there are, the state does. */
function emptyVolumes(before: Before, { volumes }: Plan, { volumes: onEngine }: Observed): string[] {
  const known = onEngine ?? Object.values(before.volumes);
  return Object.values(volumes).flatMap((volume) => (startsEmpty(volume, known) ? [volume.name] : []));
}

function serviceChanges(context: Context): ServiceChange[] {
  const { before, plan, observed } = context;
  const planned = new Set(plan.services.map(({ name }) => name));
  // A swarm has a service without containers, too.
  const gone = Object.entries(before.services).filter(
    ([name, { containers }]) => (containers > 0 || observed.inSwarm === true) && !planned.has(name),
  );
  const renamed = new Set<string>();
  const changed = plan.services.flatMap((service) => {
    const was = own(before.services, service.name);
    if (was === undefined) {
      const from = nameBefore(
        gone.filter(([name, { containers }]) => containers > 0 && !renamed.has(name)),
        service,
        context,
      );
      if (from !== undefined) renamed.add(from);
      return [added(service, from, context)];
    }
    return changeOf(service, was, context);
  });
  return [
    ...changed,
    ...gone.filter(([name]) => !renamed.has(name)).map(([name, was]) => removed(name, was, context)),
  ];
}

/** Of a service that has a new name, and nothing else that is new, the name before: that of the most similar one. */
function nameBefore(
  gone: readonly (readonly [name: string, service: ServiceBefore])[],
  service: ServicePlan,
  { observed }: Context,
): string | undefined {
  const named = ["container_name", "hostname", "x-route"];
  const similar = gone.flatMap(([name, { record }]) => {
    if (record === undefined) return [];
    const changed = keyChanges(record, recordOf(service), observed.secrets);
    const isSame = changed.every(({ path }) => named.includes(path.split(".")[0] ?? ""));
    return isSame ? [{ name, changed: changed.length }] : [];
  });
  return similar.sort((one, other) => one.changed - other.changed)[0]?.name;
}

function added(service: ServicePlan, from: string | undefined, context: Context): ServiceChange {
  return {
    ...unchanged(service, context),
    what: from === undefined ? "added" : "renamed",
    ...(from === undefined ? {} : { from }),
    replicas: replicasOf({ containers: 0 }, service, context),
    builds: service.service.build !== undefined,
  };
}

function removed(name: string, was: ServiceBefore, context: Context): ServiceChange {
  const kept = was.record === undefined ? [] : volumesWritten(was.record.service);
  return {
    ...{ service: name, what: "removed", job: false, builds: false, keys: [], drift: [] },
    replicas: replicasOf(was, undefined, context),
    data: { kept, empty: [] },
  };
}

function replicasOf(
  { containers, record }: ServiceBefore,
  now: ServicePlan | undefined,
  { observed }: Context,
): ServiceChange["replicas"] {
  const isOnEachNode = (service?: Service) => observed.inSwarm === true && service?.deploy?.mode === "global";
  const onEachNode = [
    ...(isOnEachNode(record?.service) ? (["before"] as const) : []),
    ...(isOnEachNode(now?.service) ? (["after"] as const) : []),
  ];
  return {
    before: containers,
    after: now?.containers.length ?? 0,
    ...(onEachNode.length === 0 ? {} : { onEachNode }),
  };
}

/** What a change says of a service in any case. */
function unchanged({ name, gate, service }: ServicePlan, { observed, empty }: Context) {
  const volumes = volumesWritten(service);
  return {
    service: name,
    job: gate.state === "completed",
    keys: [],
    data: {
      kept: volumes.filter((volume) => !empty.includes(volume)),
      empty: volumes.filter((volume) => empty.includes(volume)),
    },
    drift: own(observed.drift, name) ?? [],
  };
}

function changeOf(service: ServicePlan, was: ServiceBefore, context: Context): ServiceChange[] {
  const { observed } = context;
  const { containers, image } = service;
  const replicas = replicasOf(was, service, context);
  const stays = containers.slice(0, replicas.before);
  const isReplaced = stays.some((container) => observed.made.includes(container.name));
  const common = { ...unchanged(service, context), replicas };
  if (isReplaced) {
    const now = recordOf(service);
    const keys = was.record === undefined ? [] : keyChanges(was.record, now, observed.secrets);
    const reason = keys.length > 0 ? besideKeys(service, keys, context) : reasonOf(service, was, context);
    const builds = service.service.build !== undefined && was.record?.image !== image;
    const data = withoutThoseLeft(common.data, keys, context);
    return [
      {
        ...{ ...common, what: "replaced", builds, keys, data },
        update: replacementOf(service, replicas.before, keys, context),
        ...(reason === undefined ? {} : { reason }),
      },
    ];
  }
  if (replicas.before !== replicas.after) return [{ ...common, what: "scaled", builds: false }];
  return common.drift.length === 0 ? [] : [{ ...common, what: "drifted", builds: false }];
}

/** A volume of a swarm is its node's, unless its driver shares the data. */
function withoutThoseLeft(
  data: ServiceChange["data"],
  keys: readonly KeyChange[],
  { plan, observed }: Context,
): ServiceChange["data"] {
  const moves = keys.some(({ path }) => path.startsWith("deploy.placement.constraints"));
  if (observed.inSwarm !== true || !moves) return data;
  const shared = Object.values(plan.volumes).flatMap(({ name, driver = "local", driver_opts = {} }) =>
    driver === "local" && Object.keys(driver_opts).length === 0 ? [] : [name],
  );
  const left = data.kept.filter((volume) => !shared.includes(volume));
  return left.length === 0
    ? data
    : { ...data, kept: data.kept.filter((volume) => shared.includes(volume)), left };
}

function replacementOf(
  { name, service, update, route, containers }: ServicePlan,
  before: number,
  keys: readonly KeyChange[],
  context: Context,
): Replacement {
  const { observed } = context;
  const network = networkMade(service, context);
  const seconds = own(observed.starts, name);
  const measured = seconds === undefined ? {} : { seconds };
  if (network !== undefined) {
    return { order: "stop-first", gap: "gap", because: `its network ${network} is made anew`, ...measured };
  }
  const fixed = observed.inSwarm === true ? keys.find(({ path }) => isFixedInSwarm(path)) : undefined;
  if (fixed !== undefined) {
    const why = `a swarm's service has its ${fixed.path} for life, and is made anew`;
    return { order: "stop-first", gap: "gap", because: why, ...measured };
  }
  const { order, because, parallelism } = update;
  const turns = containers.length > parallelism ? { atATime: parallelism } : {};
  if (order === "stop-first" && Math.min(before, containers.length) > parallelism)
    return { order, gap: "turns", because, ...turns };
  if (order === "stop-first") return { order, gap: "gap", because, ...measured, ...turns };
  const gap = route === undefined || observed.routesFromFiles ? "none" : "requests";
  return { order, gap, because, ...turns };
}

/** Every container on a network that is made anew is removed first. A network that is merely new cuts nobody off. */
function networkMade({ networks = {} }: Service, { before, observed }: Context): string | undefined {
  return Object.keys(networks).find(
    (network) => before.networks.includes(network) && observed.networksMade.includes(network),
  );
}

/** What a person should know beside the keys that have changed. */
function besideKeys({ name }: ServicePlan, keys: readonly KeyChange[], context: Context): string | undefined {
  const isMoved = keys.every(({ path }) => path.startsWith("deploy.placement."));
  // A swarm leaves such a container, unless the provider sends the variables in another order.
  const stays =
    context.observed.inSwarm === true && isMoved ? "a container on a node that fits may stay" : undefined;
  return secretsMadeOf(name, context) ?? stays;
}

function reasonOf(service: ServicePlan, { record }: ServiceBefore, context: Context): string | undefined {
  const { observed, plan } = context;
  const { name, image, revision, waitsFor, route } = service;
  // An earlier version kept nothing to compare with.
  if (record === undefined) return undefined;
  if (record.image !== image) return "what its image is built from has changed";
  const secretsMade = secretsMadeOf(name, context);
  if (secretsMade !== undefined) return secretsMade;
  if (revisionOf([record.service["x-route"]]) !== revisionOf([route])) return "its route has changed";
  if (record.revision !== revision) return "a file that it has by a bind mount has changed";
  if (networkMade(service.service, context) !== undefined) return undefined;
  if (observed.imagesMade.includes(name)) return `${image} is another image now`;
  const restarts = waitsFor.find(
    ({ service: other, restart }) =>
      restart &&
      plan.services.some(
        ({ name: of, containers }) =>
          of === other && containers.some((container) => observed.made.includes(container.name)),
      ),
  );
  if (restarts !== undefined) return `it restarts with ${restarts.service}`;
  const secrets = secretsOf(service, observed);
  if (secrets.length === 0) return undefined;
  return `${secrets.length === 1 ? "a secret that it uses has" : "one of the secrets that it uses has"} changed: ${secrets.join(", ")}`;
}

/** In a swarm, each secret has a name of its own for each value. */
function secretsMadeOf(service: string, { observed: { secretsMade = {} } }: Context): string | undefined {
  const names = own(secretsMade, service) ?? [];
  if (names.length === 0) return undefined;
  return `${names.length === 1 ? "a secret that it uses has" : "secrets that it uses have"} changed: ${names.join(", ")}`;
}

/** A file of this machine that is a secret has a name that tells nobody anything: such a file is told by its place. */
function secretsOf({ service, files }: ServicePlan, { secrets }: Observed): string[] {
  const named = placeholders(JSON.stringify([service, files]));
  const placeOf = (name: string) => files.find(({ content }) => content === `\${${name}}`)?.target;
  return secrets.flatMap((name) =>
    named.includes(name) ? [name.startsWith("file_") ? (placeOf(name) ?? name) : name] : [],
  );
}

function networkChanges({ before, plan, observed }: Context): NetworkChange[] {
  const { networks: was } = before;
  const changed = Object.entries(plan.networks).flatMap(([network, { external }]): NetworkChange[] => {
    if (external === true) return [];
    if (!was.includes(network)) return [{ network, what: "new" }];
    return observed.networksMade.includes(network) ? [{ network, what: "made anew" }] : [];
  });
  const gone = was.filter((network) => own(plan.networks, network) === undefined);
  return [...changed, ...gone.map((network): NetworkChange => ({ network, what: "gone" }))];
}

function volumeChanges({ before, plan, observed, empty }: Context): VolumeChange[] {
  const had = Object.values(before.volumes);
  const onNodes = observed.inSwarm === true ? { onNodes: true } : {};
  const made = Object.values(plan.volumes).flatMap(({ name, external }): VolumeChange[] => {
    if (external === true || had.includes(name)) return [];
    const isThere = observed.volumes !== undefined && !empty.includes(name);
    return [{ volume: name, what: isThere ? "taken up again" : "new", ...onNodes }];
  });
  // What an earlier update left behind is there under its name, as no key of definitions is.
  const defined = Object.entries(plan.volumes).flatMap(([, { name, external, outlives }]) =>
    external === true || outlives !== undefined ? [] : [name],
  );
  const left = Object.entries(before.volumes).flatMap(([key, name]): VolumeChange[] =>
    key === name || defined.includes(name) ? [] : [{ volume: name, what: "left behind", ...onNodes }],
  );
  return [...made, ...left];
}

/** A route is called after its prefix: one that goes while another one leads to the same place has moved. */
function routeChanges(was: Before["routes"], now: Observed["routes"]): RouteChange[] {
  const changes = namedRouteChanges(was, now);
  const placeOf = (words = "") => words.split(" → ").at(-1);
  const movedFrom = ({ what, after }: RouteChange) =>
    what === "new"
      ? changes.find(({ what: of, before }) => of === "gone" && placeOf(before) === placeOf(after))
      : undefined;
  return changes.flatMap((change): RouteChange[] => {
    const from = movedFrom(change);
    if (from?.before !== undefined) return [{ ...change, what: "moved", before: from.before }];
    return changes.some((other) => movedFrom(other) === change) ? [] : [change];
  });
}

function namedRouteChanges(was: Before["routes"], now: Observed["routes"]): RouteChange[] {
  return [...new Set([...Object.keys(was), ...Object.keys(now)])].flatMap((route): RouteChange[] => {
    const [before, after] = [own(was, route), own(now, route)];
    if (before === after) return [];
    const what = before === undefined ? "new" : after === undefined ? "gone" : "moved";
    return [
      { route, what, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) },
    ];
  });
}

function portsOpened(before: Before, { services }: Plan): PortOpened[] {
  return services.flatMap(({ name, service }) => {
    const was = own(before.services, name);
    // Without a record nobody knows which ports were open.
    if (was !== undefined && was.record === undefined) return [];
    const had = openPorts(was?.record?.service ?? {});
    return openPorts(service)
      .filter((port) => !had.includes(port))
      .map((port) => ({ service: name, port }));
  });
}

function openPorts({ ports = [] }: Service): string[] {
  return ports.flatMap(({ host_ip = "", published = "any free port", protocol = "tcp" }) => {
    if (/^(?:127\.|::1$)/.test(host_ip)) return [];
    const address = ["", "0.0.0.0", "::"].includes(host_ip) ? "" : `${host_ip}:`;
    return [`${address}${published}${protocol === "tcp" ? "" : `/${protocol}`}`];
  });
}
