import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { portBindings, type PortBinding } from "../engine/ports.ts";
import type { Port } from "../compose-spec/service.ts";

type ContainerPort = docker.types.input.ContainerPort;

/** A service's ports as the provider takes them, in the order in which it reads them back. */
export function ports(published: readonly Port[]): { readonly ports: ContainerPort[] } {
  return {
    ports: published.toSorted(asReadBack).map(({ target, published: external, host_ip, protocol }) => ({
      internal: target,
      ...(external === undefined ? {} : { external: Number(external) }),
      ...(host_ip === undefined ? {} : { ip: host_ip }),
      ...(protocol === undefined ? {} : { protocol }),
    })),
  };
}

function asReadBack(one: Port, other: Port): number {
  const address = ({ host_ip = "0.0.0.0" }: Port) => host_ip;
  const host = (port: Port) => Number(port.published ?? 0);
  const byAddress = address(one) < address(other) ? -1 : Number(address(one) > address(other));
  return one.target - other.target || byAddress || host(one) - host(other);
}

/**
 * Of one container port on several host ports, the engine lists the last first, and the provider takes that for a
 * difference. So they are given in the order in which the container that is there has them.
 */
export function inEngineOrder(
  given: docker.ContainerArgs["ports"],
  containerName: string,
): docker.ContainerArgs["ports"] {
  if (given === undefined) return undefined;
  return pulumi.output(given).apply(async (own) => {
    const targets = (own ?? []).map(({ internal, protocol = "tcp" }) => `${internal}/${protocol}`);
    if (own === undefined || new Set(targets).size === targets.length) return own;
    // There may be no such container yet, or no engine in a preview.
    const listed = await portBindings(containerName).catch(() => []);
    const place = (port: (typeof own)[number]) => listed.findIndex((binding) => isBound(port, binding));
    return own.toSorted((one, other) => one.internal - other.internal || place(one) - place(other));
  });
}

function isBound(
  { internal, protocol = "tcp", ip = "0.0.0.0", external }: pulumi.Unwrap<ContainerPort>,
  binding: PortBinding,
): boolean {
  return (
    internal === binding.internal &&
    protocol === binding.protocol &&
    ip === binding.ip &&
    external === binding.external
  );
}
