import type { ContainerInspectInfo } from "dockerode";
import { portsByContainer } from "../model/host-ports.ts";
import type { ServicePlan } from "../plan/plan.ts";
import { engine, engineHost } from "./engine.ts";

/** The addresses of a container's published ports: `{"8000/tcp": "localhost:8001"}`. */
export type PublishedPorts = Readonly<Record<string, string>>;

/** Asks the engine, because only the engine knows a port that it chose. */
export async function publishedPorts(containerId: string): Promise<PublishedPorts> {
  return publishedPortsOf(await engine.getContainer(containerId).inspect());
}

/** The addresses of the published ports of a container, as the engine tells of the container. */
export function publishedPortsOf(container: Pick<ContainerInspectInfo, "NetworkSettings">): PublishedPorts {
  const published: Record<string, string> = {};
  for (const { internal, protocol, ip, external } of bindingsOf(container)) {
    // A port with several host ports is told by the first.
    published[`${internal}/${protocol}`] ??= `${hostOf(ip)}:${external}`;
  }
  return published;
}

/** A binding of a container's port to a host port. */
export interface PortBinding {
  readonly internal: number;
  readonly protocol: string;
  readonly ip: string;
  readonly external: number;
}

/** A container's bindings, in the engine's order for the bindings of one port. */
export async function portBindings(containerId: string): Promise<PortBinding[]> {
  return bindingsOf(await engine.getContainer(containerId).inspect());
}

function bindingsOf({
  NetworkSettings: settings,
}: Pick<ContainerInspectInfo, "NetworkSettings">): PortBinding[] {
  const bound = Object.entries(
    settings.Ports as Record<string, { HostIp: string; HostPort: string }[] | null>,
  );
  return bound.flatMap(([port, bindings]) => {
    const [internal, protocol = "tcp"] = port.split("/");
    return (bindings ?? []).map(({ HostIp: ip, HostPort: external }) => ({
      internal: Number(internal),
      protocol,
      ip,
      external: Number(external),
    }));
  });
}

/** The addresses that the plan tells. A port that the engine will choose is left out. */
export function plannedPorts({ service }: ServicePlan): PublishedPorts {
  return Object.fromEntries(
    (portsByContainer(service)[0] ?? []).flatMap((port) => {
      if (port?.published === undefined) return [];
      const { target, published, host_ip = "", protocol = "tcp" } = port;
      return [[`${target}/${protocol}`, `${hostOf(host_ip)}:${published}`]];
    }),
  );
}

function hostOf(address: string): string {
  return ["", "0.0.0.0", "::", "127.0.0.1", "::1"].includes(address) ? engineHost() : address;
}
