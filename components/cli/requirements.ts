import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { commandLineAddress } from "../engine/address.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { pulumiHome } from "../local/backend.ts";
import { pulumiCli, versions } from "./pulumi-cli.ts";
import { capture } from "./run.ts";

/** The least versions that work. */
const least = { engine: "25.0", compose: "2.24" };

/** Something that a command needs on this machine. Rejects with what is missing, and how to get it. */
export type Requirement = () => Promise<string>;

/** Everything that a command needs, looked for at once, before anything is touched. */
export async function need(...requirements: readonly (() => Promise<unknown>)[]): Promise<void> {
  const results = await Promise.allSettled(requirements.map((requirement) => requirement()));
  // Of several, the first is the cause of the others more often than not.
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

/** The Docker Engine, and Docker's command line with it. */
export async function engine(): Promise<string> {
  const { code, stdout, stderr } = await docker("version", "--format", "{{.Server.Version}}");
  if (code === 127) throw noDocker();
  const { host = "", from = "" } = commandLineAddress(process.env) ?? {};
  const version = stdout.trim();
  if (code !== 0 || version === "") {
    throw new NeedsAttention(
      `no Docker Engine answers at ${host} (${from}): ${lastLine(stderr)}`,
      stderr.includes("permission denied")
        ? "Let this user reach the engine: https://docs.docker.com/engine/install/linux-postinstall"
        : from === "DOCKER_HOST"
          ? "Start the engine there, or unset DOCKER_HOST to use the engine of this machine."
          : "Start Docker Desktop, or the Docker service: https://docs.docker.com/engine/install",
    );
  }
  if (!isAtLeast(version, least.engine)) {
    throw new NeedsAttention(
      `Docker Engine ${version} is too old: ${least.engine} or newer is needed`,
      "Upgrade Docker Engine (https://docs.docker.com/engine/install) or Docker Desktop.",
    );
  }
  return `${version} at ${host}`;
}

/** Docker Compose, which reads Compose files. */
export async function compose(): Promise<string> {
  const { code, stdout } = await docker("compose", "version", "--short");
  if (code === 127) throw noDocker();
  const version = stdout.trim();
  const where = "https://docs.docker.com/compose/install";
  if (code !== 0) {
    throw new NeedsAttention("Docker Compose is not installed", `Install it as a plugin of docker: ${where}`);
  }
  if (!isAtLeast(version, least.compose)) {
    throw new NeedsAttention(
      `Docker Compose ${version} is too old: ${least.compose} or newer is needed`,
      `Upgrade it: ${where}`,
    );
  }
  return version;
}

/** Pulumi's command line. */
export function pulumi(): Promise<string> {
  const path = pulumiCli();
  if (path !== undefined) return Promise.resolve(`${versions.pulumi} at ${path}`);
  return Promise.reject(
    new NeedsAttention(
      `Pulumi's command line ${versions.pulumi} is not installed`,
      "The first command that needs it downloads it. Now: npx pulumi version",
    ),
  );
}

/** Pulumi's Docker provider, which Pulumi downloads at the first `up` where it can. */
export function provider(): Promise<string> {
  const plugin = `resource-docker-v${versions.dockerProvider}`;
  const folder = join(pulumiHome, "plugins");
  if (existsSync(folder) && readdirSync(folder).includes(plugin)) {
    return Promise.resolve(versions.dockerProvider);
  }
  return Promise.reject(
    new NeedsAttention(
      `Pulumi's Docker provider ${versions.dockerProvider} is not installed`,
      `The first up downloads it. Now: npx pulumi plugin install resource docker ${versions.dockerProvider}`,
    ),
  );
}

function docker(...args: readonly string[]) {
  return capture("docker", args, { cwd: "." });
}

function noDocker(): NeedsAttention {
  return new NeedsAttention(
    "Docker's command line is not installed",
    "Install Docker: https://docs.docker.com/get-started/get-docker",
  );
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}

/** Whether a version such as `26.1.5+dfsg1` or `v2.39.1-desktop.1` is at least the other one. */
function isAtLeast(version: string, other: string): boolean {
  const numbers = (text: string) => (/\d+(?:\.\d+)*/.exec(text)?.[0] ?? "").split(".").map(Number);
  const [major = 0, minor = 0] = numbers(version);
  const [leastMajor = 0, leastMinor = 0] = numbers(other);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}
