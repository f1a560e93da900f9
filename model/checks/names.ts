import { replicasOf, type Port, type Service } from "../service.ts";
import type { Stack } from "../stack.ts";
import type { Found } from "./found.ts";

export function hostPorts(stack: Stack): Found {
  const taken: { service: string; port: Port }[] = [];
  return Object.entries(stack.services).flatMap(([service, { ports = [] }]) =>
    ports.flatMap((port, index) => {
      if (port.published === undefined) return [];
      const other = taken.find((entry) => collide(entry.port, port));
      taken.push({ service, port });
      if (other === undefined) return [];
      const path = `services.${service}.ports.${index}`;
      const message = `publishes host port ${port.published}, which \`${other.service}\` publishes too`;
      return [{ path, message, fix: "choose another host port, or leave it out for one the engine chooses" }];
    }),
  );
}

function collide(one: Port, other: Port): boolean {
  const everywhere = [undefined, "", "0.0.0.0", "::"];
  return (
    one.published === other.published &&
    (one.protocol ?? "tcp") === (other.protocol ?? "tcp") &&
    (one.host_ip === other.host_ip || everywhere.includes(one.host_ip) || everywhere.includes(other.host_ip))
  );
}

export function containerNames(stack: Stack): Found {
  const owner = new Map<string, string>();
  return Object.entries(stack.services).flatMap(([name, { container_name }]) => {
    if (container_name === undefined) return [];
    const other = owner.get(container_name);
    owner.set(container_name, name);
    if (other === undefined) return [];
    const message = `has the container name \`${container_name}\`, which \`${other}\` has too`;
    return [{ path: `services.${name}.container_name`, message, fix: "choose another, or leave it out" }];
  });
}

/** What only one container can have, of a service that is to have several. */
export function replicas(name: string, service: Service): Found {
  const count = replicasOf(service);
  if (count <= 1) return [];
  const path = `services.${name}`;
  const { container_name, ports = [], networks = {} } = service;
  return [
    ...(container_name === undefined
      ? []
      : [
          {
            path: `${path}.container_name`,
            message: `is one name for ${count} containers`,
            fix: "leave it out, or run one container",
          },
        ]),
    ...ports.flatMap(({ published }, index) =>
      published === undefined
        ? []
        : [
            {
              path: `${path}.ports.${index}`,
              message: `publishes one host port, ${published}, for ${count} containers`,
              fix: "leave the host port out, and the engine chooses one for each",
            },
          ],
    ),
    ...Object.entries(networks).flatMap(([network, attachment]) =>
      (["ipv4_address", "ipv6_address", "mac_address"] as const)
        .filter((key) => attachment?.[key] !== undefined)
        .map((key) => ({
          path: `${path}.networks.${network}.${key}`,
          message: `is one address for ${count} containers`,
          fix: "leave it out, and the engine chooses one for each",
        })),
    ),
  ];
}
