import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseEnv } from "node:util";

/**
 * The variables of a folder's `.env`; none where there is no such file.
 *
 * @param directory Absolute path of the Compose project's folder.
 */
export function dotEnvOf(directory: string): Readonly<Record<string, string | undefined>> {
  const file = resolve(directory, ".env");
  return existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : {};
}
