import type { Named } from "../checks/made-volumes.ts";
import type { VolumePlan } from "./plan.ts";

/**
 * Volumes that were made for the stack and that it has no longer, or calls somebody else's now. They stay part of it
 * until it is taken down: an update removes no data, whatever an earlier one said of keeping it.
 */
export function volumesLeft(volumes: Named, made: readonly string[]): Record<string, VolumePlan> {
  const present = Object.values(volumes);
  return Object.fromEntries(
    made.flatMap((name) => {
      const now = present.find((volume) => volume.name === name);
      return now === undefined || now.external ? [[name, { name, outlives: now !== undefined }]] : [];
    }),
  );
}
