import { engine } from "./engine.ts";

/** Limits for which the Docker provider has no argument. */
export interface FurtherLimits {
  /** Number of processes and threads; -1 is no limit. */
  readonly pids?: number;
  /** Share of block I/O, 10 to 1000. */
  readonly blkioWeight?: number;
}

/**
 * Sets limits of an existing container, as `docker update` does. Its other limits stay.
 *
 * @throws Error where the container is gone, is restarting, or ends meanwhile.
 */
export async function setLimits(id: string, { pids, blkioWeight }: FurtherLimits): Promise<void> {
  if (pids === undefined && blkioWeight === undefined) return;
  await engine.getContainer(id).update({
    ...(pids === undefined ? {} : { PidsLimit: pids }),
    ...(blkioWeight === undefined ? {} : { BlkioWeight: blkioWeight }),
  });
}
