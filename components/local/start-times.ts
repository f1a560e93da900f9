import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What this `up` has measured so far, by project and service. */
const measured = new Map<string, Record<string, number>>();

/**
 * Notes how long a service's container took to turn healthy, in the checkout's own state: the next preview holds it
 * against the service's `start_period`. Of several containers it is the slowest that counts.
 *
 * @param seconds `undefined` for one that this `up` did not start; what was noted before then stays.
 */
export function noteStart(project: string, service: string, seconds: number | undefined): void {
  if (seconds === undefined) return;
  const now = measured.get(project) ?? {};
  now[service] = Math.max(seconds, now[service] ?? 0);
  measured.set(project, now);
  const file = fileOf(project);
  mkdirSync(dirname(file), { recursive: true });
  // Renamed into place, so that whoever is killed meanwhile leaves no half of it.
  writeFileSync(`${file}.new`, JSON.stringify({ ...startTimes(project), ...now }));
  renameSync(`${file}.new`, file);
}

/** Seconds by service; none where nothing was measured in this checkout. */
export function startTimes(project: string): Readonly<Record<string, number>> {
  try {
    return JSON.parse(readFileSync(fileOf(project), "utf8")) as Record<string, number>;
  } catch {
    return {};
  }
}

function fileOf(project: string): string {
  return join(import.meta.dirname, "..", "..", ".state", "starts", `${project}.json`);
}
