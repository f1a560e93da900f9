import type { ContainerInspectInfo } from "dockerode";
import { engine } from "./engine.ts";

/** Limits for which the Docker provider has no argument. */
export interface FurtherLimits {
  /** Number of processes and threads; -1 is no limit. */
  readonly pids?: number | undefined;
  /** Share of block I/O, 10 to 1000. */
  readonly blkioWeight?: number | undefined;
}

/**
 * Sets limits of an existing container, as `docker update` does. Its other limits stay. The engine is asked only where a
 * limit is not what the container has.
 *
 * @throws Error where the container is gone, is restarting, or ends meanwhile.
 */
export async function setLimits(
  { Id: id, HostConfig: present }: ContainerInspectInfo,
  { pids, blkioWeight }: FurtherLimits,
): Promise<void> {
  const changed = {
    // The engine knows no limit as none, as 0 and as -1.
    ...(pids === undefined || pids === (present.PidsLimit || -1) ? {} : { PidsLimit: pids }),
    ...(blkioWeight === undefined || blkioWeight === present.BlkioWeight ? {} : { BlkioWeight: blkioWeight }),
  };
  if (Object.keys(changed).length > 0) await engine.getContainer(id).update(changed);
}
