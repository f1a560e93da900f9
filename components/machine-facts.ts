import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { placed } from "./checks/index.ts";
import { checkLostVolumes, withDriver } from "./checks/made-volumes.ts";
import { limitsMemory } from "./checks/memory.ts";
import { withData } from "./checks/on-engine.ts";
import { checkOtherState } from "./checks/other-state.ts";
import { boundFolders, checkBoundFolders } from "./checks/volume-options.ts";
import { isImageReference } from "./compose-spec/image-reference.ts";
import { givenLogins } from "./config.ts";
import { isOutside } from "./compose-spec/paths.ts";
import { engineOfBuilds, isElsewhere, twoEngines } from "./engine/address.ts";
import {
  absentImages,
  digestsOf,
  detailsOfContainers,
  engineIsHere,
  isManager,
  lookAtEngine,
  networksInSwarm,
  partsOfSwarm,
  restoresInSwarm,
  servicesInSwarm,
  type MachineSize,
} from "./engine/facts.ts";
import { listenersOn } from "./engine/listeners.ts";
import { mistake, type Finding } from "./findings/finding.ts";
import { commandFor } from "./local/command-for.ts";
import { asked } from "./local/asked.ts";
import { unreadable, whyUnread, writeBuildFiles } from "./local/build-files.ts";
import { contentHashes } from "./local/content-hash.ts";
import { readPortRegistry } from "./local/port-registry.ts";
import { filesForElsewhere } from "./local/project-files.ts";
import { securityProfiles } from "./local/security-profiles.ts";
import { knownToStateOf, swarmInState } from "./local/stack-state.ts";
import { stacksIn } from "./local/stacks.ts";
import { jobFiles } from "./local/job-files.ts";
import { startTimes } from "./local/start-times.ts";
import { healthOfImages } from "./model/dependencies.ts";
import type { EngineFacts } from "./model/facts.ts";
import type { Model } from "./model/model.ts";
import { externalReferences } from "./model/files.ts";
import type { RegistryLogins } from "./model/registry-login.ts";
import { filesForSwarm, type Swarm } from "./model/swarm.ts";
import { projectLabel } from "./plan/package-names.ts";
import type { MachineFacts } from "./plan/plan-project.ts";
import { leavesStartInterval } from "./plan/start-interval.ts";
import { named } from "./model/engine-names.ts";

/**
 * Reads and asks what a plan needs to know beyond the model: files of the project, what earlier updates measured, and the
 * engine. The engine is asked only for what the model makes worth knowing, since a preview waits for each answer.
 *
 * @throws RunError where an update is to be made, and the engine does not answer.
 */
export function askMachine(
  model: Model,
  args: {
    readonly project: string;
    readonly directory: string;
    readonly portRegistry?: string | undefined;
    /** The key `engine` of stack config. */
    readonly engine?: string | undefined;
    /** Absolute path of the folder of the route files; absent where Traefik reads labels. */
    readonly routeFiles: string | undefined;
    readonly swarm?: Swarm | undefined;
    readonly registryAuth?: RegistryLogins | undefined;
  },
): MachineFacts {
  const { project, directory, portRegistry, swarm, registryAuth = {} } = args;
  // The provider of a stack that names its engine, or managers of its swarm, is told of them.
  const isTold = args.engine !== undefined || swarm !== undefined;
  const apart = isTold ? builtOnAnother(model, args.engine) : onTwoEngines();
  // What one node has says nothing of a swarm.
  const asked = swarm === undefined && apart === undefined;
  const look = asked ? askEngine(model, project, givenLogins(registryAuth, directory)) : undefined;
  if (asked && look === undefined) mayGoWithout();
  const engine = look?.facts;
  const { findings: unread, ...hashes } = contentHashes(model, directory, jobFiles(project));
  return {
    pathExists: (path) => existsSync(resolve(directory, path)) || isOfAnotherMachine(path, directory),
    whyUnread: (path, kind) => whyUnread(resolve(directory, path), kind),
    stacks: stacksIn(process.cwd()),
    starts: startTimes(project),
    ...look?.size,
    findings: [
      ...(apart === undefined ? besideState(model, project, engine) : [apart]),
      ...(engine === undefined ? [] : placed(model, foldersOfVolumes(model))),
      ...unread,
    ],
    engine,
    ...(args.engine !== undefined && swarm === undefined && isElsewhere(args.engine)
      ? { files: filesForElsewhere(model, args) }
      : {}),
    ...(swarm === undefined ? {} : { swarm: askSwarm(model, { swarm, registryAuth, directory, project }) }),
    portRegistry:
      portRegistry === undefined
        ? undefined
        : { file: portRegistry, ...readPortRegistry(portRegistry, directory) },
    ...hashes,
    securityProfiles: securityProfiles(model, directory),
    buildFiles: writeBuildFiles(model, project),
  };
}

/** What a plan needs to know beyond the model where the stack goes to a swarm. */
function askSwarm(
  model: Model,
  {
    swarm,
    registryAuth,
    directory,
    project,
  }: {
    readonly swarm: Swarm;
    readonly registryAuth: RegistryLogins;
    readonly directory: string;
    readonly project: string;
  },
): NonNullable<MachineFacts["swarm"]> {
  const manager = isManager();
  if (manager === undefined && !pulumi.runtime.isDryRun()) mayGoWithout();
  const references = Object.values(model.services).flatMap(({ image, build }) =>
    image === undefined || build !== undefined || !isImageReference(image) ? [] : [image],
  );
  const images = manager === true ? [...new Set(references)] : [];
  const silent = { registry: "unreached", reason: "no answer within 10 s" } as const;
  const noted =
    manager === undefined ? swarmInState(pulumi.getProject(), pulumi.getStack(), process.cwd()) : undefined;
  const answers = {
    ...noted?.digests,
    ...Object.fromEntries(images.map((image) => [image, silent])),
    ...digestsOf(images, givenLogins(registryAuth, directory)),
  };
  const { configs, secrets } = filesForSwarm(model);
  const texts = (paths: readonly string[]) =>
    paths.flatMap((path) => {
      const file = resolve(directory, path);
      return existsSync(file) ? [[path, readFileSync(file, "utf8")] as const] : [];
    });
  return {
    isManager: manager,
    at: process.env.DOCKER_HOST ?? "",
    swarm,
    contents: Object.fromEntries(texts(configs)),
    secretContents: Object.fromEntries(texts(secrets)),
    digests: answers,
    external: manager === true && usesExternal(model) ? partsOfSwarm() : noted?.external,
    services: manager === true && hasHostPorts(model) ? servicesInSwarm(`${projectLabel}=${project}`) : {},
    networks: manager === true && hasSubnets(model) ? networksInSwarm(project) : {},
    restores: manager === true && mayBeHalfRestored(model) ? restoresInSwarm() : {},
  };
}

function mayBeHalfRestored({ volumes }: Model): boolean {
  return Object.keys(volumes).length > 0 && asked().restores !== true;
}

function hasHostPorts({ services }: Model): boolean {
  return Object.values(services).some(({ ports = [] }) =>
    ports.some(({ published }) => published !== undefined),
  );
}

function hasSubnets({ networks }: Model): boolean {
  return Object.values(networks).some(
    ({ external, ipam }) => external !== true && ipam?.config !== undefined,
  );
}

function usesExternal(model: Model): boolean {
  return Object.values(model.services).some((service) => externalReferences(service, model).length > 0);
}

/** What the checks would find on one engine says nothing of an update on the other. */
function onTwoEngines(): Finding | undefined {
  const config = new pulumi.Config("docker");
  const [host, context] = [config.get("host"), config.get("context")];
  const apart = twoEngines({ host, context });
  if (apart === undefined) return undefined;
  const { commandLine, provider } = apart;
  const said = host !== undefined || context !== undefined;
  return mistake("two-engines", {
    path: said ? `docker:${context === undefined ? "host" : "context"}` : "DOCKER_HOST",
    message:
      `Docker's command line works on ${commandLine.host} (${commandLine.from}), ` +
      `and Pulumi's Docker provider would work on ${provider.host} (${provider.from})`,
    fix: said
      ? `take it out of the stack's config, or let the command line work there: export DOCKER_HOST=${provider.host}`
      : `use ${commandFor(process.cwd(), pulumi.getStack(), "up")}, which works on ${commandLine.host}; ` +
        `or first: export DOCKER_HOST=${commandLine.host}; unset DOCKER_CONTEXT`,
  });
}

/** Images that are built on one engine are missing on the other. A preview builds none. */
function builtOnAnother(model: Model, engine: string | undefined): Finding | undefined {
  if (pulumi.runtime.isDryRun()) return undefined;
  const [built] = Object.entries(model.services).flatMap(([name, { build }]) =>
    build === undefined ? [] : [name],
  );
  const terminal = engine === undefined || built === undefined ? undefined : engineOfBuilds(engine);
  if (terminal === undefined) return undefined;
  return mistake("two-engines", {
    path: `services.${built ?? ""}.build`,
    message:
      `the stack is on ${engine ?? ""}, and Pulumi's Docker provider, started like this, ` +
      `would build images on ${terminal.host} (${terminal.from})`,
    fix: `use ${commandFor(process.cwd(), pulumi.getStack(), "up")}, which builds them on the stack's engine`,
  });
}

/** Of an engine on another machine nobody knows here which folders it has. */
function foldersOfVolumes(model: Model): Finding[] {
  const folders = boundFolders(model);
  if (folders.length === 0 || !engineIsHere()) return [];
  // What this program cannot read, the engine may.
  const whyNot = (path: string) => {
    const reason = whyUnread(path, "directory");
    return reason === unreadable ? undefined : reason;
  };
  return checkBoundFolders(folders, whyNot);
}

function isSizeWorthKnowing(model: Model): boolean {
  return limitsMemory(model) || Object.values(model.services).some(leavesStartInterval);
}

/**
 * Where the stack's state and the engine differ. The state is read after the engine, so that what another update of the
 * stack has made meanwhile is in its state.
 */
function besideState(model: Model, project: string, engine: EngineFacts | undefined): Finding[] {
  const stack = pulumi.getStack();
  const directory = process.cwd();
  const known = engine && knownToStateOf(pulumi.getProject(), stack, directory);
  if (engine === undefined || known === undefined) return [];
  const command = commandFor(directory, stack, "up", "--take-over");
  const restore = (key: string) => commandFor(directory, stack, "restore", key, `${key}.tar.gz`);
  return [
    ...checkOtherState({ project, stack, command }, engine, known),
    ...placed(model, checkLostVolumes(named(model.volumes, project), known.volumes, engine.volumes, restore)),
  ];
}

/** Without an engine, as in a pull request's preview, nothing answers, and less is found. */
function askEngine(
  model: Model,
  project: string,
  logins: RegistryLogins,
): { readonly facts: EngineFacts; readonly size: MachineSize } | undefined {
  const look = lookAtEngine({
    networks: networksWithAddresses(model, project),
    volumes: withDriver(named(model.volumes, project)),
    images: imagesAwaited(model),
    size: isSizeWorthKnowing(model),
  });
  if (look === undefined) return undefined;
  const { size, ...answered } = look;
  const { containers, volumes } = answered;
  const { left, moved } = withData(model, project, containers, volumes);
  const facts = {
    ...answered,
    listenersOn,
    containerDetails: detailsOfContainers([...left, ...moved].map(({ id }) => id)) ?? {},
    absentImages: absentImages(imagesUsed(model, containers), logins),
  };
  return { facts, size };
}

/** The images that have to tell whether they have a health check; what is built or pulled at every `up` tells it then. */
function imagesAwaited(model: Model): string[] {
  return [...healthOfImages(model).keys()].flatMap((name) => {
    const { image, build, pull_policy = "missing" } = model.services[name] ?? {};
    const stays = ["missing", "if_not_present", "never"].includes(pull_policy);
    return image === undefined || build !== undefined || !stays ? [] : [image];
  });
}

/**
 * Whether an `up` would pull an image, by the references of the images that the stack does not build. An image that a
 * container has is on the engine.
 */
function imagesUsed(model: Model, containers: EngineFacts["containers"]): Record<string, boolean> {
  const present = new Set(containers.map(({ image }) => image));
  const used: Record<string, boolean> = {};
  for (const { image, build, pull_policy } of Object.values(model.services)) {
    if (image === undefined || build !== undefined || present.has(image) || !isImageReference(image))
      continue;
    used[image] = used[image] === true || pull_policy !== "never";
  }
  return used;
}

/** The networks on which a service has a fixed address. */
function networksWithAddresses(model: Model, project: string): string[] {
  const networks = named(model.networks, project);
  const keys = Object.values(model.services).flatMap((service) =>
    Object.entries(service.networks ?? {}).flatMap(([key, attachment]) =>
      attachment?.ipv4_address === undefined && attachment?.ipv6_address === undefined ? [] : [key],
    ),
  );
  return [...new Set(keys)].flatMap((key) => networks[key]?.name ?? []);
}

/** An update that does not know what is there could remove data that the stack no longer has. */
function mayGoWithout(): void {
  if (pulumi.runtime.isDryRun()) return;
  throw new pulumi.RunError(
    "the engine does not answer, nothing was touched\n" +
      "→ see what `docker ps` says, which has to answer within 30 s; `npx pulumi-compose doctor` says how to get an engine.\n",
  );
}

/** A path outside the project is on the engine's machine, which may be another one: there the engine itself looks. */
function isOfAnotherMachine(path: string, directory: string): boolean {
  return isOutside(path, directory) && !engineIsHere();
}
