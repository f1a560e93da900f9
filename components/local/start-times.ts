import { addNotes, readNotes, type Notes } from "./notes.ts";

/** What this `up` has measured so far, by project and service. */
const measured = new Map<string, Record<string, number>>();

/**
 * Notes how long a service's container took to become healthy: the next preview compares that with the service's
 * `start_period`. Of several containers the slowest counts.
 *
 * @param seconds `undefined` for a container that this `up` did not start; what was noted before then stays.
 */
export function noteStart(project: string, service: string, seconds: number | undefined): void {
  if (seconds === undefined) return;
  const now = measured.get(project) ?? {};
  now[service] = Math.max(seconds, now[service] ?? 0);
  measured.set(project, now);
  addNotes("starts", project, now);
}

/** Seconds by service. See `readNotes`. */
export function startTimes(project: string, directory?: string): Notes<number> {
  return readNotes("starts", project, directory);
}
