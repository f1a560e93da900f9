import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { parseEnv } from "node:util";

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
  const env = join(directory, ".env");
  const variables: NodeJS.Dict<string> = {
    ...(existsSync(env) ? parseEnv(readFileSync(env, "utf8")) : {}),
    ...process.env,
  };
  const { COMPOSE_FILE: named = "", COMPOSE_PATH_SEPARATOR: separator = delimiter } = variables;
  if (named !== "") return named.split(separator);
  const isThere = (name: string) => existsSync(join(directory, name));
  const file = defaultNames.find(isThere);
  if (file === undefined) return [];
  const override = overrideNames.find(isThere);
  return override === undefined ? [file] : [file, override];
}
