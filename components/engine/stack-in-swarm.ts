import { createHash } from "node:crypto";
import { labelValue, revisionLabel, tierLabel } from "../plan/package-names.ts";
import { engine } from "./engine.ts";
import { nodeName, nodesInSwarm } from "./nodes.ts";
import { comparable, isOfDefinition, type ServiceSeen, type TaskOfService, type TaskSeen } from "./tasks.ts";

/** What a manager has of a stack now. */
interface StackInSwarm {
  /** By name. */
  readonly services: readonly StackService[];
  /** All nodes of the swarm, by name. */
  readonly nodes: readonly SwarmNode[];
}

/** A service of a stack in a swarm. */
export interface StackService {
  readonly id: string;
  readonly tier: string;
  readonly service: string;
  /** A hash of what somebody changes by hand, and `up` changes back. */
  readonly look: string;
  /** How many tasks the manager wants; `undefined` for one on each node. */
  readonly wanted: number | undefined;
  /** Whether its tasks run once. */
  readonly isJob: boolean;
  /** Changes with all that its containers are made from. */
  readonly revision: string | undefined;
  /** When it was last changed, also by the swarm itself. */
  readonly changed: string | undefined;
  /** How its last update went, by the manager's words; absent where there was none. */
  readonly update?: { readonly state: string; readonly message: string };
  /** Those that run or are to run, and those that have completed, by node. */
  readonly tasks: readonly StackTask[];
  /** The volumes that it has, by their names, with the nodes on which it ran as far as the manager remembers. */
  readonly volumes: Readonly<Record<string, readonly string[]>>;
}

/** A task of a stack, with its node. */
export interface StackTask {
  readonly id: string;
  /** As Docker calls its container, without the id at the end. */
  readonly name: string;
  readonly node: string;
  readonly state: string;
  readonly error: string;
  readonly since: string;
  /** Whether it was made from the definition that its service has now. */
  readonly isCurrent: boolean;
  /** Ports of its node by the container's port: `{ "80/tcp": [8080] }`. */
  readonly ports: Readonly<Record<string, readonly number[]>>;
}

export interface SwarmNode {
  /** Its host name; with the beginning of its id where several have that name. */
  readonly node: string;
  /** `manager` or `worker`. */
  readonly role: string;
  /** The manager's word: `ready`, `down`, `disconnected`, `unknown`. */
  readonly state: string;
  /** `active`, `pause` or `drain`. */
  readonly availability: string;
}

/** A service with the volumes of its containers. */
type ServiceWithMounts = ServiceSeen & {
  readonly Spec: {
    readonly TaskTemplate: {
      readonly ContainerSpec?: {
        readonly Mounts?: readonly { readonly Type: string; readonly Source?: string }[] | null;
      };
    };
  };
};

/** @param label The label, with its value, of all services and containers of the project. */
export async function stackInSwarm(label: string): Promise<StackInSwarm> {
  const filters = { label: [label] };
  const [services, tasks, nodes] = await Promise.all([
    engine.listServices({ filters }) as unknown as Promise<readonly ServiceWithMounts[]>,
    engine.listTasks({ filters }) as unknown as Promise<readonly TaskOfService[]>,
    nodesInSwarm(),
  ]);
  const nameOf: NameOf = (id) => nodeName(id, nodes);
  return {
    services: services
      .map((service) => serviceOf(service, tasks, nameOf))
      .sort((one, other) => one.service.localeCompare(other.service)),
    nodes: nodes
      .map(({ ID: id, Spec: { Role: role, Availability: availability }, Status: { State: state } }) => ({
        ...{ node: nameOf(id), role, state, availability },
      }))
      .sort((one, other) => one.node.localeCompare(other.node)),
  };
}

type NameOf = (id: string | undefined) => string;

function serviceOf(service: ServiceWithMounts, all: readonly TaskOfService[], nameOf: NameOf): StackService {
  const { Spec: spec, UpdateStatus: { State: state, Message: message = "" } = {} } = service;
  const tasks = all.filter(({ ServiceID: id }) => id === service.ID);
  const isCurrent = isOfDefinition(service);
  const places = [...new Set(tasks.flatMap(({ NodeID: id }) => (id ? [nameOf(id)] : [])))].sort();
  const volumes = (spec.TaskTemplate.ContainerSpec?.Mounts ?? []).flatMap(
    ({ Type: type, Source: name = "" }) =>
      type === "volume" && name !== "" ? [[name, places] as const] : [],
  );
  const labels = spec.Labels ?? {};
  return {
    id: service.ID,
    look: lookOfService(service),
    tier: labelValue(labels, tierLabel) ?? "",
    service: labels["com.docker.compose.service"] ?? spec.Name,
    wanted: spec.Mode?.Replicated?.Replicas,
    isJob: spec.TaskTemplate.RestartPolicy?.Condition === "none",
    revision: labels[revisionLabel],
    changed: service.UpdatedAt,
    ...(state === undefined ? {} : { update: { state, message } }),
    tasks: tasks
      .filter(({ DesiredState: desired, Status }) => desired === "running" || Status.State === "complete")
      .map((task) => ({
        id: task.ID,
        name: `${spec.Name}.${task.Slot ?? task.NodeID ?? ""}`,
        node: nameOf(task.NodeID),
        state: task.Status.State,
        error: task.Status.Err ?? "",
        since: task.Status.Timestamp,
        isCurrent: isCurrent(task),
        ports: portsOf(task),
      }))
      .sort((one, other) => one.node.localeCompare(other.node) || one.name.localeCompare(other.name)),
    volumes: Object.fromEntries(volumes),
  };
}

/** How many tasks there are is told by itself, and a restart by hand is no change. */
function lookOfService({
  Spec: { TaskTemplate: task, EndpointSpec: endpoint, Labels: labels },
}: ServiceSeen): string {
  const look = [comparable({ ...task, ForceUpdate: undefined }), endpoint, labels];
  return createHash("sha256").update(JSON.stringify(look)).digest("hex").slice(0, 16);
}

function portsOf({ Status: { PortStatus: published } }: TaskSeen): Record<string, number[]> {
  const ports: Record<string, number[]> = {};
  for (const { Protocol, TargetPort, PublishedPort } of published?.Ports ?? []) {
    if (PublishedPort !== undefined) (ports[`${TargetPort}/${Protocol}`] ??= []).push(PublishedPort);
  }
  return ports;
}
