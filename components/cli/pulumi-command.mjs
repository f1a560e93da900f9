// @ts-check
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { environment } from "./environment.mjs";
import { NeedsAttention } from "./needs-attention.mjs";
import { commandFolder, pulumiHome } from "../../scripts/paths.mjs";
import { versions } from "../../scripts/versions.mjs";

/** Where the npm launcher looks for the CLI and the language hosts, and puts them. */
export const pulumiFolder = join(pulumiHome, "versions", versions.pulumi, "bin");

/**
 * Pulumi's CLI as the npm launcher would start it. The launcher itself is used only to download it: it would die of a
 * Ctrl-C at once, and leave the CLI at work behind the shell's prompt.
 *
 * @returns {{ command: string, env: NodeJS.ProcessEnv }}
 */
export function pulumiCommand() {
  const env = environment();
  const command = join(pulumiFolder, "pulumi");
  const launcher = join(commandFolder, "pulumi");
  if (!existsSync(command)) {
    if (existsSync(launcher)) return { command: launcher, env };
    throw new NeedsAttention("Pulumi is not here yet", "npm run setup");
  }
  return { command, env: { ...env, PATH: [pulumiFolder, env["PATH"]].join(delimiter) } };
}
