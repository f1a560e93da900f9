import { relative, resolve } from "node:path";
import { dependenciesOf, healthOfImages, jobsOf, linkOf } from "../model/dependencies.ts";
import { elsewhere, hasRoutes, routesVolume, type FilesHere, type PlaceHere } from "../model/elsewhere.ts";
import { folderMounts } from "../model/file-places.ts";
import { containerFiles, fileMounts, filesOf, type ContainerFile } from "../model/files.ts";
import { buildPlanOf, imageNamed, type BuildOptions, type BuildPlan } from "./build.ts";
import { gateOf, type Gate } from "./gate.ts";
import type { HandOver } from "./hand-over.ts";
import { projectLabel, tierLabel } from "./package-names.ts";
import { startOrder } from "../model/graph.ts";
import { named } from "../model/engine-names.ts";
import { defaultNetwork, networksJoinedBy } from "../model/networks.ts";
import type { Network, Volume } from "../compose-spec/definitions.ts";
import type { Route } from "../compose-spec/route.ts";
import { routeLabels, type EntryPoint } from "./route.ts";
import {
  replicasOf,
  seccompProfile,
  type Condition,
  type Mount,
  type Service,
} from "../compose-spec/service.ts";
import type { Model } from "../model/model.ts";
import { updatesIn, type Update } from "../model/update.ts";
import { withFolders } from "../compose-spec/build.ts";
import { withoutIgnored } from "../compose-spec/ignored.ts";
import { own } from "../compose-spec/own.ts";
import type { EngineContainer } from "../model/facts.ts";
import { revisionOf } from "./revision.ts";
import { leavesStartInterval, startInterval, startTogether } from "./start-interval.ts";

export type { Gate } from "./gate.ts";

/** Everything that will be made, with its names: what the components are built from. */
export interface Plan {
  /** Compose project name; every name on the engine starts with it. */
  readonly project: string;
  /** Tiers in the order they are shown. */
  readonly tiers: readonly string[];
  /** Services, each behind those that it waits for. */
  readonly services: readonly ServicePlan[];
  /** Further services of the stack, which this update leaves as they are. Default: none. */
  readonly leftAlone?: readonly ServicePlan[];
  readonly networks: Readonly<Record<string, NetworkPlan>>;
  readonly volumes: Readonly<Record<string, VolumePlan>>;
  /** What changes hands within the update; nothing where the engine was not asked. */
  readonly handOvers: readonly HandOver[];
  /** The volume with the files of the gateway's routes, and its path in the gateway; absent where they are in no volume. */
  readonly routesIn?: { readonly volume: string; readonly path: string };
}

export interface NetworkPlan extends Network {
  readonly name: string;
  /** The first tier that defines the network; absent for one that only the project needs. */
  readonly tier?: string;
}

export interface VolumePlan extends Volume {
  readonly name: string;
  /** The first tier that defines the volume; absent for one that the stack has no longer. */
  readonly tier?: string;
  /** Whether `destroy` leaves the volume, also in a stack that keeps no volumes: the volume is no longer the stack's. */
  readonly outlives?: boolean;
  /** Whether the volume goes with `destroy` in any case: nobody has data in it. */
  readonly goes?: boolean;
}

/** A file that is a config or a secret which a swarm has already. */
export interface ExternalFile extends Omit<ContainerFile, "content"> {
  readonly kind: "config" | "secret";
  readonly name: string;
  readonly id: string;
}

export interface ServicePlan {
  readonly name: string;
  readonly tier: string;
  /** Its containers, one for each replica; only their numbers differ. */
  readonly containers: readonly ContainerPlan[];
  /** How the containers are replaced by those of a new revision. */
  readonly update: Update;
  /**
   * Whether an old container is stopped only when everything else is ready for the new one, stays until the new one is ready,
   * and runs again where that does not become ready. So it is with the gateway, by which everything is reached.
   */
  readonly givesWay: boolean;
  /** What the container runs: the image's reference, with a tag of its own for each state of a build's context. */
  readonly image: string;
  /**
   * The service as it will run: stack config laid over, defaults filled in, names and paths resolved, networks in the
   * order in which they are joined. Placeholders stand for secrets.
   */
  readonly service: Service;
  /** How the image is built, as far as the definition does not say. */
  readonly build?: BuildPlan;
  readonly waitsFor: readonly Waiting[];
  readonly gate: Gate;
  /** Whether every service that depends on this service can do without: a gate that fails is then only a warning. */
  readonly optional: boolean;
  /** Labels of all its containers; each has its number besides. */
  readonly labels: Readonly<Record<string, string>>;
  /** What a job works on by bind mounts. */
  readonly worksOn?: BoundFiles;
  /**
   * Of a job, the names on the engine of the volumes that the job has prepared: its own, and those of the services that it
   * stands behind.
   */
  readonly preparedVolumes?: readonly string[];
  /** Files the containers get before they start, from the stack's configs and secrets, or from the project. */
  readonly files: readonly ContainerFile[];
  /** Whether the gate puts the files there and then starts the container: the provider puts none where nothing may be written. */
  readonly filesByGate: boolean;
  /** Files that are configs and secrets which the swarm has already; absent on an engine. */
  readonly external?: readonly ExternalFile[];
  /** Changes with anything in the definition, never with a secret, the number of replicas or the place of the checkout. */
  readonly revision: string;
  /** Whether the engine has containers of this revision already, or does not answer. */
  readonly stands: boolean;
  /** Whether the plan has chosen `healthcheck.start_interval`, by the stack and by the machine. */
  readonly choosesStartInterval: boolean;
  readonly route?: Route;
}

export interface ContainerPlan {
  /** Compose's name for it, and Pulumi's. */
  readonly name: string;
  /**
   * Its name on the engine: Compose's, or the service's `container_name`. Absent with start-first updates: the name is
   * then still the old container's, so Pulumi adds a suffix.
   */
  readonly containerName?: string;
  /** Counts from 1. */
  readonly number: number;
}

interface Waiting {
  readonly service: string;
  readonly condition: Condition;
  /** Whether the service is made anew when the other one is. */
  readonly restart: boolean;
}

/** What the plan needs to know beyond the stack itself. */
export interface PlanOptions extends BuildOptions {
  /** Where the gateway takes requests; for the labels of routed services. */
  readonly entryPoint?: EntryPoint;
  /** The files that a service reads when it starts, by service; read from the file system beforehand. */
  readonly boundFiles?: Readonly<Record<string, BoundFiles>>;
  /** Content of the seccomp profiles that services name, by path; likewise read beforehand. */
  readonly securityProfiles?: Readonly<Record<string, string>>;
  /** How many processors the engine's machine has. Default: not known. */
  readonly processors?: number | undefined;
  /** Whether configs and secrets are mounted, as a swarm does. Default: false; an engine puts files into containers. */
  readonly mountsFiles?: boolean;
  /** What services read of this machine, where the engine is on another one. Default: the engine sees the files itself. */
  readonly here?: { readonly files: FilesHere; readonly place: PlaceHere } | undefined;
  /** The engine's containers, whoever made them. Default: not known. */
  readonly onEngine?: readonly EngineContainer[] | undefined;
}

/** What a service reads of this machine when it starts. */
export interface BoundFiles {
  readonly hash: string;
  /** Absolute paths of files and folders. */
  readonly paths: readonly string[];
}

/** The network that gives services on internal networks their published ports. */
export const publishedNetwork = "published-ports";

/** The services that others depend on, where every one of the others can do without. */
function optionalServices(model: Model): ReadonlySet<string> {
  const dependencies = Object.values(model.services).flatMap((service) =>
    Object.entries(dependenciesOf(service)),
  );
  const names = new Set(dependencies.map(([name]) => name));
  for (const [name, { required }] of dependencies) if (required !== false) names.delete(name);
  return names;
}

/**
 * The plan of a stack whose checks have passed.
 */
export function planOf(model: Model, options: PlanOptions): Plan {
  const started = startOrder(model.services);
  if (started.cycles.length > 0)
    throw new Error("a stack with a cycle cannot be planned: its checks were skipped");
  const jobs = jobsOf(model);
  const ofImages = healthOfImages(model);
  const optional = optionalServices(model);
  const aliases = linkAliases(model);
  const tierOf = new Map(
    model.tiers.flatMap(({ name, services }) => services.map((service) => [service, name])),
  );
  const routesAt = routesElsewhere(model, options);
  const routes: Record<string, Volume & { goes: true }> =
    routesAt === undefined ? {} : { [routesVolume]: { goes: true } };
  const volumes: Plan["volumes"] = named({ ...model.volumes, ...routes }, options.project);
  const updateOf = updatesIn(model);
  const together = startTogether(model.services, started.order);
  const services = started.order.map((name): ServicePlan => {
    const written = model.services[name] ?? {};
    const { mounts, files } = filesAndMounts(written, model, options);
    const defined = withDefaults({ ...written, ...mounts }, model, aliases.get(name) ?? []);
    const service = located(probedInTime(written, defined, together, options), volumes, options);
    const bound = options.boundFiles?.[name];
    const revision = revisionOf({
      service: withoutReplicas(defined),
      files,
      build: options.buildHashes[name],
      boundFiles: bound?.hash,
    });
    const tier = tierOf.get(name) ?? "";
    const route = service["x-route"];
    const update = updateOf(name);
    return {
      name,
      tier,
      image: imageNamed(name, service, options),
      ...(service.build === undefined ? {} : { build: buildPlanOf(name, service.build, model, options) }),
      ...(jobs.has(name) && bound !== undefined ? { worksOn: bound } : {}),
      ...(jobs.has(name) ? { preparedVolumes: volumesBehind(name, model, volumes) } : {}),
      containers: containersOf(name, service, update, options.project),
      update,
      givesWay: name === model.gateway && update.order === "stop-first",
      service,
      waitsFor: Object.entries(dependenciesOf(service))
        .filter(([dependency]) => Object.hasOwn(model.services, dependency))
        .map(([dependency, { condition, restart = false }]) => ({ service: dependency, condition, restart })),
      gate: gateOf(service, jobs.has(name), ofImages.get(name)),
      // A revision that is not ready must not take the route of a revision that serves.
      optional: optional.has(name) && route === undefined,
      labels: {
        ...service.labels,
        ...(route === undefined || options.entryPoint === undefined
          ? {}
          : routeLabels(route, options.entryPoint)),
        "com.docker.compose.project": options.project,
        "com.docker.compose.service": name,
        "com.docker.compose.oneoff": "False",
        "com.docker.compose.config-hash": revision,
        "com.docker.compose.depends_on": dependenciesLabel(service, model),
        [projectLabel]: options.project,
        [tierLabel]: tier,
      },
      files,
      filesByGate: files.length > 0 && service.read_only === true,
      revision: revision.slice(0, 12),
      stands: standsOn(options, name, revision),
      choosesStartInterval: leavesStartInterval(written),
      ...(route === undefined ? {} : { route }),
    };
  });
  const joins = (network: string) =>
    services.some(({ service }) => Object.hasOwn(service.networks ?? {}, network));
  const published: Network = {
    driver: "bridge",
    // Reachable from the host, but no way out: that is what the internal network was chosen for.
    driver_opts: { "com.docker.network.bridge.enable_ip_masquerade": "false" },
  };
  return {
    project: options.project,
    tiers: model.tiers.map(({ name }) => name),
    services,
    networks: inTiers(
      "networks",
      model,
      named(
        {
          ...(joins(defaultNetwork) ? { [defaultNetwork]: {} } : {}),
          ...model.networks,
          ...(joins(publishedNetwork) ? { [publishedNetwork]: published } : {}),
        },
        options.project,
      ),
    ),
    volumes: inTiers("volumes", model, volumes),
    handOvers: [],
    ...(routesAt === undefined
      ? {}
      : { routesIn: { volume: volumes[routesVolume]?.name ?? "", path: routesAt } }),
  };
}

/**
 * The service with the start interval that this machine and this stack make good. The revision has been taken with the
 * shortest: how many services there are changes no other service.
 */
function probedInTime(
  written: Service,
  defined: Service,
  together: number,
  { processors }: PlanOptions,
): Service {
  const { healthcheck } = defined;
  if (healthcheck === undefined || !leavesStartInterval(written)) return defined;
  const start_interval = startInterval(healthcheck, together, processors);
  return { ...defined, healthcheck: { ...healthcheck, start_interval } };
}

function standsOn({ project, onEngine }: PlanOptions, service: string, revision: string): boolean {
  if (onEngine === undefined) return true;
  return onEngine.some((it) => it.project === project && it.service === service && it.revision === revision);
}

/** Networks or volumes, each with the tier that defines it. */
function inTiers<T extends object>(
  kind: "networks" | "volumes",
  { tiers }: Model,
  parts: Readonly<Record<string, T>>,
): Record<string, T & { readonly tier?: string }> {
  return Object.fromEntries(
    Object.entries(parts).map(([key, part]) => {
      const tier = tiers.find((candidate) => candidate[kind].includes(key));
      return [key, tier === undefined ? part : { ...part, tier: tier.name }];
    }),
  );
}

/** Compose's label of dependencies: its commands read there in which order to stop containers. */
function dependenciesLabel(service: Service, model: Model): string {
  return Object.entries(dependenciesOf(service))
    .filter(([name]) => Object.hasOwn(model.services, name))
    .map(([name, { condition, restart = false }]) => `${name}:${condition}:${String(restart)}`)
    .sort()
    .join(",");
}

function containersOf(
  service: string,
  definition: Service,
  { order }: Update,
  project: string,
): readonly ContainerPlan[] {
  return Array.from({ length: replicasOf(definition) }, (_, index) => {
    const name = `${project}-${service}-${index + 1}`;
    return {
      name,
      ...(order === "start-first" ? {} : { containerName: definition.container_name ?? name }),
      number: index + 1,
    };
  });
}

/**
 * The names under which others link to services, by service. The provider has no links: the names are aliases on the
 * service's networks, which others there can use as well.
 */
function linkAliases(model: Model): ReadonlyMap<string, readonly string[]> {
  const aliases = new Map<string, readonly string[]>();
  for (const { links = [] } of Object.values(model.services)) {
    for (const { service, alias } of links.map(linkOf)) {
      if (alias !== undefined) aliases.set(service, [...(aliases.get(service) ?? []), alias]);
    }
  }
  return aliases;
}

/** The files that a service's containers get before they start, and its mounts, if it has any. */
function filesAndMounts(
  service: Service,
  model: Model,
  { here, mountsFiles = false }: PlanOptions,
): { readonly mounts: Pick<Service, "volumes">; readonly files: readonly ContainerFile[] } {
  const referenced = filesOf(service, model);
  const { volumes, files } =
    here === undefined
      ? {
          volumes: [...(service.volumes ?? []), ...fileMounts(referenced)],
          files: containerFiles(referenced),
        }
      : elsewhere(service, model, here.files, here.place);
  const targets = mountsFiles ? [] : files.map(({ target }) => target);
  const mounts = [...volumes, ...folderMounts({ ...service, volumes }, targets)];
  return { mounts: mounts.length === 0 && service.volumes === undefined ? {} : { volumes: mounts }, files };
}

/** Where a gateway elsewhere finds its routes; absent where it finds them in a folder of this machine, or by labels. */
function routesElsewhere(model: Model, { here }: Pick<PlanOptions, "here">): string | undefined {
  const gateway = model.gateway === undefined ? undefined : own(model.services, model.gateway);
  if (here === undefined || gateway === undefined) return undefined;
  return gateway.volumes?.find((mount) => hasRoutes(mount, here.place))?.target;
}

function withDefaults(service: Service, model: Model, aliases: readonly string[]): Service {
  const joined = networksJoinedBy(service);
  const publishes = (service.ports ?? []).length > 0 && service.network_mode === undefined;
  const onlyInternal = Object.keys(joined).every(
    (network) => own(model.networks, network)?.internal === true,
  );
  const check = service.healthcheck;
  const networks = publishes && onlyInternal ? { ...joined, [publishedNetwork]: null } : joined;
  return {
    ...withoutIgnored(service),
    // Docker's first probe comes after a whole interval; a start interval makes it come at once, but only within a
    // start period.
    ...(leavesStartInterval(service) ? { healthcheck: { ...check, start_interval: "250ms" } } : {}),
    networks:
      aliases.length === 0
        ? networks
        : Object.fromEntries(
            Object.entries(networks).map(([network, attachment]) => [
              network,
              { ...attachment, aliases: [...(attachment?.aliases ?? []), ...aliases] },
            ]),
          ),
  };
}

/** Replicas and how they are updated are no part of a revision: containers that stay are left alone. */
function withoutReplicas(service: Service): Service {
  const rest = { ...service, ...(service.deploy === undefined ? {} : { deploy: { ...service.deploy } }) };
  delete rest.scale;
  delete rest.deploy?.replicas;
  delete rest.deploy?.update_config;
  return rest;
}

/** The volumes of a service, and of every service that it stands behind, by their names on the engine. */
function volumesBehind(name: string, model: Model, volumes: Plan["volumes"]): string[] {
  const services = new Set([name]);
  for (const service of services) {
    for (const dependency of Object.keys(dependenciesOf(model.services[service] ?? {})))
      services.add(dependency);
  }
  const mounted = [...services].flatMap((service) => own(model.services, service)?.volumes ?? []);
  const names = mounted.flatMap(({ type, source }) => {
    const volume = type === "volume" && source !== undefined ? own(volumes, source) : undefined;
    return volume === undefined ? [] : [volume.name];
  });
  return [...new Set(names)];
}

/** The service with paths, and the content of files, as the engine needs them. The revision has been taken before that. */
function located(
  service: Service,
  volumes: Plan["volumes"],
  { directory, program, securityProfiles = {} }: PlanOptions,
): Service {
  const withProfile = (option: string) => {
    const content = securityProfiles[seccompProfile(option) ?? ""];
    return content === undefined ? option : `seccomp=${content}`;
  };
  // Relative, so that images stay the same wherever the checkout lies.
  const place = (path: string) => relative(program, resolve(directory, path)) || ".";
  return {
    ...service,
    ...(service.build === undefined ? {} : { build: withFolders(service.build, place) }),
    ...(service.security_opt === undefined ? {} : { security_opt: service.security_opt.map(withProfile) }),
    ...(service.volumes === undefined
      ? {}
      : { volumes: service.volumes.map((mount) => withSource(mount, volumes, directory)) }),
  };
}

/** A mount's source as the engine knows it: the volume's full name, the absolute path. */
function withSource(mount: Mount, volumes: Plan["volumes"], directory: string): Mount {
  if (mount.source === undefined) return mount;
  if (mount.type === "bind") return { ...mount, source: resolve(directory, mount.source) };
  return { ...mount, source: volumes[mount.source]?.name ?? mount.source };
}
