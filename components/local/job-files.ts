import { boundFilesHash } from "./content-hash.ts";
import { addNotes, readNotes, type Notes } from "./notes.ts";

/** The files of a job's bind mounts, as hashes: what the job was planned with, and what the job left. */
export interface JobFiles {
  readonly planned: string;
  readonly left: string;
}

/**
 * Notes what a job has left in its bind mounts. A job that writes there would otherwise be another one at the next `up`,
 * and run again.
 */
export function noteJobFiles(
  project: string,
  service: string,
  { hash: planned, paths }: { readonly hash: string; readonly paths: readonly string[] },
): void {
  addNotes<JobFiles>("jobs", project, { [service]: { planned, left: boundFilesHash(paths).hash } });
}

/** By service. */
export function jobFiles(project: string): Notes<JobFiles> {
  return readNotes("jobs", project);
}
