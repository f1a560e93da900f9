import { createHash } from "node:crypto";
import { own } from "../compose-spec/own.ts";
import type { Service } from "../compose-spec/service.ts";
import {
  componentType,
  earlierComponentType,
  networkTypes,
  projectLabel,
  type Component,
} from "../plan/package-names.ts";
import type { Plan, ServicePlan } from "../plan/plan.ts";

/** What is kept of a service with the stack's state, so that the next change can be told key by key. */
export interface ServiceRecord {
  /** The service as it was planned; placeholders stand for secrets. */
  readonly service: Service;
  readonly image: string;
  /** Hashes of the files that the containers got from configs and secrets, by the files' targets. */
  readonly files: Readonly<Record<string, string>>;
  readonly revision: string;
}

/** What a stack was when its last `up` ended, as its state has it. */
export interface Before {
  /** By name; of services that have containers, or had none by their number of replicas. */
  readonly services: Readonly<Record<string, ServiceBefore>>;
  /** Keys of the networks that were made for the stack. */
  readonly networks: readonly string[];
  /** Volumes by their key, with their names on the engine. */
  readonly volumes: Readonly<Record<string, string>>;
  /** Routes by name: what each takes, and where it leads. */
  readonly routes: Readonly<Record<string, string>>;
}

export interface ServiceBefore {
  /** Number of containers. */
  readonly containers: number;
  /** Absent where an earlier version made the state, and where the service was never ready. */
  readonly record?: ServiceRecord;
  /** Names of the secrets that the service has in a swarm, where another value is a secret of another name. */
  readonly secretNames?: readonly string[];
}

/** A resource of a stack's state, by what its URN, its type and its outputs say. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly outputs: Readonly<Record<string, unknown>>;
}

export function recordOf(plan: ServicePlan): ServiceRecord {
  const hashes = plan.files.map(({ target, ...rest }) => [target, hashOf(JSON.stringify(rest))]);
  const { image, revision } = plan;
  return {
    ...{ image, revision, service: asDefined(plan) },
    files: Object.fromEntries(hashes) as Record<string, string>,
  };
}

/** How often a service is probed while it starts is no change of the service where nobody has defined it. */
function asDefined({ service, choosesStartInterval }: ServicePlan): Service {
  const { healthcheck } = service;
  if (healthcheck === undefined || !choosesStartInterval) return service;
  const check = { ...healthcheck };
  delete check.start_interval;
  return { ...service, healthcheck: check };
}

/** @param project Compose project name: a state may have several projects. */
export function stackBefore(project: string, resources: readonly StateResource[]): Before {
  const outputs = (component: Component, isMeant: (resource: StateResource) => boolean) => {
    const types = [componentType(component), earlierComponentType(component)];
    return resources.find((resource) => types.includes(resource.type) && isMeant(resource))?.outputs ?? {};
  };
  const ofProject = outputs("Project", ({ outputs: { project: name } }) => name === project);
  const ofGateway = outputs("Gateway", ({ urn }) => nameIn(urn) === project);
  return {
    services: servicesIn(project, resources),
    networks: networksIn(project, resources),
    volumes: (ofProject.volumes ?? {}) as Readonly<Record<string, string>>,
    routes: (ofGateway.routes ?? ofProject.routes ?? {}) as Readonly<Record<string, string>>,
  };
}

/** The part of a stack that an update of some services is about. */
export function partOf(before: Before, { leftAlone, services, networks, volumes }: Plan): Before {
  if (leftAlone === undefined) return before;
  const names = services.map(({ name }) => name);
  return {
    ...before,
    services: Object.fromEntries(Object.entries(before.services).filter(([name]) => names.includes(name))),
    networks: before.networks.filter((key) => Object.hasOwn(networks, key)),
    volumes: Object.fromEntries(
      Object.entries(before.volumes).filter(([key]) => Object.hasOwn(volumes, key)),
    ),
  };
}

/** After an `up` to a swarm that failed, a network may be there as it was and as it is to be. */
function networksIn(project: string, resources: readonly StateResource[]): readonly string[] {
  const keys = resources.flatMap((resource) =>
    networkTypes.includes(resource.type) && isOf(project, resource)
      ? [labelsOf(resource)["com.docker.compose.network"] ?? nameIn(resource.urn)]
      : [],
  );
  return [...new Set(keys)];
}

function servicesIn(project: string, resources: readonly StateResource[]): Record<string, ServiceBefore> {
  const services: Record<string, ServiceBefore> = {};
  const secretNames: Record<string, readonly string[]> = {};
  for (const resource of resources) {
    const { urn, type, outputs } = resource;
    if (type === componentType("Service") && outputs.project === project) {
      const name = nameIn(urn);
      // In a swarm, only the service knows.
      const containers = typeof outputs.tasks === "number" ? outputs.tasks : 0;
      services[name] = { containers, ...services[name], ...recordIn(outputs.record) };
    } else if (type === "docker:index/container:Container" && isOf(project, resource)) {
      const name = labelsOf(resource)["com.docker.compose.service"] ?? "";
      services[name] = { ...services[name], containers: (services[name]?.containers ?? 0) + 1 };
    } else if (type === "docker:index/service:Service" && labelsOf(resource)[projectLabel] === project) {
      const name = labelsOf(resource)["com.docker.compose.service"] ?? "";
      secretNames[name] = secretNamesIn(outputs);
    }
  }
  const inSwarm = (name: string) => {
    const names = own(secretNames, name);
    return names === undefined ? {} : { secretNames: names };
  };
  return Object.fromEntries(
    Object.entries(services).map(([name, service]) => [name, { ...service, ...inSwarm(name) }]),
  );
}

function secretNamesIn(outputs: StateResource["outputs"]): readonly string[] {
  const { taskSpec } = outputs as {
    readonly taskSpec?: {
      readonly containerSpec?: { readonly secrets?: readonly { readonly secretName?: string }[] };
    };
  };
  return (taskSpec?.containerSpec?.secrets ?? []).flatMap(({ secretName }) => secretName ?? []);
}

/** A record that another version wrote otherwise is as good as none. */
function recordIn(text: unknown): { readonly record?: ServiceRecord } {
  try {
    return { record: JSON.parse(String(text)) as ServiceRecord };
  } catch {
    return {};
  }
}

/** Whether a network or a container was made for a project. */
function isOf(project: string, resource: StateResource): boolean {
  return labelsOf(resource)["com.docker.compose.project"] === project;
}

function labelsOf({ outputs }: StateResource): Readonly<Record<string, string>> {
  return labelsIn(outputs.labels);
}

/** The labels of a resource, as a state has the list. */
export function labelsIn(list: unknown): Readonly<Record<string, string>> {
  const labels = (list ?? []) as readonly { readonly label: string; readonly value: string }[];
  return Object.fromEntries(labels.map(({ label, value }) => [label, value]));
}

/** The name of a resource: the last part of its URN. */
export function nameIn(urn: string): string {
  return urn.split("::").at(-1) ?? "";
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}
