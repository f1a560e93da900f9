import { mistake, type Finding } from "../findings/finding.ts";
import { suggestion } from "../findings/nearest.ts";
import { overlay, reset } from "./overlay.ts";
import { withSharedBuilds } from "./shared-builds.ts";
import type { Network, Definitions, Volume } from "../compose-spec/definitions.ts";
import type { Service } from "../compose-spec/service.ts";

/** A part of a stack that is shown together, as it was read. */
export interface TierModel {
  /** `infra`, `foundation`, `gateway`, `generated`. */
  readonly name: string;
  readonly definitions: Definitions;
  /** The file that the tier was read from; absent for definitions in TypeScript. */
  readonly file?: string;
  /** Whether a part could not be read, so that services are missing which the tier may well define. */
  readonly incomplete?: boolean;
}

/** What a stack config lays over the definitions. */
export interface Override {
  readonly file: string;
  readonly definitions: Definitions;
  /** Dotted paths below `services` that are taken away first. */
  readonly reset: readonly string[];
}

/** Keys of what a tier defines. */
interface TierParts {
  readonly name: string;
  readonly services: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
}

/** A whole stack: the definitions of its tiers with the stack config laid over them, not yet checked. */
export interface Model {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, Network>>;
  readonly volumes: Readonly<Record<string, Volume>>;
  readonly configs: NonNullable<Definitions["configs"]>;
  /** The top level's `secrets`: files that services get. */
  readonly secretFiles: NonNullable<Definitions["secrets"]>;
  readonly tiers: readonly TierParts[];
  /** Whether a tier could not be read: a service that is missing is then no mistake of its own. */
  readonly incomplete: boolean;
  /** The service that routes are published on. */
  readonly gateway: string | undefined;
  /** Names of the secrets that placeholders may refer to. */
  readonly secrets: readonly string[];
  /** Where each part came from, for error messages; later ones win. Definitions in TypeScript have no file. */
  readonly sources: readonly Source[];
}

/** A part of a stack, and where it came from. */
interface Source {
  readonly file?: string | undefined;
  /** Whether Compose files define the part, as opposed to stack config and TypeScript. */
  readonly compose?: boolean;
  readonly definitions: Definitions;
}

export interface ModelArgs {
  readonly tiers: readonly TierModel[];
  readonly override?: Override | undefined;
  readonly gateway?: string | undefined;
  readonly secrets: readonly string[];
}

/** Of a project without a stack config. */
const nothing: Override = { file: "", definitions: {}, reset: [] };

/**
 * Lays the tiers side by side and the stack config over them.
 *
 * @returns The stack, and the mistakes in the laying itself: an override of a service that no tier defines, a
 * `reset` that names nothing, two tiers with a service of one name.
 */
export function modelOf({ tiers, override = nothing, gateway, secrets }: ModelArgs): {
  readonly model: Model;
  readonly mistakes: readonly Finding[];
} {
  const incomplete = tiers.some((tier) => tier.incomplete);
  const defined = new Map<string, string>();
  const mistakes: Finding[] = [];
  for (const { name: tier, definitions: project, file } of tiers) {
    for (const service of Object.keys(project.services ?? {})) {
      const other = defined.get(service);
      if (other !== undefined) {
        mistakes.push(
          mistake("duplicate-service", {
            ...(file === undefined ? {} : { file }),
            service,
            path: `services.${service}`,
            message: `the tier ${other} has a service of this name already`,
            fix: "give it another name, or change the existing one in the stack config",
          }),
        );
      }
      defined.set(service, tier);
    }
  }
  for (const name of Object.keys(override.definitions.services ?? {})) {
    if (defined.has(name) || incomplete) continue;
    mistakes.push(
      mistake("unknown-service", {
        file: override.file,
        path: `services.${name}`,
        message: `there is no service \`${name}\` to override`,
        fix: suggestion(name, [...defined.keys()]),
      }),
    );
  }

  // What overrides nothing is reported above and kept out, so that it is not reported a second time as half a service.
  const known: Definitions = {
    ...override.definitions,
    services: Object.fromEntries(
      Object.entries(override.definitions.services ?? {}).filter(([name]) => defined.has(name)),
    ),
  };
  const definitions = tiers.reduce<Definitions>(
    (whole, { definitions: project }) => overlay(whole, project),
    {},
  );
  const base = reset(definitions, override.reset, override.file);
  const whole = overlay(base.definitions, known);
  const { services = {}, networks = {}, volumes = {}, configs = {}, secrets: secretFiles = {} } = whole;
  return {
    mistakes: [...mistakes, ...base.mistakes],
    model: {
      services: withSharedBuilds(services),
      networks,
      volumes,
      configs,
      secretFiles,
      tiers: tiers.map(({ name, definitions: project }) => ({
        name,
        services: Object.keys(project.services ?? {}),
        networks: Object.keys(project.networks ?? {}),
        volumes: Object.keys(project.volumes ?? {}),
      })),
      incomplete,
      gateway,
      secrets,
      sources: [
        ...tiers.map(({ file, definitions }) => ({ file, compose: file !== undefined, definitions })),
        { file: override.file, definitions: override.definitions },
      ],
    },
  };
}
