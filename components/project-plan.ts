import { existsSync } from "node:fs";
import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { readComposeFiles } from "../compose/compose-config.ts";
import { contentHashes } from "../checkout/content-hash.ts";
import { namesOnEngine } from "../engine/names.ts";
import { check, checkExternals, placed } from "../model/checks.ts";
import { describeMistakes, describeWarning, type Mistake } from "../model/mistake.ts";
import { isOutside } from "../model/paths.ts";
import { planOf, type Plan } from "../model/plan.ts";
import { checkPublishedPorts } from "../model/port-registry.ts";
import { missingSecrets, placeholderVariables } from "../model/secret.ts";
import type { Certificate, EntryPoint } from "../model/route.ts";
import { stackOf, type Override, type Stack, type TierDefinition } from "../model/stack.ts";
import { warningsIn } from "../model/warnings.ts";
import { readPortRegistry } from "../checkout/port-registry.ts";
import { securityProfiles } from "../checkout/security-profiles.ts";

/** A tier that is defined by Compose files. */
export interface ComposeTier {
  readonly name: string;
  /** The files, later ones over earlier ones, relative to the project's directory; none for a tier without services. */
  readonly files: readonly string[];
  /** Compose profiles whose services are wanted; default none. */
  readonly profiles?: readonly string[];
  /**
   * Values for interpolation, over the process's own environment, over the `.env` beside the files. The secrets'
   * variables need not be among them.
   */
  readonly environment?: Readonly<Record<string, string>>;
}

/** What a project is planned from. */
export interface PlanArgs {
  /** Absolute path that relative paths count from; its `.env` is read with Compose files. */
  readonly directory: string;
  /** The stack's parts in the order they are shown, each defined in TypeScript or by Compose files. */
  readonly tiers: readonly (TierDefinition | ComposeTier)[];
  /** What stack config lays over the definitions. */
  readonly override?: Override;
  /**
   * What placeholders (`${dbPassword}`) are filled with, by name; Compose files know each as a variable
   * (`DB_PASSWORD`). One that is `undefined` is a mistake where a service uses it.
   */
  readonly secrets?: Readonly<Record<string, pulumi.Output<string> | undefined>>;
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
   * File in which the systems of a machine share out its host ports (`model/port-registry.ts`): every port that the
   * stack publishes has to be allocated to this program there. Default: ports are anybody's.
   */
  readonly portRegistry?: string | undefined;
  /** Mistakes that were found beforehand, in the stack config; they are told with the stack's own. */
  readonly mistakes?: readonly Mistake[];
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
  const tiers = args.tiers.map((tier) =>
    "files" in tier ? read(tier, name, args) : { ...tier, mistakes: [] },
  );
  const laid = stackOf({ tiers, override, gateway: gateway?.service, secrets });

  // A path outside the project is the engine's machine's, which may be another one; there the engine itself looks.
  const exists = (path: string) => isOutside(path, directory) || existsSync(resolve(directory, path));
  const mistakes = [
    ...(args.mistakes ?? []),
    ...tiers.flatMap((tier) => tier.mistakes),
    ...laid.mistakes,
    ...check(laid.stack, exists),
    ...externals(laid.stack),
    ...publishedPorts(laid.stack, args),
    ...missingSecrets(
      laid.stack,
      secrets.filter((secret) => args.secrets?.[secret] === undefined),
      override?.file ?? "",
    ),
  ];
  if (mistakes.length > 0) throw new pulumi.RunError(describeMistakes(mistakes));
  for (const warning of placed(laid.stack, warningsIn(laid.stack))) {
    // The definitions in TypeScript are this repository's own, and know.
    if (warning.file !== undefined) void pulumi.log.warn(describeWarning(warning));
  }
  return planOf(laid.stack, {
    project: name,
    directory,
    entryPoint: gateway?.entryPoint,
    ...contentHashes(laid.stack, directory),
    securityProfiles: securityProfiles(laid.stack, directory),
  });
}

/** Without an engine, as in a pull request's preview, there is nobody to ask. */
function externals(stack: Stack): Mistake[] {
  const has = (parts: Stack["networks"] | Stack["volumes"]) =>
    Object.values(parts).some((part) => part.external);
  const networks = has(stack.networks) ? namesOnEngine("network") : [];
  const volumes = has(stack.volumes) ? namesOnEngine("volume") : [];
  return networks === undefined || volumes === undefined ? [] : checkExternals(stack, { networks, volumes });
}

/** What the machine's registry of ports has against those the stack publishes. */
function publishedPorts(stack: Stack, { directory, portRegistry }: PlanArgs): readonly Mistake[] {
  if (portRegistry === undefined) return [];
  const { value, mistakes } = readPortRegistry(portRegistry, directory);
  if (value === undefined) return mistakes;
  return checkPublishedPorts(stack, { registry: value, file: portRegistry, system: pulumi.getProject() });
}

function read(
  { name: tier, files, profiles = [], environment = {} }: ComposeTier,
  name: string,
  { directory, secrets = {} }: PlanArgs,
): TierDefinition & { readonly mistakes: readonly Mistake[] } {
  const { project, mistakes, warnings } = readComposeFiles({
    files,
    profiles,
    project: name,
    directory,
    environment: { ...environment, ...placeholderVariables(Object.keys(secrets)) },
  });
  const file = files.join(", ");
  for (const warning of warnings) void pulumi.log.warn(`${file}: ${warning}`);
  return { name: tier, project, file, incomplete: mistakes.length > 0, mistakes };
}
