import { spawnSync } from "node:child_process";
import { availableParallelism, hostname, totalmem } from "node:os";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
// Settles DOCKER_HOST as well, so that the command line is asked about the same engine as the API.
import { engineIsOnThisSystem } from "./address.ts";
import type { DigestAnswer } from "./ask-digests.ts";
import { askDocker, askTogether, type Answer } from "./ask-together.ts";
import type { ExternalParts, NetworksInSwarm, ServicesInSwarm } from "../model/swarm.ts";
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
 * component cannot wait. What can be asked at the same time is asked at the same time: a call costs a preview some 30 ms,
 * and three times the way there and back. Where no engine answers, as in a pull request's preview, every answer is
 * `undefined`.
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

/** What of an engine is worth knowing beside what it has. */
interface Interest {
  /** Names of networks on which the addresses of containers are. */
  readonly networks: readonly string[];
  /** Names of volumes of which it is what they were made with. */
  readonly volumes: readonly string[];
  /** References of images of which it is whether they have a health check. */
  readonly images: readonly string[];
  /** Whether the size of the engine's machine is. */
  readonly size: boolean;
}

/** What an engine has. What it does not have of an interest is left out. */
interface Look {
  /** All of them, whoever made them; a container also where it does not run. */
  readonly containers: readonly EngineContainer[];
  readonly networks: readonly EnginePart[];
  readonly volumes: readonly EnginePart[];
  /** Those that containers have now. */
  readonly addresses: readonly HeldAddress[];
  /** By the volume's name. */
  readonly volumeDetails: Readonly<Record<string, VolumeDetails>>;
  /** By the image's reference. */
  readonly healthchecks: Readonly<Record<string, boolean>>;
  readonly size: MachineSize;
}

/** How much the engine's machine has. What is not known is left out. */
export interface MachineSize {
  readonly memory?: number;
  readonly processors?: number;
}

/** Asks the engine for all of it at once. */
export function lookAtEngine({ networks, volumes, images, size }: Interest): Look | undefined {
  const here = engineIsOnThisSystem();
  const inspect = (kind: string, format: string, names: readonly string[]) =>
    names.length === 0 ? undefined : [kind, "inspect", "--format", format, ...names];
  const answers = askTogether({
    containers: ["ps", "--all", "--no-trunc", "--format", format],
    networks: partsOf("network"),
    volumes: partsOf("volume"),
    addresses: inspect("network", "[{{json .Name}},{{json .Containers}}]", networks),
    volumeDetails: inspect("volume", "[{{json .Name}},{{json .Driver}},{{json .Options}}]", volumes),
    healthchecks: inspect("image", healthcheck, images),
    size: size && !here ? ["info", "--format", '{"memory":{{.MemTotal}},"processors":{{.NCPU}}}'] : undefined,
  });
  if (!answers.containers.isWhole || !answers.networks.isWhole || !answers.volumes.isWhole) return undefined;
  const own = size && here ? { memory: totalmem(), processors: availableParallelism() } : {};
  const [told = "{}"] = answers.size.lines;
  return {
    containers: answers.containers.lines.map(containerIn),
    networks: answers.networks.lines.map(partIn),
    volumes: answers.volumes.lines.map(partIn),
    addresses: answers.addresses.lines.flatMap(heldAddressesIn),
    volumeDetails: Object.fromEntries(answers.volumeDetails.lines.map(volumeDetailsIn)),
    healthchecks: healthchecksIn(images, answers.healthchecks),
    size: { ...own, ...(JSON.parse(told) as MachineSize) },
  };
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

/** The question for every network or volume. */
function partsOf(kind: "network" | "volume"): string[] {
  const format = `{"name":{{json .Name}},"project":${ofCompose("project")},"key":${ofCompose(kind)},"made":${made}}`;
  return [kind, "ls", "--format", format];
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

/** Reads one line of `docker volume inspect` in the format above. */
function volumeDetailsIn(line: string): [string, VolumeDetails] {
  const [name, driver, options] = JSON.parse(line) as [string, string, Record<string, string> | null];
  return [name, { driver, options: options ?? {} }];
}

const healthcheck = "{{json .Config.Healthcheck}}";

/** An answer does not say of which image it is. Where one is missing, each is asked for by itself. */
function healthchecksIn(references: readonly string[], { isWhole, lines }: Answer): Record<string, boolean> {
  const found = isWhole
    ? references.map((reference, index) => [reference, lines[index]] as const)
    : Object.entries(
        askTogether(
          Object.fromEntries(
            references.map((reference) => [
              reference,
              ["image", "inspect", "--format", healthcheck, reference],
            ]),
          ),
        ),
      ).map(([reference, answer]) => [reference, answer.lines[0]] as const);
  return Object.fromEntries(
    found.flatMap(([reference, line]) => (line === undefined ? [] : [[reference, hasHealthcheck(line)]])),
  );
}

function hasHealthcheck(line: string): boolean {
  const { Test: [kind = "NONE"] = [] } = (JSON.parse(line) ?? {}) as { readonly Test?: readonly string[] };
  return kind !== "NONE";
}

/**
 * What the registries say of those of the named images that the engine does not have. Where the engine has all of them, no
 * registry is asked.
 *
 * @param references Whether an `up` would pull the image, by its reference.
 */
export function absentImages(
  references: Readonly<Record<string, boolean>>,
  logins: RegistryLogins,
): Readonly<Record<string, AbsentImage>> {
  const names = Object.keys(references);
  if (names.length === 0 || ask("image", "inspect", "--format", "{{.Id}}", ...names) !== undefined) return {};
  return answersOf("ask-registries", references, logins) as Readonly<Record<string, AbsentImage>>;
}

/** What the registries say of images: the digest by an image's reference, or why there is none. */
export function digestsOf(
  references: readonly string[],
  logins: RegistryLogins,
): Readonly<Record<string, DigestAnswer>> {
  if (references.length === 0) return {};
  return answersOf("ask-digests", references, logins) as Readonly<Record<string, DigestAnswer>>;
}

/**
 * What another program of this folder answers, by an image's reference: this program cannot wait for registries. The
 * other program prints a line of JSON for each answer, and ends by itself, unless the engine hangs.
 *
 * @param logins By which the registries are asked.
 */
function answersOf(
  program: string,
  argument: object,
  logins: RegistryLogins,
): Readonly<Record<string, unknown>> {
  const file = fileURLToPath(new URL(`./${program}${extname(import.meta.url)}`, import.meta.url));
  const { stdout } = spawnSync(process.execPath, [file, JSON.stringify(argument)], {
    encoding: "utf8",
    timeout: 30_000,
    // Everybody on the machine may read the words of a command.
    env: { ...process.env, [loginsVariable]: JSON.stringify(logins) },
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

/**
 * The services that a project has in a swarm, with their host ports.
 *
 * @param label The label, with its value, of all services of the project.
 */
export function servicesInSwarm(label: string): ServicesInSwarm {
  const ids = ask("service", "ls", "--quiet", "--filter", `label=${label}`) ?? [];
  if (ids.length === 0) return {};
  // What somebody has removed meanwhile is not among the answers.
  const { lines } = askDocker(["service", "inspect", "--format", "{{json .}}", ...ids]);
  const services = lines.map((line): [string, ServicesInSwarm[string]] => {
    const { ID: id, Spec: spec } = JSON.parse(line) as ServiceListed;
    const ports = (spec.EndpointSpec?.Ports ?? []).flatMap(({ PublishedPort: port, Protocol: protocol }) =>
      port === undefined ? [] : [`${port}/${protocol}`],
    );
    return [spec.Labels["com.docker.compose.service"] ?? spec.Name, { id, ports }];
  });
  return Object.fromEntries(services);
}

interface ServiceListed {
  readonly ID: string;
  readonly Spec: {
    readonly Name: string;
    readonly Labels: Readonly<Record<string, string>>;
    readonly EndpointSpec?: {
      readonly Ports?: readonly { readonly PublishedPort?: number; readonly Protocol: string }[];
    };
  };
}

/**
 * The overlay networks that a swarm has, with their subnets.
 *
 * @param project Whose networks are told by their key.
 */
export function networksInSwarm(project: string): NetworksInSwarm {
  const ids = ask("network", "ls", "--quiet", "--filter", "driver=overlay") ?? [];
  if (ids.length === 0) return {};
  const { lines } = askDocker(["network", "inspect", "--format", "{{json .}}", ...ids]);
  const networks = lines.map((line): [string, NetworksInSwarm[string]] => {
    const { Name: name, IPAM: ipam, Labels: labels } = JSON.parse(line) as NetworkListed;
    const key =
      labels?.["com.docker.compose.project"] === project ? labels["com.docker.compose.network"] : undefined;
    const subnets = (ipam?.Config ?? []).flatMap(({ Subnet: subnet }) => subnet ?? []);
    return [name, { subnets, ...(key === undefined ? {} : { key }) }];
  });
  return Object.fromEntries(networks);
}

interface NetworkListed {
  readonly Name: string;
  readonly IPAM?: { readonly Config?: readonly { readonly Subnet?: string }[] | null };
  readonly Labels?: Readonly<Record<string, string>> | null;
}

/** The swarm's notes of volumes that are being restored: the name of each note, by the name of the volume. */
export function restoresInSwarm(): Readonly<Record<string, string>> {
  const format = `{{.Label "${restoreLabel}"}} {{.Name}}`;
  const lines = ask("config", "ls", "--filter", `label=${restoreLabel}`, "--format", format) ?? [];
  return Object.fromEntries(lines.map((line) => line.split(" ") as [volume: string, note: string]));
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
function ask(...question: readonly string[]): readonly string[] | undefined {
  const { isWhole, lines } = askDocker(question);
  return isWhole ? lines : undefined;
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
