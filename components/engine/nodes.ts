import { engine } from "./engine.ts";
import type { VolumeDefinition } from "./volumes.ts";

type Labels = Readonly<Record<string, string>>;

/** A node of a swarm as a manager tells of it, as far as it is read here. */
export interface NodeSeen {
  readonly ID: string;
  readonly Spec: { readonly Role: string; readonly Availability: string; readonly Labels?: Labels | null };
  readonly Status: { readonly State: string };
  readonly Description: {
    readonly Hostname: string;
    readonly Platform?: { readonly OS?: string; readonly Architecture?: string };
    readonly Engine?: { readonly Labels?: Labels | null };
  };
}

/** How a service of a swarm has a volume. */
export interface VolumeMount {
  readonly service: string;
  /** The volume's key in the definitions. */
  readonly key: string;
  readonly volume: VolumeDefinition;
  readonly writes: boolean;
  /** Where containers of the service may run, such as `node.labels.disk == db`. */
  readonly constraints: readonly string[];
  /** Ids of the nodes on which containers of the service run. */
  readonly runsOn: readonly string[];
}

export async function nodesInSwarm(): Promise<readonly NodeSeen[]> {
  return (await engine.listNodes()) as NodeSeen[];
}

/** A node's host name; with the beginning of its id where several have that name. */
export function nodeName(id: string | undefined, nodes: readonly NodeSeen[]): string {
  const node = nodes.find(({ ID }) => ID === id);
  if (node === undefined) return "-";
  const { Hostname: name } = node.Description;
  const isOnly = nodes.filter(({ Description }) => Description.Hostname === name).length === 1;
  return isOnly ? name : `${name} (${node.ID.slice(0, 5)})`;
}

/**
 * The nodes that may have the data of a volume: those on which services that write to the volume may run, or of several
 * such nodes, those on which the services do run. Pure: judges what a manager answers.
 *
 * @param mounts All of the volume.
 */
export function nodesWithVolume(
  mounts: readonly VolumeMount[],
  nodes: readonly NodeSeen[],
): readonly NodeSeen[] {
  const writers = mounts.filter(({ writes }) => writes);
  const users = writers.length > 0 ? writers : mounts;
  const fitting = nodes.filter((node) =>
    users.every(({ constraints }) => constraints.every((constraint) => fits(node, constraint))),
  );
  const running = fitting.filter(({ ID: id }) => users.some(({ runsOn }) => runsOn.includes(id)));
  return running.length > 0 ? running : fitting;
}

/** As a swarm decides it: the whole value counts, and capital letters do not. */
function fits(node: NodeSeen, constraint: string): boolean {
  const [, key = "", operator, value = ""] = /^\s*(\S+?)\s*([=!]=)\s*(.*?)\s*$/.exec(constraint) ?? [];
  const actual = valueOf(key, node);
  // What nobody knows here excludes no node.
  if (actual === undefined) return true;
  return (actual.toLowerCase() === value.toLowerCase()) === (operator === "==");
}

function valueOf(key: string, { ID, Spec, Description }: NodeSeen): string | undefined {
  const [, of, label = ""] = /^(node|engine)\.labels\.(.+)$/.exec(key) ?? [];
  if (of === "node") return Spec.Labels?.[label] ?? "";
  if (of === "engine") return Description.Engine?.Labels?.[label] ?? "";
  const values: Readonly<Record<string, string | undefined>> = {
    "node.id": ID,
    "node.hostname": Description.Hostname,
    "node.role": Spec.Role,
    "node.platform.os": Description.Platform?.OS,
    "node.platform.arch": Description.Platform?.Architecture,
  };
  return values[key];
}

interface ServiceWithMounts {
  readonly ID: string;
  readonly Spec: {
    readonly Name: string;
    readonly Labels?: Labels | null;
    readonly TaskTemplate: {
      readonly ContainerSpec?: { readonly Mounts?: readonly MountSeen[] | null };
      readonly Placement?: { readonly Constraints?: readonly string[] | null };
    };
  };
}

interface MountSeen {
  readonly Type: string;
  readonly Source?: string;
  readonly ReadOnly?: boolean;
  readonly VolumeOptions?: {
    readonly Labels?: Labels | null;
    readonly DriverConfig?: { readonly Name?: string; readonly Options?: Labels | null } | null;
  };
}

/** How the services of a project have volumes that definitions name, as a manager has the services now. */
export async function mountsInSwarm(label: string, serviceLabel: string): Promise<VolumeMount[]> {
  const filters = { label: [label] };
  const [services, tasks] = await Promise.all([
    engine.listServices({ filters }) as unknown as Promise<readonly ServiceWithMounts[]>,
    engine.listTasks({ filters: { ...filters, "desired-state": ["running"] } }) as unknown as Promise<
      readonly { readonly ServiceID: string; readonly NodeID?: string }[]
    >,
  ]);
  return services.flatMap(({ ID: id, Spec: { Name: name, Labels: labels, TaskTemplate: template } }) =>
    (template.ContainerSpec?.Mounts ?? []).flatMap((mount) => {
      const volumeLabels = mount.VolumeOptions?.Labels ?? {};
      const key = volumeLabels["com.docker.compose.volume"];
      if (mount.Type !== "volume" || key === undefined) return [];
      const { Name: driver = "local", Options: options } = mount.VolumeOptions?.DriverConfig ?? {};
      return [
        {
          ...{ service: labels?.[serviceLabel] ?? name, key, writes: mount.ReadOnly !== true },
          volume: { name: mount.Source ?? "", driver, driverOptions: options ?? {}, labels: volumeLabels },
          constraints: template.Placement?.Constraints ?? [],
          runsOn: tasks.flatMap(({ ServiceID, NodeID }) =>
            ServiceID === id && NodeID !== undefined ? [NodeID] : [],
          ),
        },
      ];
    }),
  );
}
