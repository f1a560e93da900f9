import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { makeDirectories } from "../engine/directories.ts";
import { messageOf } from "../engine/engine.ts";
import { isMadeByEngine, isOfOldForm } from "../model/bind-sources.ts";
import type { ContainerPlan, ServicePlan } from "../plan/plan.ts";
import { attachedNetworks, type MadeNetwork } from "../provider/container.ts";
import { failure } from "../provider/failure.ts";
import type { Image } from "../provider/image.ts";
import type { Taking } from "./hand-over.ts";
import type { Service, ServiceArgs } from "./service.ts";
import type { Turn } from "./starts.ts";

/** What a container is made behind. */
export interface Before {
  readonly resources: pulumi.Output<pulumi.Resource[]>;
  /** Absent for a container that starts whenever it likes. */
  readonly turn: Promise<Turn> | undefined;
}

/** What a container is made behind, beside what its service waits for. */
export interface Foregoing {
  readonly container: ContainerPlan;
  readonly service: Service;
  readonly image: Image;
  /** The gate of the replica that is updated before this one. */
  readonly earlier: pulumi.Output<docker.Container> | undefined;
  readonly taking: Taking | undefined;
}

/**
 * All that has to be there, or to be done, before a container is made. Its turn to start comes when all else is there: a
 * container that waits for another must not keep the other from starting. What it takes from others, it takes last.
 */
export function beforeContainer(args: ServiceArgs, foregoing: Foregoing): Before {
  const { image, earlier, taking } = foregoing;
  const { plan, networks, volumes, services, starts, followers } = args;
  const held = [...heldBackBy(plan, services), ...volumesOf(plan, volumes)];
  const resources = rolledBehind(earlier, args).apply((replicas) => pulumi.all([...replicas, ...held]));
  const isLetIn = !plan.stands && !pulumi.runtime.isDryRun();
  if (!isLetIn && taking === undefined) return { resources, turn: undefined };
  const turn = Promise.withResolvers<Turn>();
  const parts = [image.id, ...attachedNetworks(plan, networks).map(({ network }) => idOf(network))];
  const behind = pulumi.all([image.reference, ...parts]).apply(([reference = ""]) =>
    resources.apply(async (all) => {
      if (isLetIn) {
        turn.resolve(await starts.turn(followers));
        await sourcesMade(plan, reference, foregoing);
      }
      await taking?.takeNames();
      return all;
    }),
  );
  return { resources: behind, turn: isLetIn ? turn.promise : undefined };
}

/**
 * Makes the directories of the host that a container mounts, where the engine makes them for Compose and not for the
 * provider: the provider has no argument for a mount that makes its source and has a propagation.
 */
async function sourcesMade(
  { service: { volumes = [] } }: ServicePlan,
  image: string,
  { container, service }: Foregoing,
): Promise<void> {
  const paths = volumes.flatMap((mount) =>
    isMadeByEngine(mount) && !isOfOldForm(mount) && mount.source !== undefined ? [mount.source] : [],
  );
  if (paths.length === 0) return;
  try {
    await makeDirectories(paths, { name: `${container.name}-directories`, image });
  } catch (error) {
    throw failure(`the engine cannot make ${paths.join(", ")}: ${messageOf(error)}`, service);
  }
}

/** Of an external network there is only the name. */
export function idOf(network: MadeNetwork | string): pulumi.Input<string> {
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
