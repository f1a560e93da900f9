import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { delimiter, dirname, join, resolve } from "node:path";
// Settles DOCKER_HOST, so that Pulumi's provider works on the same engine as Docker's command line.
import "../engine/address.ts";
import { openBuildSocket } from "../engine/build-socket.ts";
import { pulumiHome, withoutPassword } from "../local/backend.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { progressLines } from "./progress-lines.ts";
import { capture, runInForeground, type Ended, type ForegroundOptions, type RunOptions } from "./run.ts";
import { engineOfKey } from "./stack-engine.ts";

const require = createRequire(import.meta.url);
const { dependencies } = require("pulumi-compose/package.json") as {
  readonly dependencies: Readonly<Record<string, string>>;
};

/** What is used of Pulumi; this package's manifest says which versions. */
export const versions = {
  pulumi: dependencies.pulumi ?? "",
  dockerProvider: dependencies["@pulumi/docker"] ?? "",
};

/** Where the npm package `pulumi`, which is a launcher, keeps the command line and the language hosts. */
const folder = join(pulumiHome, "versions", versions.pulumi, "bin");

/** Pulumi's command line, if it is here. */
export function pulumiCli(): string | undefined {
  const path = join(folder, process.platform === "win32" ? "pulumi.exe" : "pulumi");
  return existsSync(path) ? path : undefined;
}

/**
 * Pulumi's command line, downloaded where it is not here yet. The launcher only downloads it: a launcher in between
 * would end at Ctrl-C, and leave Pulumi at work behind the shell's prompt.
 */
async function needPulumiCli(): Promise<string> {
  const present = pulumiCli();
  if (present !== undefined) return present;
  const launcher = join(dirname(require.resolve("pulumi/package.json")), "run.js");
  await runInForeground(process.execPath, [launcher, "version"], { cwd: ".", env: process.env });
  const downloaded = pulumiCli();
  if (downloaded !== undefined) return downloaded;
  throw new NeedsAttention(
    `Pulumi's command line ${versions.pulumi} is not installed, and its download failed`,
    `Try again: npx pulumi version. Or put Pulumi ${versions.pulumi} (https://www.pulumi.com/docs/install) into ${folder}.`,
  );
}

/**
 * What Pulumi gets from here. Pulumi asks for a passphrase even where a stack has no secret, so the empty one is the
 * default; whoever sets one, or names its file, keeps it.
 */
export function pulumiEnvironment(given: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const { PULUMI_CONFIG_PASSPHRASE: passphrase, PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile } = given;
  return {
    ...given,
    // Pulumi looks for language hosts on PATH.
    PATH: [folder, given.PATH ?? ""].join(delimiter),
    PULUMI_SKIP_UPDATE_CHECK: given.PULUMI_SKIP_UPDATE_CHECK ?? "true",
    // Pulumi and the providers are programs in Go that run for seconds. Where they collect their garbage half as often, a
    // first `up` of the stack dev takes 5.5 s of the processors' time in place of 5.9 s.
    GOGC: given.GOGC ?? "200",
    // Otherwise resources are compared with the state one after the other.
    PULUMI_PARALLEL_DIFF: given.PULUMI_PARALLEL_DIFF ?? "true",
    ...(passphrase === undefined && !passphraseFile ? { PULUMI_CONFIG_PASSPHRASE: "" } : {}),
    // A relative path counts from the terminal's folder, and Pulumi works in the program's folder.
    ...(passphraseFile ? { PULUMI_CONFIG_PASSPHRASE_FILE: resolve(passphraseFile) } : {}),
  };
}

/**
 * Runs Pulumi in a program's folder for its output.
 *
 * @param options.env Beside this process's own environment.
 */
export async function capturePulumi(
  args: readonly string[],
  directory: string,
  { env, ...options }: Partial<Pick<RunOptions, "env" | "input">> = {},
): Promise<Ended> {
  const cli = await needPulumiCli();
  const place = { cwd: directory, env: { ...pulumiEnvironment(), ...env } };
  const { stderr, ...ended } = await capture(cli, args, { ...place, ...options });
  // Pulumi says where the state is kept as it was told, with the password.
  return { ...ended, stderr: withoutPassword(stderr) };
}

/** Runs Pulumi in a program's folder in this process's place. */
export async function runPulumi(
  args: readonly string[],
  directory: string,
  options: Omit<ForegroundOptions, "cwd"> = {},
): Promise<number> {
  const cli = await needPulumiCli();
  const { env = pulumiEnvironment() } = options;
  const address = engineOfKey();
  const socket = address === undefined ? undefined : await openBuildSocket(address);
  try {
    const forBuilds = socket === undefined ? {} : { DOCKER_HOST: socket.host };
    return await runInForeground(cli, args, { ...options, env: { ...env, ...forBuilds }, cwd: directory });
  } finally {
    await socket?.close();
  }
}

/** Columns that Pulumi's tree needs: in a narrower terminal nobody would see what becomes of a resource. */
const treeWidth = 100;

export interface UpdateOutput extends Pick<ForegroundOptions, "env"> {
  /** Where it is shown. Default: the standard output. */
  readonly to?: typeof process.stdout | typeof process.stderr;
  /** What Pulumi reads. Default: what this process reads. */
  readonly input?: "inherit" | "ignore";
}

/**
 * Runs an update or a preview in this process's place. Where no terminal is, or a narrow one at which nothing is asked, only
 * what a person reads is printed.
 */
export async function runUpdate(
  args: readonly string[],
  directory: string,
  { env = pulumiEnvironment(), to = process.stdout, input = "inherit" }: UpdateOutput = {},
): Promise<number> {
  const asks = !args.includes("--yes") && args[0] !== "preview";
  if (to.isTTY && (asks || to.columns >= treeWidth))
    return runPulumi(args, directory, { env, stdio: [input, to.fd, "inherit"] });
  const shown = progressLines();
  return runPulumi(args, directory, {
    env,
    stdio: [input, "pipe", "inherit"],
    reads: (stdout) => {
      createInterface(stdout).on("line", (line) => {
        const words = shown(line);
        if (words !== undefined) to.write(`${words}\n`);
      });
    },
  });
}
