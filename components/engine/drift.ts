import type { ContainerInspectInfo, EndpointSettings } from "dockerode";
import { endpointDrift, givenAliases, type Endpoint, type EndpointDrift } from "../plan/endpoints.ts";
import type { ServicePlan } from "../plan/plan.ts";
import { engine, isNotFound } from "./engine.ts";
import { inspectContainer } from "./inventory.ts";

/** What befell a container outside of Pulumi, and the Docker provider does not see. */
export interface Drift {
  /** What is wrong, for people; a service's name stands before it. */
  readonly what: string;
  /** What is done about it, for people: `is connected again`. */
  readonly remedy: string;
  readonly mend: () => Promise<void>;
}

/**
 * What befell a container, as it is now: its places on networks, the namespaces that it shares with another container, and
 * the volumes that it has prepared.
 *
 * @param endpoints What is planned; `undefined` for a container without networks of its own.
 */
export async function driftOf(
  container: ContainerInspectInfo,
  { gate, preparedVolumes = [] }: Pick<ServicePlan, "gate" | "preparedVolumes">,
  endpoints: readonly Endpoint[] | undefined,
): Promise<Drift[]> {
  return [
    ...(endpoints === undefined ? [] : await endpointsAstray(container, endpoints)),
    ...(await leftBehind(container, gate)),
    ...(await undone(container, preparedVolumes)),
  ];
}

async function endpointsAstray(
  { Id: id, NetworkSettings: { Networks: networks } }: ContainerInspectInfo,
  endpoints: readonly Endpoint[],
): Promise<Drift[]> {
  const ids = await networkIds();
  const present = Object.fromEntries(
    Object.entries(networks).map(([name, place]: [string, EndpointSettings]) => [
      name,
      {
        id: place.NetworkID ?? "",
        aliases: givenAliases(place.Aliases ?? [], id),
        ipv4: place.IPAMConfig?.IPv4Address,
        ipv6: place.IPAMConfig?.IPv6Address,
      },
    ]),
  );
  return endpointDrift(endpoints, present, ids).map((drift) => ({
    what: drift.what,
    remedy: drift.wanted === undefined ? "is disconnected" : "is connected again, as it is defined",
    mend: () => reconnect(id, drift),
  }));
}

let listing: Promise<Readonly<Record<string, string>>> | undefined;

/** Ids of the engine's networks by name. Gates that ask at the same time share an answer. */
function networkIds(): Promise<Readonly<Record<string, string>>> {
  const list = async () => {
    try {
      return Object.fromEntries((await engine.listNetworks()).map(({ Name: name, Id: id }) => [name, id]));
    } finally {
      listing = undefined;
    }
  };
  return (listing ??= list());
}

async function reconnect(id: string, { network: name, wanted, isConnected }: EndpointDrift): Promise<void> {
  const network = engine.getNetwork(name);
  if (isConnected) await network.disconnect({ Container: id, Force: true });
  if (wanted === undefined) return;
  const { aliases, ipv4_address, ipv6_address, link_local_ips, driver_opts, gw_priority } = wanted;
  const place = {
    Aliases: aliases,
    IPAMConfig: {
      IPv4Address: ipv4_address,
      IPv6Address: ipv6_address,
      LinkLocalIPs: link_local_ips,
    },
    DriverOpts: driver_opts,
    GwPriority: gw_priority,
  };
  await network.connect({ Container: id, EndpointConfig: place });
}

const namespaces = { NetworkMode: "network", PidMode: "processes", IpcMode: "shared memory" } as const;

/** A container that shares what another one has keeps what that had before its restart: of a network, `lo` alone. */
async function leftBehind(container: ContainerInspectInfo, gate: ServicePlan["gate"]): Promise<Drift[]> {
  const { Id: id, State: state, HostConfig: host } = container;
  const hasDone = !state.Running && !gate.stays && state.ExitCode === 0;
  if (hasDone || state.Status === "created" || state.Paused) return [];
  for (const [mode, shared] of Object.entries(namespaces)) {
    const [, other] = /^container:(.+)$/.exec(host[mode as keyof typeof namespaces] ?? "") ?? [];
    const owner = other === undefined ? undefined : await inspectContainer(other);
    if (owner === undefined || new Date(owner.State.StartedAt) <= new Date(state.StartedAt)) continue;
    return [
      {
        what: `has lost the ${shared} of ${owner.Name.slice(1)}, which was started anew`,
        remedy: "is restarted",
        mend: () => engine.getContainer(id).restart(),
      },
    ];
  }
  return [];
}

/** A job is done for the volumes that it found: in one that was made after it, such as an empty one, nothing is prepared. */
async function undone(
  { Id: id, State: { Status: status, ExitCode: code, StartedAt: at } }: ContainerInspectInfo,
  volumes: readonly string[],
): Promise<Drift[]> {
  // What has failed, or has not ended, is no preparation that was lost.
  if (status !== "exited" || code !== 0) return [];
  for (const volume of volumes) {
    const made = await madeAt(volume);
    if (made !== undefined && made <= new Date(at)) continue;
    return [
      {
        what: `has completed on volume \`${volume}\` before ${made === undefined ? "the volume was removed" : "the volume was made anew"}`,
        remedy: "is started again",
        mend: () => engine.getContainer(id).restart(),
      },
    ];
  }
  return [];
}

/** When a volume was made, to the second; `undefined` for one that is gone. A driver that does not know says long ago. */
async function madeAt(volume: string): Promise<Date | undefined> {
  try {
    const { CreatedAt: at } = (await engine.getVolume(volume).inspect()) as { readonly CreatedAt?: string };
    return new Date(at ?? 0);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
