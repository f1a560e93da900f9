import * as pulumi from "@pulumi/pulumi";

export interface TierArgs {
  /** Services of the tier, in the order they were defined; what a user sees of it in the stack's state. */
  readonly services: readonly string[];
}

/**
 * A tier of a stack: what its services are shown and grouped under. It orders nothing, `depends_on` alone does.
 */
export class Tier extends pulumi.ComponentResource {
  constructor(name: string, args: TierArgs, options: pulumi.ComponentResourceOptions) {
    super("super-team:index:Tier", name, {}, options);
    this.registerOutputs({ services: args.services });
  }
}
