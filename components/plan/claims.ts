import { collide } from "../checks/names.ts";
import type { EngineContainer, HeldAddress, HeldPort } from "../model/facts.ts";
import { portsByContainer } from "../model/host-ports.ts";
import type { ContainerPlan, Plan, ServicePlan } from "./plan.ts";

/** What one container at a time can have, and a planned container is to have. */
export type Claim = {
  /** For people: `host port 8080`, ``container name `proxy` ``, `address 10.5.0.9`. */
  readonly what: string;
  /** Key of the service that says so. */
  readonly path: string;
} & (
  | { readonly kind: "port"; readonly port: HeldPort }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "address"; readonly network: string; readonly address: string }
);

export function claimsOf(
  { service }: ServicePlan,
  { containerName: name, number }: ContainerPlan,
  networks: Plan["networks"],
): Claim[] {
  const { network_mode: mode = "", networks: joined = {} } = service;
  const own = ["host", "none"].includes(mode) ? [] : (portsByContainer(service)[number - 1] ?? []);
  const ports = own.flatMap((published, index): Claim[] => {
    const { published: port, host_ip: ip = "", protocol = "tcp" } = published ?? {};
    if (port === undefined) return [];
    const [what, path] = [`host port ${port}`, `ports.${index}`];
    return [{ kind: "port", what, path, port: { ip, port: Number(port), protocol } }];
  });
  const addresses = Object.entries(joined).flatMap(([key, attachment]) =>
    (["ipv4_address", "ipv6_address"] as const).flatMap((family): Claim[] => {
      const address = attachment?.[family];
      if (address === undefined) return [];
      const [what, path] = [`address ${address}`, `networks.${key}.${family}`];
      return [{ kind: "address", what, path, network: networks[key]?.name ?? key, address }];
    }),
  );
  const what = `container name \`${name ?? ""}\``;
  return [
    ...ports,
    ...(name === undefined ? [] : [{ kind: "name", what, path: "container_name", name } as const]),
    ...addresses,
  ];
}

/**
 * How to find who has now what is claimed.
 *
 * @param addresses That containers have on networks.
 */
export function holders(
  containers: readonly EngineContainer[],
  addresses: readonly HeldAddress[],
): (claim: Claim) => EngineContainer[] {
  const onPort = Map.groupBy(
    containers.flatMap((container) => container.ports.map((port) => ({ port, container }))),
    ({ port }) => port.port,
  );
  const named = Map.groupBy(containers, ({ name }) => name);
  const byId = new Map(containers.map((container) => [container.id, container]));
  const at = Map.groupBy(addresses, ({ network, address }) => place(network, address));
  return (claim) => {
    if (claim.kind === "name") return named.get(claim.name) ?? [];
    if (claim.kind === "port") {
      const held = (onPort.get(claim.port.port) ?? []).filter(({ port }) => collide(port, claim.port));
      return [...new Set(held.map(({ container }) => container))];
    }
    return (at.get(place(claim.network, claim.address)) ?? []).flatMap(
      ({ container }) => byId.get(container) ?? [],
    );
  };
}

function place(network: string, address: string): string {
  return `${network} ${address.toLowerCase()}`;
}
