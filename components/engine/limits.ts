import { engine, isNotFound } from "./engine.ts";

/** Limits for which the Docker provider has no argument. */
export interface FurtherLimits {
  /** Number of processes and threads; -1 is no limit. */
  readonly pids?: number;
  /** Share of block I/O, 10 to 1000. */
  readonly blkioWeight?: number;
}

/**
 * Sets limits of a container, as `docker update` does. Its other limits stay.
 *
 * @returns Whether the limits are set. The engine sets none on a container that is gone, that is restarting, or that ends
 * meanwhile.
 */
export async function setLimits(id: string, { pids, blkioWeight }: FurtherLimits): Promise<boolean> {
  if (pids === undefined && blkioWeight === undefined) return true;
  const limits = {
    ...(pids === undefined ? {} : { PidsLimit: pids }),
    ...(blkioWeight === undefined ? {} : { BlkioWeight: blkioWeight }),
  };
  try {
    await engine.getContainer(id).update(limits);
    return true;
  } catch (error) {
    if (await isSteady(id)) throw error;
    return false;
  }
}

/** Whether a container runs and is not about to restart. */
async function isSteady(id: string): Promise<boolean> {
  try {
    const { State: state } = await engine.getContainer(id).inspect();
    return state.Running && !state.Restarting;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
