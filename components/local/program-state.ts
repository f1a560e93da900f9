import { mkdirSync } from "node:fs";
import { join } from "node:path";

/** A path in `.state` of the program's folder, where Pulumi runs the program. Nothing there is committed. */
export function programState(...path: readonly string[]): string {
  return join(process.cwd(), ".state", ...path);
}

/**
 * The folder of the files by which Traefik learns of a project's routes, made where it is missing: Traefik mounts the
 * folder, and the source of a mount has to be there, in a preview too.
 *
 * @param project Compose project name.
 * @returns An absolute path.
 */
export function routesDirectory(project: string): string {
  const directory = programState("routes", project);
  mkdirSync(directory, { recursive: true });
  return directory;
}
