import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What this `up` has measured so far, by project and service. */
const measured = new Map<string, Record<string, number>>();

/**
 * Notes how long a service's container took to become healthy, in `.state` of the program's folder: the next preview
 * compares that with the service's `start_period`. Of several containers the slowest counts.
 *
 * @param seconds `undefined` for a container that this `up` did not start; what was noted before then stays.
 */
export function noteStart(project: string, service: string, seconds: number | undefined): void {
  if (seconds === undefined) return;
  const now = measured.get(project) ?? {};
  now[service] = Math.max(seconds, now[service] ?? 0);
  measured.set(project, now);
  const file = fileOf(project, process.cwd());
  mkdirSync(dirname(file), { recursive: true });
  // Renamed into place, so that a killed program leaves no half of the file.
  writeFileSync(`${file}.new`, JSON.stringify({ ...startTimes(project), ...now }));
  renameSync(`${file}.new`, file);
}

/**
 * Seconds by service; none where this program has measured nothing.
 *
 * @param directory Absolute path of the program's folder. Default: the present folder, where Pulumi runs the program.
 */
export function startTimes(project: string, directory = process.cwd()): Readonly<Record<string, number>> {
  try {
    return JSON.parse(readFileSync(fileOf(project, directory), "utf8")) as Record<string, number>;
  } catch {
    return {};
  }
}

function fileOf(project: string, directory: string): string {
  return join(directory, ".state", "starts", `${project}.json`);
}
