import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { ServicePlan } from "../plan/plan.ts";
import { attachedNetworks } from "../provider/container.ts";
import type { Image } from "../provider/image.ts";
import type { Taking } from "./hand-over.ts";
import type { ServiceArgs } from "./service.ts";
import type { Turn } from "./starts.ts";

/** What a container is made behind. */
export interface Before {
  readonly resources: pulumi.Output<pulumi.Resource[]>;
  /** Absent for a container that starts whenever it likes. */
  readonly turn: Promise<Turn> | undefined;
}

/** What a container is made behind, beside what its service waits for. */
export interface Foregoing {
  readonly image: Image;
  /** The gate of the replica that is updated before this one. */
  readonly earlier: pulumi.Output<docker.Container> | undefined;
  readonly taking: Taking | undefined;
}

/**
 * All that has to be there, or to be done, before a container is made. Its turn to start comes when all else is there: a
 * container that waits for another must not keep the other from starting. What it takes from others, it takes last.
 */
export function beforeContainer(args: ServiceArgs, { image, earlier, taking }: Foregoing): Before {
  const { plan, networks, volumes, services, starts, followers } = args;
  const held = [...heldBackBy(plan, services), ...volumesOf(plan, volumes)];
  const resources = rolledBehind(earlier, args).apply((replicas) => pulumi.all([...replicas, ...held]));
  const isLetIn = !plan.stands && !pulumi.runtime.isDryRun();
  if (!isLetIn && taking === undefined) return { resources, turn: undefined };
  const turn = Promise.withResolvers<Turn>();
  const parts = [image.id, ...attachedNetworks(plan, networks).map(({ network }) => idOf(network))];
  const behind = pulumi.all(parts).apply(() =>
    resources.apply(async (all) => {
      if (isLetIn) turn.resolve(await starts.turn(followers));
      await taking?.takeNames();
      return all;
    }),
  );
  return { resources: behind, turn: isLetIn ? turn.promise : undefined };
}

/** Of an external network there is only the name. */
export function idOf(network: docker.Network | string): pulumi.Input<string> {
  return typeof network === "string" ? network : network.id;
}

/**
 * The replica whose gate a replica stands behind, so that never more than `update_config.parallelism` of a running
 * service are exchanged at a time. Those of a service that starts, start together.
 */
function rolledBehind(
  earlier: Foregoing["earlier"],
  { plan, running }: ServiceArgs,
): pulumi.Output<docker.Container[]> {
  if (earlier === undefined) return pulumi.output([]);
  return pulumi
    .output(running)
    .apply((services) =>
      services.includes(plan.name) ? earlier.apply((replica) => [replica]) : pulumi.output([]),
    );
}

function heldBackBy(
  plan: ServicePlan,
  services: ServiceArgs["services"],
): readonly pulumi.Input<pulumi.Resource>[] {
  return plan.waitsFor.flatMap(({ service, condition }): readonly pulumi.Input<pulumi.Resource>[] => {
    const other = services[service];
    if (other === undefined) return [];
    return condition === "service_started" ? other.containers : other.gates;
  });
}

function volumesOf(plan: ServicePlan, volumes: ServiceArgs["volumes"]): docker.Volume[] {
  return (plan.service.volumes ?? []).flatMap(({ type, source = "" }) => {
    const volume = type === "volume" ? volumes[source] : undefined;
    return volume === undefined ? [] : [volume];
  });
}
