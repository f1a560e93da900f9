import { check, checkMeasured, placed } from "../checks/index.ts";
import { largeContexts } from "../checks/large-contexts.ts";
import { checkRestoresInSwarm, madeVolumes } from "../checks/made-volumes.ts";
import { checkOnEngine, withData } from "../checks/on-engine.ts";
import { keptVolumes } from "../checks/renames.ts";
import { checkSwarm, withoutDigest, withoutExternal } from "../checks/swarm.ts";
import { checkPublishedPorts, type PortRegistry } from "../checks/port-registry.ts";
import { unknownProfiles } from "../checks/profiles.ts";
import { routeFiles } from "../checks/route-files.ts";
import type { WrittenFile } from "../compose-spec/written.ts";
import { isMistake, mistake, type Finding } from "../findings/finding.ts";
import { notOnServer } from "../checks/not-on-server.ts";
import { clearSecrets } from "../guesses/clear-secrets.ts";
import { beyondDevelopment } from "../guesses/beyond-development.ts";
import { guess } from "../guesses/index.ts";
import { unheardVariables } from "../guesses/unheard-variables.ts";
import { guessInWritten } from "../guesses/written.ts";
import type { FilesHere } from "../model/elsewhere.ts";
import type { AbsentImage, EngineFacts, Measurements, WhyUnread } from "../model/facts.ts";
import type { Model } from "../model/model.ts";
import { named } from "../model/engine-names.ts";
import {
  modelOnSwarm,
  secretOfFile,
  type ExternalParts,
  type NetworksInSwarm,
  type ServicesInSwarm,
  type Swarm,
} from "../model/swarm.ts";
import { exposedSecrets, missingSecrets } from "../model/secret.ts";
import { handOversIn } from "./hand-over.ts";
import { planOf, type Plan, type PlanOptions } from "./plan.ts";
import { takenSubnets } from "./taken-subnets.ts";
import { unplacedFiles } from "./unplaced-files.ts";
import { planForSwarm } from "./swarm.ts";
import { handOversInSwarm } from "./swarm-ports.ts";
import { volumesLeft } from "./volumes-left.ts";

/** What the machine says of a model: its files, its earlier updates, its engine. */
export interface MachineFacts
  extends
    Measurements,
    Required<Pick<PlanOptions, "buildHashes" | "boundFiles" | "securityProfiles" | "buildFiles">> {
  /** Whether a path, relative to the project or absolute, exists. */
  readonly pathExists: (path: string) => boolean;
  /** Why a build cannot read a path; builds read the files of this machine, wherever the engine is. */
  readonly whyUnread: WhyUnread;
  /** Names of the stacks that the program has a file of. */
  readonly stacks: readonly string[];
  /** What is wrong with the engine itself. */
  readonly findings: readonly Finding[];
  /** What the engine has; absent where no engine answers. */
  readonly engine?: EngineFacts | undefined;
  /** Bytes of what builds get to see, by service. */
  readonly contextBytes: Readonly<Record<string, number>>;
  /** What services read of this machine; absent where the engine sees the files itself. */
  readonly files?: FilesHere | undefined;
  /** What is known of the swarm that the stack goes to; absent where the target is a single engine. */
  readonly swarm?: SwarmFacts | undefined;
  /** The registry of the machine's host ports, and the mistakes in it; absent where ports are anybody's. */
  readonly portRegistry?:
    | {
        readonly file: string;
        readonly value: PortRegistry | undefined;
        readonly mistakes: readonly Finding[];
      }
    | undefined;
}

/** What the machine and a manager say of a model that goes to a swarm. */
interface SwarmFacts {
  readonly swarm: Swarm;
  /** Whether the engine is a manager; `undefined` where none answers. */
  readonly isManager: boolean | undefined;
  /** The engine's address; empty for Docker's default. */
  readonly at: string;
  /** Content of this machine's files that services get as configs, by path. */
  readonly contents: Readonly<Record<string, string>>;
  /** The same of those that they get as secrets. No message and no hash has them. */
  readonly secretContents: Readonly<Record<string, string>>;
  /**
   * What the registries say of images: the digest by an image's reference, or why there is none. Where no manager answers,
   * the digests of the last `up`.
   */
  readonly digests: Readonly<Record<string, string | AbsentImage>>;
  /**
   * The configs and secrets that the swarm has; those that the last `up` had, where no manager answers; absent where the
   * stack has no external ones.
   */
  readonly external?: ExternalParts | undefined;
  /** The stack's services that the swarm has; none where no manager answers, and where no service has a host port. */
  readonly services: ServicesInSwarm;
  /** The networks that the swarm has; none where no manager answers, and where the stack has no subnet. */
  readonly networks: NetworksInSwarm;
  /** Names of the swarm's notes of restores, by the name of the volume. */
  readonly restores: Readonly<Record<string, string>>;
}

/** What is planned, and what was said of it so far. */
export interface Sources extends Pick<PlanOptions, "project" | "directory" | "program" | "entryPoint"> {
  readonly model: Model;
  /** What was found while the program, its Compose files and stack config were read. */
  readonly findings: readonly Finding[];
  /** The Compose files as people wrote them. */
  readonly written: readonly WrittenFile[];
  /** Absolute path of the folder in which the gateway finds its routes; absent where it reads labels. */
  readonly routeFiles: string | undefined;
  /** Profiles that the stack wants. */
  readonly profiles: readonly string[];
  /** Name of the stack's file; empty for a project without one. */
  readonly stackFile: string;
  /** Name of the Pulumi project, to which a registry allocates ports. */
  readonly owner: string;
  /**
   * Secrets that are set nowhere, those that the empty passphrase would leave readable by anyone, and those of which the
   * stack's file has another value than the terminal or `.env`.
   */
  readonly secrets: {
    readonly missing: readonly string[];
    readonly exposed: readonly string[];
    readonly shadowed: readonly string[];
  };
  /** The environment that the program was started with. */
  readonly terminal: Readonly<Record<string, string | undefined>>;
  /** What the project's `.env` says. */
  readonly dotEnv: Readonly<Record<string, string | undefined>>;
  /** The stack's own values of variables. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether the stack is for development, so that what is usual there is not told. */
  readonly development: boolean;
  /** Whether volumes outlive `destroy`. */
  readonly keepsVolumes: boolean;
  /** How a person calls Pulumi on the stack. */
  readonly command: (...words: readonly string[]) => string;
}

/**
 * From what was read to everything that will be made, and to everything that a person should know of it.
 *
 * @returns No plan where a finding is a mistake.
 */
export function planProject(
  sources: Sources,
  facts: MachineFacts,
): { readonly plan: Plan | undefined; readonly findings: readonly Finding[] } {
  const { model, project, directory, program, entryPoint, keepsVolumes } = sources;
  const { engine, swarm } = facts;
  const findings = [
    ...sources.findings,
    ...facts.findings,
    ...guessInWritten(sources.written, model, facts.stacks),
    ...clearSecrets(sources.written, model, sources.command),
    ...unheardVariables(sources.written, model, { ...sources, shadowed: sources.secrets.shadowed }),
    ...unknownProfiles(sources.profiles, sources.written, sources.stackFile),
    ...placed(model, [
      ...check(model, facts.pathExists, facts.whyUnread, targetOf(facts)),
      ...routeFiles(model, sources.routeFiles, directory),
      ...(swarm === undefined ? [] : onSwarm(model, swarm, sources)),
      ...(facts.files === undefined
        ? []
        : [...notOnServer(model, facts.files, sources), ...largeContexts(facts.contextBytes)]),
      ...publishedPorts(model, sources, facts),
      ...(engine === undefined ? [] : checkOnEngine(model, project, engine, keepsVolumes)),
      // In a swarm, a start is measured with all that comes before the health check: to find a node, to pull.
      ...(swarm === undefined ? checkMeasured(model, facts) : []),
      ...guess(model, project, engine?.containers),
      ...(sources.development ? [] : beyondDevelopment(model)),
    ]),
    // Of services that no file has any more.
    ...(engine === undefined
      ? []
      : keptVolumes(withData(model, project, engine.containers, engine.volumes).left)),
    ...secrets(model, sources),
  ];
  if (findings.some(isMistake)) return { plan: undefined, findings };
  const { buildHashes, securityProfiles, buildFiles, processors, files } = facts;
  const onEngine = engine?.containers;
  // What containers elsewhere have of this machine's files, they have as content.
  const boundFiles = files === undefined ? facts.boundFiles : {};
  const here = files && { files, place: sources };
  const read = { buildHashes, boundFiles, securityProfiles, buildFiles, processors, onEngine, here };
  const options = { project, directory, program, ...(entryPoint && { entryPoint }), ...read };
  if (swarm !== undefined) {
    const onNodes = planOnSwarm(model, swarm, options);
    const taken = takenSubnets(onNodes, swarm.networks);
    return taken.length === 0
      ? { plan: onNodes, findings }
      : { plan: undefined, findings: [...findings, ...placed(model, taken)] };
  }
  const plan = planOf(model, options);
  const left = volumesLeft(plan.volumes, madeVolumes(project, engine?.volumes ?? []));
  const { handOvers, mistakes: taken } = handOversIn(plan, engine ?? { containers: [], addresses: [] });
  const mistakes = [...unplacedFiles(plan), ...taken];
  if (mistakes.length > 0) return { plan: undefined, findings: [...findings, ...placed(model, mistakes)] };
  return { plan: { ...plan, volumes: { ...left, ...plan.volumes }, handOvers }, findings };
}

function targetOf({ swarm, files }: MachineFacts): Parameters<typeof check>[3] {
  if (swarm !== undefined) return "swarm";
  return files === undefined ? "engine" : "elsewhere";
}

function planOnSwarm(model: Model, { swarm, ...read }: SwarmFacts, options: PlanOptions): Plan {
  const digests = Object.entries(read.digests).filter(([, answer]) => typeof answer === "string");
  const secretFiles = Object.fromEntries(
    Object.keys(read.secretContents).map((path) => [path, secretOfFile(path)]),
  );
  const there = modelOnSwarm(
    model,
    { registry: swarm.registry, project: options.project },
    { contents: read.contents, secretFiles, digests: Object.fromEntries(digests) as Record<string, string> },
  );
  const plan = planForSwarm(planOf(there, { ...options, mountsFiles: true }), there, read.external);
  return { ...plan, handOvers: handOversInSwarm(plan, read.services) };
}

function onSwarm(
  model: Model,
  { swarm, isManager, at, digests, external, restores }: SwarmFacts,
  { directory, project }: Sources,
): Finding[] {
  const where = at === "" ? "the engine of this machine" : at;
  return [
    ...(isManager === false
      ? [
          mistake("no-manager", {
            path: "swarm.managers",
            message: `${where} is no manager of a swarm, and the stack's target is a swarm`,
            fix: "name the managers in stack config (swarm: { managers: [ssh://ada@manager-1] }), or make a swarm: docker swarm init",
          }),
        ]
      : []),
    ...checkSwarm(model, swarm, directory),
    ...withoutDigest(model, digests),
    // What the last `up` had says nothing of what is there now.
    ...(external === undefined || isManager !== true ? [] : withoutExternal(model, external)),
    ...checkRestoresInSwarm(named(model.volumes, project), restores),
  ];
}

function publishedPorts(
  model: Model,
  { owner }: Sources,
  { portRegistry }: MachineFacts,
): readonly Finding[] {
  if (portRegistry === undefined) return [];
  const { file, value, mistakes } = portRegistry;
  return value === undefined ? mistakes : checkPublishedPorts(model, { registry: value, file, owner });
}

function secrets(model: Model, { secrets: { missing, exposed }, stackFile, command }: Sources): Finding[] {
  return [
    ...missingSecrets(model, missing, {
      file: stackFile,
      command: (secret) => command("config", "set", "--secret", secret),
    }),
    ...exposedSecrets(model, exposed, {
      file: stackFile,
      command: command("stack", "change-secrets-provider", "passphrase"),
    }),
  ];
}
