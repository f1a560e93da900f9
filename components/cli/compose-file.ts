import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ComposeFile } from "../model/compose-file.ts";
import { runInForeground, type ForegroundOptions } from "./run.ts";

/**
 * Runs Compose on a file that lies nowhere: in a private folder for as long as Compose runs.
 *
 * @param stdio What Compose reads and writes.
 * @param variables What the file has in place of secrets. They are in Compose's environment alone.
 * @returns Compose's exit code.
 */
export async function composeOn(
  { file, variables }: { readonly file: ComposeFile; readonly variables: Readonly<Record<string, string>> },
  words: readonly string[],
  stdio: ForegroundOptions["stdio"] = "inherit",
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-compose-"));
  const [path, empty] = [join(folder, "compose.json"), join(folder, "env")];
  try {
    writeFileSync(path, JSON.stringify(file), { mode: 0o600 });
    writeFileSync(empty, "");
    const ours = {
      COMPOSE_PROFILES: undefined,
      COMPOSE_ENV_FILES: undefined,
      COMPOSE_IGNORE_ORPHANS: "true",
    };
    // Paths that are typed count from here, and a `.env` that lies here has been read by the program or is another's.
    const place = ["--project-directory", process.cwd(), "--env-file", empty];
    const args = ["compose", "--file", path, "--project-name", file.name, ...place, ...words];
    return await runInForeground("docker", args, {
      cwd: process.cwd(),
      stdio,
      env: { ...process.env, ...ours, ...variables },
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
