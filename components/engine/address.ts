import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { isContext, sshDestination } from "./setting.ts";
import { connectBySsh, Unreachable } from "./ssh.ts";

/*
 * Three programs talk to the engine: Docker's command line, this package (by the API), and Pulumi's Docker provider.
 * Left alone they follow different settings. The command line follows DOCKER_HOST, then DOCKER_CONTEXT, then the
 * context that `docker context use` chose. The provider follows DOCKER_CONTEXT, then DOCKER_HOST, and never the chosen
 * context. The command line's engine is the one that a person sees, so all three follow the command line here.
 */

type Variables = Readonly<Record<string, string | undefined>>;

/** Where an engine is, and which setting says so. */
export interface Address {
  /** `unix:///var/run/docker.sock`, `tcp://build.example:2376`, `ssh://ada@build.example` */
  readonly host: string;
  /** The setting, in words for a message: `Docker context colima`. */
  readonly from: string;
  /** Folder with `ca.pem`, `cert.pem` and `key.pem`, where the Docker context has them. */
  readonly certificates?: string;
}

/** What the stack's config says to the provider: `docker:host` and `docker:context`. */
export interface ProviderConfig {
  readonly host?: string | undefined;
  readonly context?: string | undefined;
}

const standard: Address = {
  host: process.platform === "win32" ? "npipe:////./pipe/docker_engine" : "unix:///var/run/docker.sock",
  from: "Docker's default",
};

/**
 * Says to this process, and to all that it starts, the address by which a stack's config names the engine. `DOCKER_HOST` is
 * then how the engine is reached from here, which is another address where that is by SSH.
 */
const ofStack = "PULUMI_COMPOSE_ENGINE";

/** The environment that this process was started with. */
const given: Variables = { ...process.env };

// From here on DOCKER_HOST alone says where the engine is: to the API's client in this process, and to every program that
// this process starts. Where this process is the command `pulumi-compose`, Pulumi and its provider are among them.
for (const [name, value] of Object.entries(variablesOf(given))) {
  if (value === undefined) Reflect.deleteProperty(process.env, name);
  else process.env[name] = value;
}

/** The engine's address, as stack config, or else the terminal, has it; empty for Docker's default. */
export function engineAddress(): string {
  return process.env[ofStack] ?? process.env.DOCKER_HOST ?? "";
}

/** Whether stack config's key `engine` names an engine that sees none of this machine's files. */
export function isElsewhere(setting: string): boolean {
  try {
    return /^(?:ssh|tcp):/.test(addressOf(setting).host);
  } catch {
    // Of a context that this machine does not have, nobody knows what it sees.
    return false;
  }
}

/** Whether the engine answers on a socket of this system; Docker Desktop's runs in a machine of its own. */
export function engineIsOnThisSystem(): boolean {
  return process.platform === "linux" && /^(?:unix:(?!.*desktop).*)?$/.test(engineAddress());
}

/** Where the stack's engine cannot be reached, no engine answers, and nobody works on another one in its place. */
export const nowhere = "unix:///not-connected.sock";

/**
 * Has this process, and all that it starts, work on the engine of stack config's key `engine`. Nothing is connected twice.
 *
 * @param setting As `wrongEngine` accepts it.
 * @throws Unreachable where there is no such Docker context, or no way to the server.
 */
export function workOn(setting: string): void {
  const { host, certificates } = addressOf(setting);
  const to = sshDestination(host);
  // Whoever started this process has tried it.
  if (process.env[ofStack] === host && process.env.DOCKER_HOST === nowhere) return;
  delete process.env.DOCKER_CONTEXT;
  process.env[ofStack] = host;
  process.env.DOCKER_HOST = to === undefined ? host : nowhere;
  if (to !== undefined) process.env.DOCKER_HOST = `unix://${connectBySsh(to)}`;
  if (certificates !== undefined)
    Object.assign(process.env, { DOCKER_CERT_PATH: certificates, DOCKER_TLS_VERIFY: "1" });
}

/** The engine of the key `engine`. */
export function addressOf(setting: string, env: Variables = process.env): Address {
  if (!isContext(setting)) return { host: setting, from: "engine in the stack's config" };
  const address = setting === "default" ? standard : addressOfContext(setting, configFolder(env));
  if (address !== undefined) return address;
  throw new Unreachable(
    `the stack's engine is the Docker context ${setting}, and this machine has no context of that name`,
    `See docker context ls. Make it: docker context create ${setting} --docker host=ssh://<user>@<host>`,
  );
}

/** The variables by which every program follows Docker's command line; `undefined` for one that must not be set. */
export function variablesOf(env: Variables): Variables {
  // All of it is said already.
  if (env[ofStack] !== undefined) return {};
  const address = commandLineAddress(env);
  // The command line itself names a context that nobody has.
  if (address === undefined) return {};
  const { host, from, certificates } = address;
  return {
    ...(from === standard.from ? {} : { DOCKER_HOST: host }),
    ...(env.DOCKER_CONTEXT === undefined ? {} : { DOCKER_CONTEXT: undefined }),
    ...(certificates === undefined ? {} : { DOCKER_CERT_PATH: certificates, DOCKER_TLS_VERIFY: "1" }),
  };
}

/** The engine that Docker's command line works on; `undefined` for a context that does not exist. */
export function commandLineAddress(env: Variables): Address | undefined {
  if (env[ofStack] !== undefined) return { host: env[ofStack], from: "engine in the stack's config" };
  if (env.DOCKER_HOST) return { host: env.DOCKER_HOST, from: "DOCKER_HOST" };
  const folder = configFolder(env);
  const context = env.DOCKER_CONTEXT || chosenContext(folder);
  return context === undefined || context === "default" ? standard : addressOfContext(context, folder);
}

/** The engine that Pulumi's Docker provider works on; `undefined` for a context that does not exist. */
export function providerAddress(env: Variables, config: ProviderConfig): Address | undefined {
  const context = config.context ?? env.DOCKER_CONTEXT;
  // The provider reads contexts in the home directory, whatever DOCKER_CONFIG says.
  if (context) return addressOfContext(context, join(env.HOME ?? homedir(), ".docker"));
  if (config.host) return { host: config.host, from: "docker:host in the stack's config" };
  return env.DOCKER_HOST ? { host: env.DOCKER_HOST, from: "DOCKER_HOST" } : standard;
}

/**
 * The two engines, where Pulumi was started in a way that the provider works on another engine than the command line.
 *
 * @returns `undefined` where both work on the same engine.
 */
export function twoEngines(
  config: ProviderConfig,
  env: Variables = given,
): { readonly commandLine: Address; readonly provider: Address } | undefined {
  const commandLine = commandLineAddress(env);
  const provider = providerAddress(env, config);
  // Whoever names a context that does not exist is told so by the command line, or by the provider.
  if (commandLine === undefined || provider === undefined) return undefined;
  return place(commandLine) === place(provider) ? undefined : { commandLine, provider };
}

/**
 * The engine on which Pulumi's Docker provider builds images, where that is another one than stack config names. The
 * provider makes everything else on the engine that it is told of, and builds on that of the terminal.
 *
 * @param setting The key `engine`.
 */
export function engineOfBuilds(setting: string, env: Variables = given): Address | undefined {
  const terminal = commandLineAddress(env);
  if (terminal === undefined) return undefined;
  try {
    return place(addressOf(setting, env)) === place(terminal) ? undefined : terminal;
  } catch {
    // Of a context that this machine does not have, somebody else tells.
    return undefined;
  }
}

function configFolder(env: Variables): string {
  return env.DOCKER_CONFIG || join(env.HOME ?? homedir(), ".docker");
}

/** The context that `docker context use` chose. */
function chosenContext(folder: string): string | undefined {
  const { currentContext } = readJson(join(folder, "config.json")) as { currentContext?: string };
  return currentContext;
}

/** A context's files lie below the SHA-256 of its name. */
function addressOfContext(context: string, folder: string): Address | undefined {
  const id = createHash("sha256").update(context).digest("hex");
  const meta = readJson(join(folder, "contexts", "meta", id, "meta.json")) as {
    readonly Endpoints?: { readonly docker?: { readonly Host?: string } };
  };
  const host = meta.Endpoints?.docker?.Host;
  if (!host) return undefined;
  const certificates = join(folder, "contexts", "tls", id, "docker");
  return {
    host,
    from: `Docker context ${context}`,
    ...(existsSync(certificates) ? { certificates } : {}),
  };
}

/** Two paths may lead to one socket: Docker Desktop's default one is a link. */
function place({ host }: Address): string {
  const socket = /^unix:\/\/(.+)/.exec(host)?.[1];
  if (socket === undefined) return host;
  try {
    return realpathSync(socket);
  } catch {
    return socket;
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return {};
  }
}
