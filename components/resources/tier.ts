import * as pulumi from "@pulumi/pulumi";
import { componentType } from "../plan/package-names.ts";
import { takingOver } from "./taking-over.ts";

export interface TierArgs {
  /** Services of the tier, in the order they were defined; what a user sees of it in the stack's state. */
  readonly services: readonly string[];
}

/**
 * A tier of a stack: what its services are shown and grouped under. It orders nothing, `depends_on` alone does.
 */
export class Tier extends pulumi.ComponentResource {
  constructor(name: string, args: TierArgs, options: pulumi.ComponentResourceOptions) {
    super(componentType("Tier"), name, {}, takingOver("Tier", options));
    this.registerOutputs({ services: args.services });
  }
}
