import { warning, type Finding } from "../findings/finding.ts";
import { placeholderVariables } from "../model/secret.ts";
import type { TierModel } from "../model/model.ts";
import type { WrittenFile } from "../compose-spec/written.ts";
import { definitionsSchema, type Definitions, type DefinitionsInput } from "../compose-spec/definitions.ts";
import { parse } from "../compose-spec/parse.ts";
import { readComposeFiles } from "./compose-config.ts";
import { readWritten } from "./written.ts";

/**
 * A tier that is defined in TypeScript.
 *
 * @example { name: "infra", definitions: { services: { redis: { image: "redis:7-alpine", ports: ["6379:6379"] } } } }
 */
export interface TierDefinition {
  /** Name under which the tier's services are shown. */
  readonly name: string;
  /** Services, networks, volumes, configs and secrets in the Compose keys. A key that Compose does not have is refused. */
  readonly definitions: DefinitionsInput;
}

/** A tier that is defined by Compose files. */
export interface ComposeTier {
  readonly name: string;
  /** The files, later ones over earlier ones, relative to the project's directory; none for a tier without services. */
  readonly files: readonly string[];
  /** Compose profiles whose services are wanted. Default: those of the stack. */
  readonly profiles?: readonly string[];
  /**
   * Values for interpolation, under the stack's own, over the process's environment, over the `.env` beside the files.
   * The secrets' variables need not be among them.
   */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A tier with what was found when its files were read. */
export type ReadTier = TierModel & {
  readonly findings: readonly Finding[];
  readonly written: readonly WrittenFile[];
  /** Those that are wanted of the files. */
  readonly profiles: readonly string[];
};

export interface TierPlace {
  /** Compose project name. */
  readonly project: string;
  /** Absolute path that relative paths count from. */
  readonly directory: string;
  /** Compose profiles of the stack. */
  readonly profiles?: readonly string[];
  /** Variables of the stack. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Names of the secrets, each of which the files know as a variable. */
  readonly secrets: readonly string[];
}

/** Reads a tier's Compose files, or its definitions in TypeScript: both by one schema. */
export function readTier(tier: TierDefinition | ComposeTier, place: TierPlace): ReadTier {
  if (!("files" in tier)) return readDefinitions(tier);
  const { name, files, profiles = place.profiles ?? [] } = tier;
  const environment = {
    ...tier.environment,
    ...place.environment,
    ...placeholderVariables(place.secrets),
  };
  const from = { files, profiles, project: place.project, directory: place.directory, environment };
  const { definitions, mistakes, warnings } = readComposeFiles(from);
  const file = files.join(", ");
  return {
    ...{ name, definitions, file, incomplete: mistakes.length > 0 },
    findings: [...mistakes, ...warnings.map((text) => passedOn(file, text))],
    written: readWritten(from),
    profiles,
  };
}

/** A program in JavaScript, or one whose types were told to be quiet, can define anything. */
function readDefinitions(tier: TierDefinition): ReadTier {
  const { name } = tier;
  const read = parse<Definitions>(definitionsSchema, tier.definitions, `tiers.${name}`, undefined, {});
  const { value, mistakes } = read;
  return {
    name,
    definitions: value,
    incomplete: mistakes.length > 0,
    findings: mistakes,
    written: [],
    profiles: [],
  };
}

/** Compose's own warning. */
function passedOn(file: string, text: string): Finding {
  const place = { file, path: "docker compose config" };
  return warning("compose", { ...place, message: text, fix: "correct the file" });
}
