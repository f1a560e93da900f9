import type { HeldPort } from "../model/facts.ts";
import { replicasOf, type Service } from "../compose-spec/service.ts";
import { isRanged, portsByContainer } from "../model/host-ports.ts";
import type { Model } from "../model/model.ts";
import { mistake, type Finding } from "../findings/finding.ts";

export function hostPorts(model: Model): Finding[] {
  // By port, of which a range may have thousands.
  const taken = new Map<number, { readonly service: string; readonly held: HeldPort }[]>();
  return Object.entries(model.services).flatMap(([name, service]) =>
    heldBy(service).flatMap(({ index, held }) => {
      const before = taken.get(held.port) ?? [];
      const other = before.find((entry) => collide(entry.held, held));
      taken.set(held.port, [...before, { service: name, held }]);
      if (other === undefined) return [];
      const path = `services.${name}.ports.${index}`;
      const message = `host port ${held.port} is already published by \`${other.service}\``;
      const fix = "choose another host port, or leave it out: Docker then chooses a free one";
      return [mistake("duplicate-host-port", { service: name, path, message, fix })];
    }),
  );
}

/** The host ports that a service takes, by their places among its ports; one the engine chooses is free. */
export function heldBy(service: Service): { readonly index: number; readonly held: HeldPort }[] {
  const { ports = [], network_mode: mode = "" } = service;
  if (["host", "none"].includes(mode) || replicasOf(service) === 0) return [];
  const held = portsByContainer(service).flatMap((ofContainer, number) =>
    ofContainer.flatMap((port, index) => {
      const { published, host_ip = "", protocol = "tcp" } = port ?? {};
      // A host port that is written out is held once, however many containers are to have it.
      const isAgain = number > 0 && !isRanged(ports[index] ?? { target: 0 });
      if (published === undefined || isAgain) return [];
      return [{ index, held: { ip: host_ip, port: Number(published), protocol } }];
    }),
  );
  return held.sort((one, other) => one.index - other.index);
}

/** Whether two ports cannot both be held. No address is every one; `0.0.0.0` and `::` are those of their kind. */
export function collide(one: HeldPort, other: HeldPort): boolean {
  const isSame = one.port === other.port && one.protocol === other.protocol;
  const isOneKind = one.ip.includes(":") === other.ip.includes(":");
  const ips = [one.ip, other.ip];
  const meet = ips.includes("0.0.0.0") || ips.includes("::") || one.ip === other.ip;
  return isSame && (ips.includes("") || (isOneKind && meet));
}

export function containerNames(model: Model): Finding[] {
  const owner = new Map<string, string>();
  return Object.entries(model.services).flatMap(([name, { container_name }]) => {
    if (container_name === undefined) return [];
    const other = owner.get(container_name);
    owner.set(container_name, name);
    if (other === undefined) return [];
    const message = `container name \`${container_name}\` is already used by service \`${other}\``;
    const path = `services.${name}.container_name`;
    return [
      mistake("duplicate-container-name", {
        service: name,
        path,
        message,
        fix: "choose another name, or remove the key",
      }),
    ];
  });
}

/** What only one container can have, of a service that is to have several. */
export function replicas(service: Service): Finding[] {
  const count = replicasOf(service);
  if (count <= 1) return [];
  const { container_name, networks = {}, ports = [] } = service;
  const fixed = heldBy(service).filter(({ index }) => !isRanged(ports[index] ?? { target: 0 }));
  return [
    ...(container_name === undefined
      ? []
      : [
          mistake("not-for-replicas", {
            path: "container_name",
            message: `${count} containers cannot have one name`,
            fix: "remove the key, or run one container",
          }),
        ]),
    ...shortRanges(service),
    ...fixed.map(({ index, held }) =>
      mistake("not-for-replicas", {
        path: `ports.${index}`,
        message: `${count} containers cannot publish one host port, ${held.port}`,
        fix: "write a range of host ports, or leave the host port out: Docker then chooses one for each container",
      }),
    ),
    ...Object.entries(networks).flatMap(([network, attachment]) =>
      (["ipv4_address", "ipv6_address", "mac_address"] as const)
        .filter((key) => attachment?.[key] !== undefined)
        .map((key) =>
          mistake("not-for-replicas", {
            path: `networks.${network}.${key}`,
            message: `${count} containers cannot have one address`,
            fix: "remove the key: Docker then chooses an address for each container",
          }),
        ),
    ),
  ];
}

/** Ranges of host ports that have fewer than the service has containers. */
function shortRanges(service: Service): Finding[] {
  const { ports = [] } = service;
  const containers = portsByContainer(service);
  return ports.flatMap(({ published = "" }, index) =>
    containers.every((ofContainer) => ofContainer[index] !== undefined)
      ? []
      : [
          mistake("not-for-replicas", {
            path: `ports.${index}`,
            message: `${containers.length} containers cannot each have a host port of ${published}`,
            fix: "write a range that has a port for each container and that no other port of the service takes from",
          }),
        ],
  );
}
