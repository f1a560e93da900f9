import { spawnSync } from "node:child_process";
import { availableParallelism, hostname, totalmem } from "node:os";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
// Settles DOCKER_HOST as well, so that the command line is asked about the same engine as the API.
import { engineIsOnThisSystem } from "./address.ts";
import type { DigestAnswer } from "./ask-digests.ts";
import type { ExternalParts } from "../model/swarm.ts";
import { labelNames, projectLabel, restoreLabel } from "../plan/package-names.ts";
import type {
  AbsentImage,
  ContainerDetails,
  EngineContainer,
  EnginePart,
  HeldAddress,
  HeldPort,
  VolumeDetails,
} from "../model/facts.ts";
import { loginsVariable, type RegistryLogins } from "../model/registry-login.ts";

/*
 * What the engine has, asked by Docker's command line: the program has to know before it makes anything, and a
 * component cannot wait. A call costs a preview some 30 ms. Where no engine answers, as in a pull request's preview,
 * every answer is `undefined`.
 */

/** The value of a label under the first of its names that is there. */
const label = (...names: readonly string[]) =>
  `{{json (or ${names.map((name) => `(.Label "${name}")`).join(" ")})}}`;
const made = label(...labelNames(projectLabel));
const ofCompose = (name: string) => label(`com.docker.compose.${name}`);

/** A line of JSON a container; only what is asked for, since a container's size takes the engine seconds. */
const format =
  `{"id":{{json .ID}},"names":{{json .Names}},"project":${ofCompose("project")},"service":${ofCompose("service")},` +
  `"revision":${ofCompose("config-hash")},"number":${ofCompose("container-number")},"image":{{json .Image}},` +
  `"made":${made},"restores":${label(...labelNames(restoreLabel))},` +
  `"state":{{json .State}},"ports":{{json .Ports}},"mounts":{{json .Mounts}}}`;

/** Every container on the engine, whoever made it and whether it runs. */
export function containersOnEngine(): EngineContainer[] | undefined {
  return ask("ps", "--all", "--no-trunc", "--format", format)?.map(containerIn);
}

/** What the named containers are known by beyond the list of all, by their ids. */
export function detailsOfContainers(ids: readonly string[]): Record<string, ContainerDetails> | undefined {
  if (ids.length === 0) return {};
  const lines = ask(
    "container",
    "inspect",
    "--format",
    "[{{json .ID}},{{json .Config.Image}},{{json .Mounts}}]",
    ...ids,
  );
  return lines && Object.fromEntries(lines.map(detailsIn));
}

/** Reads one line of `docker container inspect` in the format above. */
export function detailsIn(line: string): [string, ContainerDetails] {
  const [id, image, mounts] = JSON.parse(line) as [
    string,
    string,
    readonly { readonly Type: string; readonly Name?: string; readonly Destination: string }[],
  ];
  const volumes = mounts.flatMap(({ Type, Name, Destination }) =>
    Type === "volume" && Name !== undefined ? [[Destination, Name]] : [],
  );
  return [id, { image, volumes: Object.fromEntries(volumes) as Record<string, string> }];
}

/** Every network or volume on the engine, whoever made it. */
export function partsOnEngine(kind: "network" | "volume"): EnginePart[] | undefined {
  const format = `{"name":{{json .Name}},"project":${ofCompose("project")},"key":${ofCompose(kind)},"made":${made}}`;
  return ask(kind, "ls", "--format", format)?.map(partIn);
}

/** Reads one line of `docker volume ls` in the format above. */
export function partIn(line: string): EnginePart {
  const { name = "", project, key, made } = JSON.parse(line) as Partial<Record<string, string>>;
  return {
    name,
    ...(project ? { project } : {}),
    ...(key ? { key } : {}),
    ...(project && !made ? { byCompose: true } : {}),
  };
}

/** The addresses that containers have now on the named networks, which the engine has. */
export function addressesOn(networks: readonly string[]): HeldAddress[] {
  if (networks.length === 0) return [];
  const format = "[{{json .Name}},{{json .Containers}}]";
  return (ask("network", "inspect", "--format", format, ...networks) ?? []).flatMap(heldAddressesIn);
}

/** Reads one line of `docker network inspect` in the format above. */
export function heldAddressesIn(line: string): HeldAddress[] {
  const [network, containers] = JSON.parse(line) as [
    string,
    Readonly<Record<string, { readonly IPv4Address: string; readonly IPv6Address: string }>>,
  ];
  return Object.entries(containers).flatMap(([container, { IPv4Address, IPv6Address }]) =>
    [IPv4Address, IPv6Address].flatMap((address) =>
      address === "" ? [] : [{ container, network, address: address.replace(/\/.*/, "") }],
    ),
  );
}

/** What the named volumes were made with, by their names; of those that the engine has. */
export function detailsOfVolumes(names: readonly string[]): Record<string, VolumeDetails> {
  const entries = names.flatMap((volume) => {
    const format = '{"driver":{{json .Driver}},"options":{{json .Options}}}';
    const [line] = ask("volume", "inspect", "--format", format, volume) ?? [];
    if (line === undefined) return [];
    const { driver, options } = JSON.parse(line) as {
      driver: string;
      options: Record<string, string> | null;
    };
    return [[volume, { driver, options: options ?? {} }] as const];
  });
  return Object.fromEntries(entries);
}

/** Whether the named images have a health check, by their references; of those that the engine has. */
export function healthchecksOfImages(references: readonly string[]): Record<string, boolean> {
  const entries = references.flatMap((reference) => {
    const [line] = ask("image", "inspect", "--format", "{{json .Config.Healthcheck}}", reference) ?? [];
    if (line === undefined) return [];
    const { Test: [kind = "NONE"] = [] } = (JSON.parse(line) ?? {}) as { readonly Test?: readonly string[] };
    return [[reference, kind !== "NONE"] as const];
  });
  return Object.fromEntries(entries);
}

/**
 * What the registries say of those of the named images that the engine does not have. Where the engine has all of them, no
 * registry is asked.
 *
 * @param references Whether an `up` would pull the image, by its reference.
 */
export function absentImages(
  references: Readonly<Record<string, boolean>>,
): Readonly<Record<string, AbsentImage>> {
  const names = Object.keys(references);
  if (names.length === 0 || ask("image", "inspect", "--format", "{{.Id}}", ...names) !== undefined) return {};
  return answersOf("ask-registries", references) as Readonly<Record<string, AbsentImage>>;
}

/** What the registries say of images: the digest by an image's reference, or why there is none. */
export function digestsOf(
  references: readonly string[],
  logins: RegistryLogins,
): Readonly<Record<string, DigestAnswer>> {
  if (references.length === 0) return {};
  // Everybody on the machine may read the words of a command.
  return answersOf("ask-digests", references, { [loginsVariable]: JSON.stringify(logins) }) as Readonly<
    Record<string, DigestAnswer>
  >;
}

/**
 * What another program of this folder answers, by an image's reference: this program cannot wait for registries. The
 * other program prints a line of JSON for each answer, and ends by itself, unless the engine hangs.
 */
function answersOf(
  program: string,
  argument: object,
  env: Readonly<Record<string, string>> = {},
): Readonly<Record<string, unknown>> {
  const file = fileURLToPath(new URL(`./${program}${extname(import.meta.url)}`, import.meta.url));
  const { stdout } = spawnSync(process.execPath, [file, JSON.stringify(argument)], {
    encoding: "utf8",
    timeout: 30_000,
    env: { ...process.env, ...env },
  });
  const lines = stdout.split("\n").filter((line) => line !== "");
  return Object.fromEntries(lines.map((line) => JSON.parse(line) as [reference: string, answer: unknown]));
}

/** Whether the engine is a manager of a swarm; `undefined` where no engine answers. */
export function isManager(): boolean | undefined {
  const [line] = ask("info", "--format", "{{.Swarm.ControlAvailable}}") ?? [];
  return line === undefined ? undefined : line === "true";
}

/** The configs and the secrets that the swarm has; `undefined` where no manager answers. */
export function partsOfSwarm(): ExternalParts | undefined {
  const idsOf = (kind: keyof ExternalParts) => {
    const lines = ask(kind, "ls", "--format", "{{.Name}} {{.ID}}");
    return lines && Object.fromEntries(lines.map((line) => line.split(" ") as [name: string, id: string]));
  };
  const [config, secret] = [idsOf("config"), idsOf("secret")];
  return config === undefined || secret === undefined ? undefined : { config, secret };
}

/** How much the engine's machine has. Nothing where the engine does not answer. */
export function sizeOfMachine(): { readonly memory?: number; readonly processors?: number } {
  if (engineIsOnThisSystem()) return { memory: totalmem(), processors: availableParallelism() };
  const [line] = ask("info", "--format", '{"memory":{{.MemTotal}},"processors":{{.NCPU}}}') ?? [];
  return line === undefined ? {} : (JSON.parse(line) as { memory: number; processors: number });
}

let here: boolean | undefined;

/**
 * Whether the engine sees the files and the network that this program sees. A program in a container that has the
 * engine's socket does not.
 */
export function engineIsHere(): boolean {
  here ??= engineIsOnThisSystem() && ask("info", "--format", "{{.Name}}")?.[0] === hostname();
  return here;
}

/** The lines of an answer. */
function ask(...args: readonly string[]): string[] | undefined {
  const { status, stdout } = spawnSync("docker", args, {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    // One that is far away and silent must not hold a preview up.
    timeout: 30_000,
  });
  return status === 0 ? stdout.split("\n").filter((line) => line !== "") : undefined;
}

/** Reads one line of `docker ps` in the format above. */
export function containerIn(line: string): EngineContainer {
  const { id, names, project, service, revision, number, image, made, restores, state, ports, mounts } =
    JSON.parse(line) as Record<string, string>;
  return {
    id: id ?? "",
    // Names by which others link to it have a slash in them.
    name: listed(names).find((name) => !name.includes("/")) ?? "",
    ...(project ? { project } : {}),
    ...(service ? { service } : {}),
    ...(image ? { image } : {}),
    ...(revision ? { revision } : {}),
    ...(number ? { number: Number(number) } : {}),
    ...(project && !made ? { byCompose: true } : {}),
    ...(restores ? { restores } : {}),
    state: state ?? "",
    ports: listed(ports).flatMap(heldPorts),
    mounts: listed(mounts),
  };
}

/** `127.0.0.1:8000-8001->80-81/tcp` holds two; `8000/tcp` is open to other containers only. */
function heldPorts(text: string): HeldPort[] {
  const [, ip = "", first = "", last = first, protocol = "tcp"] =
    /^(.+):(\d+)(?:-(\d+))?->[\d-]+\/(\w+)$/.exec(text) ?? [];
  if (first === "") return [];
  return Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => ({
    ip: ip.replace(/^\[|\]$/g, ""),
    port: Number(first) + index,
    protocol,
  }));
}

function listed(text = ""): string[] {
  return text.split(/, ?/).filter((entry) => entry !== "");
}
