import * as pulumi from "@pulumi/pulumi";
import { componentType, earlierComponentType } from "../plan/package-names.ts";
import type { Plan } from "../plan/plan.ts";
import { takingOver } from "./taking-over.ts";

interface TierArgs {
  /** Services of the tier, in the order they were defined; what a user sees of it in the stack's state. */
  readonly services: readonly string[];
}

/**
 * A tier of a stack: what its services, its networks and its volumes are shown and grouped under. It orders nothing,
 * `depends_on` alone does.
 */
class Tier extends pulumi.ComponentResource {
  constructor(name: string, args: TierArgs, options: pulumi.ComponentResourceOptions) {
    super(componentType("Tier"), name, {}, takingOver("Tier", options));
    this.registerOutputs({ services: args.services });
  }
}

/** The tiers of a project, by their names. */
export type Tiers = Readonly<Record<string, Tier>>;

export function makeTiers(plan: Plan, parent: pulumi.Resource): Tiers {
  return Object.fromEntries(
    plan.tiers.map((tier) => {
      const services = [...plan.services, ...(plan.leftAlone ?? [])].filter(
        (service) => service.tier === tier,
      );
      return [tier, new Tier(tier, { services: services.map(({ name }) => name) }, { parent })];
    }),
  );
}

/**
 * The options of a network or a volume, as a child of its tier, or of the project where no tier defines it.
 *
 * @param names What it is called, and was called before, in Pulumi's state.
 */
export function childOf(
  tier: string | undefined,
  { project, tiers }: { readonly project: pulumi.Resource; readonly tiers: Tiers },
  names: readonly string[],
): { readonly parent: pulumi.Resource; readonly aliases: pulumi.Alias[] } {
  // It may have been another tier's, and it was the project's before tiers had more than services. Pulumi looks for no
  // aliases of a parent that an alias names. By its URN: a resource as the value of an Output is searched for what is not
  // known yet, and leads to every other resource.
  const version01 = project.urn.apply((urn) =>
    urn.replace(componentType("Project"), earlierComponentType("Project")),
  );
  const parents = [...Object.values(tiers).map(({ urn }) => urn), project.urn, version01];
  const aliases = parents.flatMap((parent) => names.map((name) => ({ parent, name })));
  return { parent: (tier === undefined ? undefined : tiers[tier]) ?? project, aliases };
}
