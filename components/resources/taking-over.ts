import type * as pulumi from "@pulumi/pulumi";
import { earlierComponentType, type Component } from "../plan/package-names.ts";

/**
 * The options of a component that takes over what version 0.1 made of it. Its children follow: Pulumi looks for them
 * under every alias of their parents.
 */
export function takingOver(
  component: Component,
  options: pulumi.ComponentResourceOptions,
): pulumi.ComponentResourceOptions {
  return { ...options, aliases: [...(options.aliases ?? []), { type: earlierComponentType(component) }] };
}
