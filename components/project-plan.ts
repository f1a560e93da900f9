import { existsSync } from "node:fs";
import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { readTier, type ComposeTier, type ReadTier } from "./reader/tier.ts";
import { contentHashes } from "./local/content-hash.ts";
import { engineIsHere } from "./engine/facts.ts";
import { check, placed } from "./checks/index.ts";
import { volumesLeft } from "./checks/made-volumes.ts";
import { describeMistakes, describeWarning } from "./findings/describe.ts";
import { isMistake, type Finding } from "./findings/finding.ts";
import { isOutside } from "./compose-spec/paths.ts";
import { planOf, type Plan } from "./plan/plan.ts";
import { checkPublishedPorts } from "./checks/port-registry.ts";
import { exposedSecrets, missingSecrets } from "./model/secret.ts";
import { silenced, type Silence } from "./findings/silence.ts";
import type { Certificate, EntryPoint } from "./plan/route.ts";
import { modelOf, type Override, type Model, type TierDefinition } from "./model/model.ts";
import { unknownProfiles } from "./checks/profiles.ts";
import { guessInWritten } from "./guesses/written.ts";
import { pulumiCommand } from "./local/pulumi-command.ts";
import { readPortRegistry } from "./local/port-registry.ts";
import { securityProfiles } from "./local/security-profiles.ts";
import { stacksIn } from "./local/stacks.ts";
import { findingsOnEngine } from "./engine-findings.ts";

/** What a project is planned from. */
export interface PlanArgs {
  /** Absolute path that relative paths count from; its `.env` is read with Compose files. */
  readonly directory: string;
  /** The stack's parts in the order they are shown, each defined in TypeScript or by Compose files. */
  readonly tiers: readonly (TierDefinition | ComposeTier)[];
  /** Compose profiles whose services are part of the stack; a tier that has `profiles` of its own keeps to those. */
  readonly profiles?: readonly string[];
  /** Variables that Compose files interpolate, over those that a tier has of its own. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What stack config lays over the definitions. */
  readonly override?: Override;
  /**
   * What placeholders (`${dbPassword}`) are filled with, by name; Compose files know each as a variable
   * (`DB_PASSWORD`). One that is `undefined` is a mistake where a service uses it.
   */
  readonly secrets?: Readonly<Record<string, pulumi.Output<string> | undefined>>;
  /** Names of those that the stack's passphrase would hide from nobody: a mistake where a service uses one. */
  readonly exposed?: readonly string[];
  /** The service that runs Traefik, and where its routes go; without it, `x-route` makes labels only. */
  readonly gateway?: {
    readonly service: string;
    readonly entryPoint: EntryPoint;
    /** Absolute path that its file provider watches; absent when it finds routes by labels. */
    readonly directory?: string | undefined;
    /** Paths inside its container of what it answers with by TLS. */
    readonly certificates?: readonly Certificate[];
  };
  /**
   * File in which the systems of a machine share out its host ports (`checks/port-registry.ts`): every port that the
   * stack publishes has to be allocated to this program there. Default: ports are anybody's.
   */
  readonly portRegistry?: string | undefined;
  /** Warnings that stack config silences, with why. */
  readonly silence?: readonly Silence[];
  /** Whether volumes outlive `destroy`; a later `up` takes them up again with their data. Default true. */
  readonly keepVolumes?: boolean;
  /** Mistakes that were found beforehand, in the stack config; they are told with the stack's own. */
  readonly mistakes?: readonly Finding[];
}

/**
 * From tiers to the plan: reads what Compose files define, lays the stack config over, checks, and plans. Nothing is
 * touched, and no engine is needed.
 *
 * @param name Compose project name.
 * @throws RunError with every mistake in the stack.
 */
export function planProject(name: string, args: PlanArgs): Plan {
  const { directory, override, gateway } = args;
  const secrets = Object.keys(args.secrets ?? {});
  const { profiles = [], environment = {} } = args;
  const place = { project: name, directory, profiles, environment, secrets };
  const tiers = args.tiers.map((tier) => readTier(tier, place));
  const laid = modelOf({ tiers, override, gateway: gateway?.service, secrets });
  const onEngine = findingsOnEngine(name, laid.model, args.keepVolumes ?? true);
  const findings = [
    ...(args.mistakes ?? []),
    ...inFiles(laid.model, tiers, args),
    ...laid.mistakes,
    ...placed(laid.model, [
      ...check(laid.model, (path) => existsSync(resolve(directory, path)) || isElsewhere(path, directory)),
      ...publishedPorts(laid.model, args),
    ]),
    ...onEngine.findings,
    ...missingSecrets(
      laid.model,
      secrets.filter((secret) => args.secrets?.[secret] === undefined),
      {
        file: override?.file ?? "",
        command: (secret) => pulumiCommand("config", "set", "--secret", secret),
      },
    ),
    ...exposedSecrets(laid.model, args.exposed ?? [], {
      file: override?.file ?? "",
      command: pulumiCommand("stack", "change-secrets-provider", "passphrase"),
    }),
  ];
  const mistakes = findings.filter(isMistake);
  if (mistakes.length > 0) throw new pulumi.RunError(describeMistakes(mistakes));
  tell(findings, laid.model, args);
  const plan = planOf(laid.model, {
    project: name,
    directory,
    // A program's folder is where it runs.
    program: process.cwd(),
    entryPoint: gateway?.entryPoint,
    ...contentHashes(laid.model, directory),
    securityProfiles: securityProfiles(laid.model, directory),
  });
  return { ...plan, volumes: { ...volumesLeft(plan.volumes, onEngine.made), ...plan.volumes } };
}

/** A path outside the project is the engine's machine's, which may be another one; there the engine itself looks. */
function isElsewhere(path: string, directory: string): boolean {
  return isOutside(path, directory) && !engineIsHere();
}

/** What is found in the Compose files. */
function inFiles(model: Model, tiers: readonly ReadTier[], { override }: PlanArgs): readonly Finding[] {
  const written = tiers.flatMap((tier) => tier.written);
  const wanted = tiers.flatMap((tier) => tier.profiles);
  return [
    ...tiers.flatMap((tier) => tier.findings),
    // A program's folder is where it runs.
    ...guessInWritten(written, model, stacksIn(process.cwd())),
    ...unknownProfiles(wanted, written, override?.file),
  ];
}

/** Tells what is not silenced, and which entries of stack config silence nothing. */
function tell(warnings: readonly Finding[], model: Model, { silence = [], override }: PlanArgs): void {
  // The definitions in TypeScript are this repository's own, and know what comes to nothing in them.
  const meant = warnings.filter(({ file, name }) => file !== undefined || name !== "no-effect");
  const { told, idle } = silenced(meant, silence, Object.keys(model.services));
  for (const warning of told) void pulumi.log.warn(describeWarning(warning));
  for (const { index, why } of idle) {
    void pulumi.log.info(`${override?.file ?? ""}: silence.${index} silences nothing: ${why}`);
  }
}

/** What the machine's registry of ports has against those the stack publishes. */
function publishedPorts(model: Model, { directory, portRegistry }: PlanArgs): readonly Finding[] {
  if (portRegistry === undefined) return [];
  const { value, mistakes } = readPortRegistry(portRegistry, directory);
  if (value === undefined) return mistakes;
  return checkPublishedPorts(model, { registry: value, file: portRegistry, system: pulumi.getProject() });
}
