import type { ServicePlan } from "../plan/plan.ts";
import { engine, engineHost } from "./engine.ts";

/** Where a container's ports are reached: `{"8000/tcp": "localhost:8001"}`; only the published ones. */
export type PublishedPorts = Readonly<Record<string, string>>;

/** Asks the engine, which alone knows a port that it chose itself. */
export async function publishedPorts(containerId: string): Promise<PublishedPorts> {
  const published: Record<string, string> = {};
  for (const { internal, protocol, ip, external } of await portBindings(containerId)) {
    // Of several host ports for one port, the first.
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

/** A container's bindings in the order in which the engine lists those of one port. */
export async function portBindings(containerId: string): Promise<PortBinding[]> {
  const { NetworkSettings: settings } = await engine.getContainer(containerId).inspect();
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

/** Where ports are reached by the plan alone; a port that the engine will choose is not among them. */
export function plannedPorts({ service }: ServicePlan): PublishedPorts {
  return Object.fromEntries(
    (service.ports ?? []).flatMap(({ target, published, host_ip = "", protocol = "tcp" }) =>
      published === undefined ? [] : [[`${target}/${protocol}`, `${hostOf(host_ip)}:${published}`]],
    ),
  );
}

function hostOf(address: string): string {
  return ["", "0.0.0.0", "::", "127.0.0.1", "::1"].includes(address) ? engineHost() : address;
}
