import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import type { EarlierDefinitions } from "./changes/history.ts";
import { placed } from "./checks/index.ts";
import { withVariables } from "./compose-spec/definitions.ts";
import { profilesOfOthers } from "./checks/profiles.ts";
import { workOnEngine } from "./engine/engine.ts";
import { Unreachable } from "./engine/ssh.ts";
import { describeMistakes, describeWarning } from "./findings/describe.ts";
import { isMistake, type Finding } from "./findings/finding.ts";
import { silenced, type Silence } from "./findings/silence.ts";
import { findKeptLogins } from "./kept-logins.ts";
import { answer, asked, wantedRollback } from "./local/asked.ts";
import { commandFor } from "./local/command-for.ts";
import { pulumiCommandLine } from "./local/pulumi-command.ts";
import { askMachine } from "./machine-facts.ts";
import { composeFileOf, type ComposeFile } from "./model/compose-file.ts";
import { filesRead } from "./model/elsewhere.ts";
import { modelOf, type Model, type Override } from "./model/model.ts";
import type { RegistryLogins } from "./model/registry-login.ts";
import { placeholderVariables } from "./model/secret.ts";
import type { Swarm, Target } from "./model/swarm.ts";
import { filledVariables, oneOffOf, type OneOff } from "./plan/one-off.ts";
import { imagesFileOf, type ImagesFile } from "./plan/images-file.ts";
import { planProject, type MachineFacts, type Sources } from "./plan/plan-project.ts";
import type { Plan } from "./plan/plan.ts";
import type { Certificate, EntryPoint } from "./plan/route.ts";
import type { Secrets } from "./provider/secrets.ts";
import { selected, unknownServices } from "./plan/selected.ts";
import { portsHeldTooLong } from "./plan/swarm-ports.ts";
import { dotEnvOf } from "./reader/dot-env.ts";
import { located } from "./reader/located.ts";
import { readTier, type ComposeTier, type TierDefinition } from "./reader/tier.ts";

/** What a project is planned from. `readConfig` gives what a stack's config says of it. */
export interface PlanArgs {
  /**
   * Absolute path of the Compose project's folder: relative paths count from there, and Compose files read its `.env`.
   *
   * @example import.meta.dirname
   */
  readonly directory: string;
  /**
   * The stack's parts in the order in which they are shown, each defined in TypeScript or by Compose files. A service that
   * two tiers define is refused.
   *
   * @example [{ name: "infra", definitions: infra() }, { name: "apps", files: ["compose.yaml"] }]
   */
  readonly tiers: readonly (TierDefinition | ComposeTier)[];
  /**
   * Compose profiles whose services are part of the stack, for every tier without `profiles` of its own. A profile that no
   * service has is warned of. Default: none.
   *
   * @example ["web"]
   */
  readonly profiles?: readonly string[];
  /**
   * Variables that Compose files interpolate, over the variables of a tier. Default: none.
   *
   * @example { LOG_LEVEL: "debug" }
   */
  readonly environment?: Readonly<Record<string, string>>;
  /** What stack config lays over the definitions, as `readConfig` returns it. Default: nothing. */
  readonly override?: Override;
  /**
   * What fills placeholders (`${dbPassword}`), by name. Compose files know each secret as a variable (`DB_PASSWORD`). A
   * secret that is `undefined` is refused where a service uses it. Default: none.
   *
   * @example { dbPassword: new pulumi.Config().requireSecret("dbPassword") }
   */
  readonly secrets?: Readonly<Record<string, pulumi.Output<string> | undefined>>;
  /**
   * Names of the secrets that the empty passphrase would leave readable by anyone, as `readConfig` returns them. Such a
   * secret is refused where a service uses it. Default: none.
   */
  readonly exposed?: readonly string[];
  /**
   * Names of the secrets of which the stack's file has another value than the terminal or `.env`, as `readConfig` returns
   * them. Each is warned of where a service uses it. Default: none.
   */
  readonly shadowed?: readonly string[];
  /** The service that runs Traefik, and where its routes go. Default: none; `x-route` then has no effect. */
  readonly gateway?: {
    /** Name of the service. */
    readonly service: string;
    /** Where Traefik takes requests. */
    readonly entryPoint: EntryPoint;
    /**
     * Absolute path of the folder that Traefik's file provider watches, as `routesDirectory` makes it. A gateway that does
     * not mount the folder is refused. Default: Traefik finds the routes by the containers' labels.
     */
    readonly directory?: string | undefined;
    /** Paths inside Traefik's container of the certificates that it answers with by TLS. Only with `directory`. */
    readonly certificates?: readonly Certificate[];
  };
  /**
   * File in which the systems of a machine share out its host ports: absolute, `~/…` or relative to `directory`. A
   * published port that is not allocated to this program is refused. Default: ports are anybody's.
   *
   * @example "~/ports.json"
   */
  readonly portRegistry?: string | undefined;
  /**
   * Whether the stack is for development, as `readConfig` returns it: warnings of what is usual there are not told.
   * Default: false.
   */
  readonly development?: boolean;
  /**
   * The engine that the project is on, as stack config has it: `ssh://deploy@shop.example`, `tcp://…`, `unix://…`, or the
   * name of a Docker context. Default: the engine that the terminal's `docker` works on.
   */
  readonly engine?: string | undefined;
  /**
   * Logins by which that engine, or a swarm, pulls images, and by which built ones are pushed, by the registry's address;
   * passwords are placeholders of secrets. Default: none.
   *
   * @example { "ghcr.io": { username: "ada", password: "${registryPassword}" } }
   */
  readonly registryAuth?: RegistryLogins;
  /**
   * Where the stack runs: on one engine, or on a Docker Swarm that is there, with what stack config says of that swarm.
   * Default: `engine`.
   */
  readonly target?: Target;
  /** The swarm of a stack whose target is one. Default: the swarm that Docker's command line works on, and no registry. */
  readonly swarm?: Swarm | undefined;
  /** Warnings that stack config silences, each with the reason. Default: none. */
  readonly silence?: readonly Silence[];
  /** Whether volumes outlive `destroy`; a later `up` takes them up again with their data. Default: true. */
  readonly keepVolumes?: boolean;
  /** Mistakes that were found beforehand, in stack config; they are told with the stack's own. Default: none. */
  readonly mistakes?: readonly Finding[];
}

/**
 * From tiers to the plan: the tiers are read, the machine is asked, and what was found is told.
 *
 * @param name Compose project name.
 * @throws RunError with every mistake in the stack; nothing has been touched by then.
 */
export function readAndPlan(
  name: string,
  args: PlanArgs,
): {
  readonly plan: Plan;
  readonly facts: MachineFacts;
  readonly definitions: Omit<EarlierDefinitions, "images">;
} {
  workOnEngineOf(args);
  const earlier = earlierDefinitions(name);
  const sources = earlier === undefined ? readSources(name, args) : earlierSources(name, args, earlier);
  const { directory, portRegistry, engine, target, swarm = {} } = args;
  const there = target === "swarm" ? { swarm } : {};
  const { routeFiles } = sources;
  const place = { directory, routeFiles };
  const machine = askMachine(sources.model, {
    ...{ project: name, ...place, portRegistry, engine, ...there },
    registryAuth: args.registryAuth,
  });
  const buildHashes = { ...machine.buildHashes, ...earlier?.buildHashes };
  const facts = { ...machine, buildHashes };
  const { plan: whole, findings: found } = planProject(sources, facts);
  const findings = located(found, [sources.program, directory]);
  if (whole === undefined) {
    answerFindings(findings);
    throw new pulumi.RunError(describeMistakes(findings.filter(isMistake)));
  }
  tell(findings, sources.model, args);
  const { services } = asked();
  const plan = services === undefined ? whole : selected(whole, services);
  const warnOf = (later: readonly Finding[]) => {
    warn(located(placed(sources.model, later), [sources.program, directory]), args);
  };
  if (facts.swarm !== undefined) warnOf(portsHeldTooLong(plan, facts.swarm.services));
  if (facts.engine !== undefined) findKeptLogins(plan, facts.engine, secretsOf(args), warnOf);
  if (asked().changes !== true) answerCommand(sources, plan, facts, args);
  return { plan, facts, definitions: { model: sources.model, buildHashes } };
}

/** What a command is told that was found in a project; of warnings those that are not silenced. */
export interface FindingsAnswer {
  readonly findings: readonly Finding[];
}

/** What a command is told of a project. */
export interface ProjectAnswer {
  /** The project as one Compose file, with variables in place of secrets. */
  readonly config: ComposeFile;
  /** Profiles by the services that the stack does not have for want of one of them. */
  readonly withoutProfile: Readonly<Record<string, readonly string[]>>;
  /** The one-off that the command wants, with its variables filled; absent where the project has no such service. */
  readonly oneOff?: OneOff;
  /** The images, if the command wants them, with the variables filled. */
  readonly images?: ImagesFile;
  /** The values of the secrets, if the command wants them. */
  readonly secrets?: readonly string[];
}

/** An update needs the engine. A preview shows what it can without. */
function workOnEngineOf({ engine }: PlanArgs): void {
  if (engine === undefined) return;
  try {
    workOnEngine(engine);
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    const words = `${error.message}\n→ ${error.advice}`;
    if (!pulumi.runtime.isDryRun()) throw new pulumi.RunError(`${words}\n`);
    void pulumi.log.warn(words);
  }
}

/** Answers the command that has Pulumi run the program. */
function answerCommand(
  sources: Sources,
  plan: Plan,
  { engine, files, swarm }: MachineFacts,
  { directory, secrets = {} }: PlanArgs,
): void {
  const { answers, oneOff: service, images: wantsImages = false, secrets: wantsSecrets = false } = asked();
  if (answers === undefined) return;
  const { model, written } = sources;
  if (files !== undefined && service !== undefined) refuseFiles(service, sources);
  const told = {
    config: composeFileOf(model, { project: plan.project, directory }),
    withoutProfile: profilesOfOthers(written, Object.keys(model.services)),
  };
  const present = engine?.volumes.map((volume) => volume.name) ?? [];
  const oneOff = service === undefined ? undefined : oneOffOf(service, model, plan, { directory, present });
  const images = wantsImages ? imagesFileOf(model, plan, directory) : undefined;
  const tell = (values: Readonly<Record<string, string>>) => {
    const filled = <T extends OneOff | ImagesFile>(file: T) => ({
      ...file,
      variables: filledVariables(file, values),
    });
    answer({
      ...told,
      ...(oneOff === undefined ? {} : { oneOff: filled(oneOff) }),
      ...(images === undefined ? {} : { images: filled(images) }),
      ...(wantsSecrets
        ? { secrets: [...Object.values(values), ...Object.values(swarm?.secretContents ?? {})] }
        : {}),
    } satisfies ProjectAnswer);
  };
  if (oneOff === undefined && images === undefined && !wantsSecrets) {
    tell({});
    return;
  }
  const set = Object.entries(secrets).filter(([, value]) => value !== undefined);
  pulumi.all(Object.fromEntries(set)).apply((values) => {
    tell(values as Record<string, string>);
  });
}

/** Docker Compose, which makes the container of a one-off, would look for the files on the engine's machine. */
function refuseFiles(service: string, sources: Sources): void {
  const { model } = sources;
  const services = { [service]: model.services[service] ?? {} };
  const { files, secrets } = filesRead({ ...model, services }, sources);
  const [file] = [...files, ...secrets];
  if (file === undefined) return;
  throw new pulumi.RunError(
    `${service} reads ${file}, which a one-off cannot have where the stack's engine is on another machine\n` +
      `→ run the command in a container of the service: ${commandFor(process.cwd(), pulumi.getStack(), "exec", service)}\n`,
  );
}

/** The definitions that a rollback brings up again. */
function earlierDefinitions(project: string): EarlierDefinitions | undefined {
  const rollback = wantedRollback(project);
  return rollback === undefined
    ? undefined
    : (JSON.parse(readFileSync(rollback.file, "utf8")) as EarlierDefinitions);
}

/** In place of the tiers and the stack config, which may have mistakes now that they did not have then. */
function earlierSources(name: string, args: PlanArgs, { model }: EarlierDefinitions): Sources {
  const secrets = Object.keys(args.secrets ?? {});
  return {
    ...placeOf(name, args),
    model: { ...model, secrets, incomplete: false, sources: [] },
    findings: [],
    written: [],
    profiles: [],
    stackFile: args.override?.file ?? "",
  };
}

/** What both have to say of the program and its place. */
function placeOf(name: string, args: PlanArgs) {
  const { directory, gateway, exposed = [], shadowed = [], environment = {} } = args;
  const secrets = Object.keys(args.secrets ?? {});
  return {
    project: name,
    directory,
    ...(gateway === undefined ? {} : { entryPoint: gateway.entryPoint }),
    routeFiles: gateway?.directory,
    // Pulumi runs a program in its folder.
    program: process.cwd(),
    owner: pulumi.getProject(),
    secrets: { missing: secrets.filter((secret) => args.secrets?.[secret] === undefined), exposed, shadowed },
    terminal: process.env,
    dotEnv: dotEnvOf(directory),
    environment,
    development: args.development ?? false,
    keepsVolumes: args.keepVolumes ?? true,
    command: pulumiCommandLine,
  };
}

/** Reads the tiers, and lays the stack config over them. */
function readSources(name: string, args: PlanArgs): Sources {
  const { directory, override, gateway, environment = {} } = args;
  const secrets = Object.keys(args.secrets ?? {});
  const further = asked().profiles ?? [];
  const profiles = [...(args.profiles ?? []), ...further];
  const place = { project: name, directory, profiles, environment, secrets };
  const tiers = args.tiers.map((tier) =>
    readTier(
      "profiles" in tier ? { ...tier, profiles: [...(tier.profiles ?? []), ...further] } : tier,
      place,
    ),
  );
  const variables = { ...process.env, ...environment, ...placeholderVariables(secrets) };
  const laidOver = override && {
    ...override,
    definitions: withVariables(override.definitions, variables),
  };
  const { model, mistakes } = modelOf({ tiers, override: laidOver, gateway: gateway?.service, secrets });
  const written = tiers.flatMap((tier) => tier.written);
  const names = Object.keys(model.services);
  const unknown = unknownServices(asked().services ?? [], names, profilesOfOthers(written, names));
  return {
    ...placeOf(name, args),
    model,
    findings: [...(args.mistakes ?? []), ...tiers.flatMap((tier) => tier.findings), ...mistakes, ...unknown],
    written,
    profiles: tiers.flatMap((tier) => tier.profiles),
    stackFile: override?.file ?? "",
  };
}

/** Answers a command that asks for what was found. */
function answerFindings(findings: readonly Finding[]): void {
  if (asked().changes === true) answer({ findings } satisfies FindingsAnswer);
}

/** Tells what is not silenced. */
function warn(warnings: readonly Finding[], { silence = [] }: PlanArgs): void {
  const { told } = silenced(warnings, silence, []);
  answerFindings(told);
  for (const warning of told) void pulumi.log.warn(describeWarning(warning));
}

/** Tells what is not silenced, and which entries of stack config silence nothing. */
function tell(warnings: readonly Finding[], model: Model, args: PlanArgs): void {
  const { silence = [], override } = args;
  warn(warnings, args);
  const { idle } = silenced(warnings, silence, Object.keys(model.services));
  for (const { index, why } of idle) {
    void pulumi.log.info(`${override?.file ?? ""}: silence.${index} silences nothing: ${why}`);
  }
}

/** The secrets that are set. The plan has been refused where a service uses another one. */
export function secretsOf({ secrets = {} }: PlanArgs): Secrets {
  return Object.fromEntries(
    Object.entries(secrets).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
