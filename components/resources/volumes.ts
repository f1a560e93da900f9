import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { Plan } from "../plan/plan.ts";
import { composeLabels } from "./labels.ts";
import { opaque } from "./opaque.ts";
import { childOf, type Tiers } from "./tier.ts";

/** The volumes of a project, by their name on the engine, which is what mounts say. */
export type Volumes = Readonly<Record<string, docker.Volume>>;

/**
 * The volumes of a project, each below its tier.
 *
 * @param keepVolumes Whether the volumes outlive `destroy`.
 */
export function makeVolumes(
  plan: Plan,
  keepVolumes: boolean,
  below: { readonly project: pulumi.Resource; readonly tiers: Tiers },
): Volumes {
  const made = new Map<string, docker.Volume>();
  for (const [key, volume] of Object.entries(plan.volumes)) {
    const { name, tier, driver, driver_opts, external = false, outlives = false, goes = false } = volume;
    // Two keys may be one volume.
    if (external || made.has(name)) continue;
    const labels = composeLabels(plan.project, "volume", key, volume.labels);
    const args = { name, driver: driver ?? "local", driverOpts: driver_opts, labels };
    // A volume keeps what it was made with, by Compose or by an earlier version of this package.
    const ignoreChanges = ["labels", "driver", "driverOpts"];
    // A volume is known by its name on the engine, whatever its key is. Earlier versions called it by its key.
    const child = childOf(tier, below, key === name ? [name] : [name, key]);
    const retainOnDelete = (keepVolumes || outlives) && !goes;
    const options = { ...child, retainOnDelete, ignoreChanges };
    made.set(name, opaque(new docker.Volume(name, args, options)));
  }
  return Object.fromEntries(made);
}

/** The volumes' names on the engine by their keys: `pulumi-compose backup` reads them in the stack's state. */
export function volumeNames(plan: Plan, volumes: Volumes): Record<string, pulumi.Output<string>> {
  return Object.fromEntries(
    Object.entries(plan.volumes).flatMap(([key, { name }]) => {
      const volume = volumes[name];
      return volume === undefined ? [] : [[key, volume.name]];
    }),
  );
}
