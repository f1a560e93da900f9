import { cp, mkdir, mkdtemp, readdir, realpath, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../fixture/command.ts";
import { readmeCommands } from "../fixture/markdown.ts";
import { startReaper, type Reaper } from "../fixture/reaper.ts";
import { directory } from "../fixture/stack.ts";

let reaper: Reaper | undefined;

/**
 * Packs the package once for all tests of a run (`--test-global-setup`), as `npm publish` would: from a copy, so that two
 * runs do not build into one folder.
 */
export async function globalSetup(): Promise<void> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), "pulumi-compose-tarball-"));
  reaper = startReaper(join(import.meta.dirname, "reap.ts"), [folder]);
  const copy = join(folder, "checkout");
  await mkdir(copy);
  for (const name of ["package.json", "tsconfig.json"]) await cp(join(directory, name), join(copy, name));
  await cp(join(directory, "components"), join(copy, "components"), {
    recursive: true,
    filter: (source) => source !== join(directory, "components", "dist"),
  });
  await symlink(join(directory, "node_modules"), join(copy, "node_modules"));
  const { code, output } = await runCommand("sh", ["-c", packCommand(folder)], { cwd: copy });
  if (code !== 0) throw new Error(`npm pack:\n${output}`);
  const tarball = (await readdir(folder)).find((name) => name.endsWith(".tgz")) ?? "";
  process.env.PULUMI_COMPOSE_TARBALL = join(folder, tarball);
}

/** README.md's own command, with another folder. The packages that it installs before are there. */
function packCommand(folder: string): string {
  const [line = ""] = readmeCommands("Your own Compose project");
  const [install, pack = "", ...others] = line.split(" && ");
  if (install !== "npm ci" || others.length > 0)
    throw new Error(`README.md packs by other commands: ${line}`);
  return pack.replace("/tmp", folder);
}

export async function globalTeardown(): Promise<void> {
  await reaper?.end();
}

/** Path of the packed package. */
export function tarball(): string {
  const path = process.env.PULUMI_COMPOSE_TARBALL;
  if (path === undefined) throw new Error("the tests of the package are run by npm run test:package");
  return path;
}
