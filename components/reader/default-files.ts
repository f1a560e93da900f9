import { existsSync } from "node:fs";
import { join } from "node:path";
import { namedFiles } from "../compose-spec/named-files.ts";
import { dotEnvOf } from "./dot-env.ts";

/** What Compose looks for when nobody names a file, in its order of preference. */
export const defaultNames = [
  "compose.yaml",
  "compose.yml",
  "docker-compose.yml",
  "docker-compose.yaml",
] as const;

/** Likewise the file that Compose lays over it. */
const overrideNames = [
  "compose.override.yml",
  "compose.override.yaml",
  "docker-compose.override.yml",
  "docker-compose.override.yaml",
] as const;

/**
 * The Compose files of a folder, as `docker compose` finds them there: those that `COMPOSE_FILE` names in the environment
 * or in the folder's `.env`, else the first of the usual names and the override file beside it.
 *
 * @param directory Absolute path of the folder. The folders above it are not searched.
 * @returns Paths relative to the folder, later files over earlier ones; empty when there is none.
 */
export function defaultFiles(directory: string): readonly string[] {
  const named = namedFiles({ ...dotEnvOf(directory), ...process.env });
  if (named.length > 0) return named;
  const isThere = (name: string) => existsSync(join(directory, name));
  const file = defaultNames.find(isThere);
  if (file === undefined) return [];
  const override = overrideNames.find(isThere);
  return override === undefined ? [file] : [file, override];
}
