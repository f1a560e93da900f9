import type { Named } from "../checks/made-volumes.ts";
import type { VolumePlan } from "./plan.ts";

/**
 * Volumes that were made for the stack and that the stack no longer has, or calls external now. They stay part of the
 * stack until `destroy`: an update removes no data.
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
