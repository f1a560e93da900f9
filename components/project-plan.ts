import * as pulumi from "@pulumi/pulumi";
import { describeMistakes, describeWarning } from "./findings/describe.ts";
import { isMistake, type Finding } from "./findings/finding.ts";
import { silenced, type Silence } from "./findings/silence.ts";
import { pulumiCommandLine } from "./local/pulumi-command.ts";
import { askMachine } from "./machine-facts.ts";
import { modelOf, type Model, type Override } from "./model/model.ts";
import { planProject, type MachineFacts, type Sources } from "./plan/plan-project.ts";
import type { Plan } from "./plan/plan.ts";
import type { Certificate, EntryPoint } from "./plan/route.ts";
import { readTier, type ComposeTier, type TierDefinition } from "./reader/tier.ts";

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
 * From tiers to the plan: the tiers are read, the machine is asked, and what was found is told.
 *
 * @param name Compose project name.
 * @throws RunError with every mistake in the stack; nothing has been touched by then.
 */
export function readAndPlan(
  name: string,
  args: PlanArgs,
): { readonly plan: Plan; readonly facts: MachineFacts } {
  const sources = readSources(name, args);
  const { directory, portRegistry } = args;
  const facts = askMachine(sources.model, { project: name, directory, portRegistry });
  const { plan, findings } = planProject(sources, facts);
  if (plan === undefined) throw new pulumi.RunError(describeMistakes(findings.filter(isMistake)));
  tell(findings, sources.model, args);
  return { plan, facts };
}

/** Reads the tiers, and lays the stack config over them. */
function readSources(name: string, args: PlanArgs): Sources {
  const { directory, override, gateway, exposed = [], profiles = [], environment = {} } = args;
  const secrets = Object.keys(args.secrets ?? {});
  const place = { project: name, directory, profiles, environment, secrets };
  const tiers = args.tiers.map((tier) => readTier(tier, place));
  const { model, mistakes } = modelOf({ tiers, override, gateway: gateway?.service, secrets });
  return {
    project: name,
    directory,
    ...(gateway === undefined ? {} : { entryPoint: gateway.entryPoint }),
    model,
    findings: [...(args.mistakes ?? []), ...tiers.flatMap((tier) => tier.findings), ...mistakes],
    written: tiers.flatMap((tier) => tier.written),
    profiles: tiers.flatMap((tier) => tier.profiles),
    stackFile: override?.file ?? "",
    // Pulumi runs a program in its folder.
    program: process.cwd(),
    owner: pulumi.getProject(),
    secrets: { missing: secrets.filter((secret) => args.secrets?.[secret] === undefined), exposed },
    keepsVolumes: args.keepVolumes ?? true,
    command: pulumiCommandLine,
  };
}

/** Tells what is not silenced, and which entries of stack config silence nothing. */
function tell(warnings: readonly Finding[], model: Model, { silence = [], override }: PlanArgs): void {
  const { told, idle } = silenced(warnings, silence, Object.keys(model.services));
  for (const warning of told) void pulumi.log.warn(describeWarning(warning));
  for (const { index, why } of idle) {
    void pulumi.log.info(`${override?.file ?? ""}: silence.${index} silences nothing: ${why}`);
  }
}
