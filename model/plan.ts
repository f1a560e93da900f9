import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { startOrder } from "./graph.ts";
import type { Network, Volume } from "./project.ts";
import { routeLabels, type EntryPoint, type Route } from "./route.ts";
import { hasHealthcheck, type Condition, type Mount, type Service } from "./service.ts";
import type { Stack } from "./stack.ts";
import { milliseconds } from "./units.ts";

/** Everything that will be made, with its names: what the components are built from. */
export interface Plan {
  /** Compose project name; every name on the engine starts with it. */
  readonly project: string;
  /** Tiers in the order they are shown. */
  readonly tiers: readonly string[];
  /** Services in an order in which each stands behind all it waits for. */
  readonly services: readonly ServicePlan[];
  readonly networks: Readonly<Record<string, Network & { readonly name: string }>>;
  readonly volumes: Readonly<Record<string, Volume & { readonly name: string }>>;
}

export interface ServicePlan {
  readonly name: string;
  readonly tier: string;
  readonly containerName: string;
  /** What the container runs: the image's reference, with a tag of its own for each state of a build's context. */
  readonly image: string;
  /**
   * The service as it will run: stack config laid over, defaults filled in, names and paths resolved. Placeholders
   * stand for secrets in its environment.
   */
  readonly service: Service;
  readonly waitsFor: readonly { readonly service: string; readonly condition: Condition }[];
  readonly gate: Gate;
  readonly labels: Readonly<Record<string, string>>;
  /** Content of the files the container gets at its start, from the stack's configs. */
  readonly files: readonly { readonly target: string; readonly content: string; readonly mode?: string }[];
  /** Changes with anything in the definition, never with a secret or with where the checkout lies. */
  readonly revision: string;
  readonly route?: Route;
}

/** When a service counts as ready. */
export interface Gate {
  /** `healthy`: its health check passes. `running`: it runs. `completed`: it has ended with exit code 0. */
  readonly state: "healthy" | "running" | "completed";
  /** Whether it is meant to go on running, as opposed to a job or a one-shot that is not started again. */
  readonly stays: boolean;
  /** Milliseconds after which waiting for it is given up. */
  readonly timeout: number;
}

/** What the plan needs to know beyond the stack itself. */
export interface PlanOptions {
  readonly project: string;
  /** Absolute path of the project; kept out of revisions. */
  readonly directory: string;
  /** Where the gateway takes requests; for the labels of routed services. */
  readonly entryPoint?: EntryPoint;
  /** Hash of a service's build context, by service; read from the file system beforehand. */
  readonly buildHashes: Readonly<Record<string, string>>;
  /** Hash of the files that a job works on by bind mounts, by service; likewise read beforehand. */
  readonly boundFilesHashes?: Readonly<Record<string, string>>;
}

/** Marks what this program made, as opposed to what Compose made under the same project name. */
export const projectLabel = "io.super-team.project";
export const tierLabel = "io.super-team.tier";

/** The network that gives services on internal networks their published ports. */
const publishedNetwork = "published-ports";

/** The services that others wait for to complete: they are meant to end, with exit code 0. */
export function jobsOf(stack: Stack): ReadonlySet<string> {
  return new Set(
    Object.values(stack.services).flatMap(({ depends_on = {} }) =>
      Object.entries(depends_on)
        .filter(([, { condition }]) => condition === "service_completed_successfully")
        .map(([dependency]) => dependency),
    ),
  );
}

/**
 * The plan of a stack whose checks have passed.
 */
export function planOf(stack: Stack, options: PlanOptions): Plan {
  const started = startOrder(stack.services);
  if (started.cycles.length > 0)
    throw new Error("a stack with a cycle cannot be planned: its checks were skipped");
  const jobs = jobsOf(stack);
  const tierOf = new Map(
    stack.tiers.flatMap(({ name, services }) => services.map((service) => [service, name])),
  );
  const volumes = named(stack.volumes, options.project);
  const services = started.order.map((name): ServicePlan => {
    const isJob = jobs.has(name);
    const defined = withDefaults(stack.services[name] ?? {}, stack);
    const service = located(defined, volumes, options.directory);
    const files = (service.configs ?? []).map(({ source, target, mode }) => ({
      target,
      content: stack.configs[source]?.content ?? "",
      ...(mode === undefined ? {} : { mode }),
    }));
    const revision = revisionOf({
      service: defined,
      files,
      build: options.buildHashes[name],
      boundFiles: options.boundFilesHashes?.[name],
    });
    const tier = tierOf.get(name) ?? "";
    const route = service["x-route"];
    return {
      name,
      tier,
      image: imageOf(name, service, options),
      containerName: service.container_name ?? `${options.project}-${name}-1`,
      service,
      waitsFor: Object.entries(service.depends_on ?? {})
        .filter(([dependency]) => Object.hasOwn(stack.services, dependency))
        .map(([dependency, { condition }]) => ({ service: dependency, condition })),
      gate: gateOf(service, isJob),
      labels: {
        ...service.labels,
        ...(route === undefined || options.entryPoint === undefined
          ? {}
          : routeLabels(route, options.entryPoint)),
        "com.docker.compose.project": options.project,
        "com.docker.compose.service": name,
        "com.docker.compose.container-number": "1",
        "com.docker.compose.oneoff": "False",
        "com.docker.compose.config-hash": revision,
        "com.docker.compose.depends_on": dependenciesLabel(service),
        [projectLabel]: options.project,
        [tierLabel]: tier,
      },
      files,
      revision: revision.slice(0, 12),
      ...(route === undefined ? {} : { route }),
    };
  });
  const usesPublished = services.some(({ service }) =>
    Object.hasOwn(service.networks ?? {}, publishedNetwork),
  );
  const published: Network = {
    driver: "bridge",
    // Reachable from the host, but no way out: that is what the internal network was chosen for.
    driver_opts: { "com.docker.network.bridge.enable_ip_masquerade": "false" },
  };
  return {
    project: options.project,
    tiers: stack.tiers.map(({ name }) => name),
    services,
    networks: named(
      { ...stack.networks, ...(usesPublished ? { [publishedNetwork]: published } : {}) },
      options.project,
    ),
    volumes,
  };
}

/** By it Compose's commands know in which order to stop what they have no file of. */
function dependenciesLabel({ depends_on = {} }: Service): string {
  return Object.entries(depends_on)
    .map(([dependency, { condition }]) => `${dependency}:${condition}:false`)
    .join(",");
}

function named<T extends { readonly name?: string | undefined; readonly external?: boolean | undefined }>(
  parts: Readonly<Record<string, T>>,
  project: string,
): Record<string, T & { readonly name: string }> {
  return Object.fromEntries(
    Object.entries(parts).map(([key, part]) => [
      key,
      // What another project made has no name of this one's.
      { ...part, name: part.name ?? (part.external ? key : `${project}_${key}`) },
    ]),
  );
}

function withDefaults(service: Service, stack: Stack): Service {
  const networks = service.networks ?? {};
  const publishes = (service.ports ?? []).length > 0;
  const onlyInternal = Object.keys(networks).every((network) => stack.networks[network]?.internal === true);
  const check = service.healthcheck;
  return {
    ...service,
    // Docker's first probe comes after a whole interval; a start interval makes it come at once, but only within a
    // start period.
    ...(check?.start_period !== undefined && check.start_interval === undefined
      ? { healthcheck: { ...check, start_interval: "250ms" } }
      : {}),
    networks: publishes && onlyInternal ? { ...networks, [publishedNetwork]: null } : networks,
  };
}

/** A built image's tag changes with what it is built from: a changed source is a changed container, nothing else is. */
function imageOf(name: string, service: Service, { project, buildHashes }: PlanOptions): string {
  const image = service.image ?? `${project}-${name}`;
  if (service.build === undefined) return image;
  const hash = (buildHashes[name] ?? "").slice(0, 12);
  // A reference has a tag where a colon stands behind its last slash; before that it is a registry's port.
  return /:[^/]*$/.test(image) ? `${image}-${hash}` : `${image}:${hash}`;
}

/** The service with its paths as the engine needs them; a revision is taken before, so it knows of no checkout. */
function located(service: Service, volumes: Plan["volumes"], directory: string): Service {
  return {
    ...service,
    ...(service.build === undefined
      ? {}
      : { build: { ...service.build, context: resolve(directory, service.build.context) } }),
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

/** Docker's own defaults for what a health check leaves out. */
const engineDefaults = { interval: "30s", timeout: "30s", retries: 3, start_period: "0s" };

/** Beyond the slowest a health check can honestly take; an engine under load is late by seconds. */
const margin = 15_000;

function gateOf(service: Service, isJob: boolean): Gate {
  // A job's own work bounds it, not a health check: it may migrate a large table.
  if (isJob) return { state: "completed", stays: false, timeout: 3_600_000 };
  if (!hasHealthcheck(service)) {
    return { state: "running", stays: (service.restart ?? "no") !== "no", timeout: margin };
  }
  const { interval, timeout, retries, start_period } = { ...engineDefaults, ...service.healthcheck };
  const probe = milliseconds(interval) + milliseconds(timeout);
  return {
    state: "healthy",
    stays: true,
    timeout: milliseconds(start_period) + probe * (retries + 1) + margin,
  };
}

function revisionOf(definition: unknown): string {
  const text = JSON.stringify(definition, (_key, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  );
  return createHash("sha256").update(text).digest("hex");
}
