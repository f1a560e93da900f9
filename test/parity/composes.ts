import { mkdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { buildGoBinary } from "../../scripts/go-binary.mjs";
import { NeedsAttention } from "../../scripts/needs-attention.mjs";
import { stateFolder } from "../../scripts/paths.mjs";
import { runCommand } from "../fixture/command.ts";

/** A version of Docker Compose, and how a command gets it. */
export interface Compose {
  readonly version: string;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * The Compose of this machine, and beside one that is older than 5 the newer one from toolchain/, where it can be built.
 *
 * @param chosen How the version of the only one wanted begins; empty for all.
 */
export async function composes(chosen: string, say: (line: string) => void): Promise<Compose[]> {
  const installed = { environment: {}, version: await versionOf({}) };
  const all: Compose[] = [installed];
  if (Number.parseInt(installed.version) < 5) {
    try {
      // It wants a newer buildx than Debian's. What the first has built it takes up; the old builder does the rest.
      const environment = { DOCKER_CONFIG: await folderWith(await builtPlugin(say)), DOCKER_BUILDKIT: "0" };
      all.push({ environment, version: await versionOf(environment) });
    } catch (error) {
      if (!(error instanceof NeedsAttention)) throw error;
      say(`goes without a newer Compose: ${error.message}`);
    }
  }
  const wanted = all.filter(({ version }) => version.startsWith(chosen));
  if (wanted.length > 0) return wanted;
  throw new Error(`there is no Compose ${chosen}; there are ${all.map(({ version }) => version).join(", ")}`);
}

async function versionOf(environment: Readonly<Record<string, string>>): Promise<string> {
  const { code, output } = await runCommand("docker", ["compose", "version", "--short"], {
    cwd: import.meta.dirname,
    env: environment,
  });
  if (code !== 0) throw new Error(`docker compose version: ${output}`);
  return output.trim().replace(/^v/, "");
}

async function builtPlugin(say: (line: string) => void): Promise<string> {
  let said = false;
  return buildGoBinary("docker-compose", (text) => {
    if (!said) say(`builds a newer Compose, once (${text})`);
    said = true;
  });
}

/** A configuration folder of Docker's command line in which the plugin is this one. */
async function folderWith(plugin: string): Promise<string> {
  const folder = join(stateFolder, "parity-compose");
  const link = join(folder, "cli-plugins", "docker-compose");
  await mkdir(join(folder, "cli-plugins"), { recursive: true });
  await rm(link, { force: true });
  await symlink(plugin, link);
  return folder;
}
