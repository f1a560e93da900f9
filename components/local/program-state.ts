import { cpSync, existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";

/** Where the route files of a project are, from a program's folder. */
export function routesIn(directory: string, project: string): string {
  return join(directory, ".state", "routes", project);
}

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
  const directory = routesIn(process.cwd(), project);
  if (existsSync(directory)) return directory;
  mkdirSync(directory, { recursive: true });
  // Without these the gateway would answer 404 until each service is ready anew.
  const earlier = earlierRoutes(project);
  if (earlier !== undefined) cpSync(earlier, directory, { recursive: true });
  return directory;
}

/** Where version 0.1 kept the routes: in `.state` of the repository, not of the program's folder. */
function earlierRoutes(project: string): string | undefined {
  for (let folder = process.cwd(); folder !== dirname(folder);) {
    folder = dirname(folder);
    const routes = routesIn(folder, project);
    if (existsSync(routes)) return routes;
  }
  return undefined;
}
