import { delimiter } from "node:path";

/** The Compose files that `COMPOSE_FILE` names; none where it is not set. */
export function namedFiles({
  COMPOSE_FILE: named = "",
  COMPOSE_PATH_SEPARATOR: separator = delimiter,
}: Readonly<Record<string, string | undefined>>): string[] {
  return named === "" ? [] : named.split(separator);
}
