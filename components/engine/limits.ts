import { engine } from "./engine.ts";

/** What the engine can limit, and the Docker provider has no argument for. */
export interface FurtherLimits {
  /** Processes and threads; -1 is no limit. */
  readonly pids?: number;
  /** Share of block I/O, 10 to 1000. */
  readonly blkioWeight?: number;
}

/** Sets limits of a container that is there, as `docker update` does; those it has already stay as they are. */
export async function setLimits(id: string, { pids, blkioWeight }: FurtherLimits): Promise<void> {
  if (pids === undefined && blkioWeight === undefined) return;
  await engine.getContainer(id).update({
    ...(pids === undefined ? {} : { PidsLimit: pids }),
    ...(blkioWeight === undefined ? {} : { BlkioWeight: blkioWeight }),
  });
}
