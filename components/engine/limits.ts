import { engine, isNotFound } from "./engine.ts";

/** Limits for which the Docker provider has no argument. */
export interface FurtherLimits {
  /** Number of processes and threads; -1 is no limit. */
  readonly pids?: number;
  /** Share of block I/O, 10 to 1000. */
  readonly blkioWeight?: number;
}

/**
 * Sets limits of a container, as `docker update` does. Its other limits stay. A container that is gone has no limits: the
 * gate says so afterwards.
 */
export async function setLimits(id: string, { pids, blkioWeight }: FurtherLimits): Promise<void> {
  if (pids === undefined && blkioWeight === undefined) return;
  const limits = {
    ...(pids === undefined ? {} : { PidsLimit: pids }),
    ...(blkioWeight === undefined ? {} : { BlkioWeight: blkioWeight }),
  };
  try {
    await engine.getContainer(id).update(limits);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
