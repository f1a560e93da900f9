import * as pulumi from "@pulumi/pulumi";
import { partsOnEngine } from "../engine/facts.ts";
import type { EngineFacts } from "../model/facts.ts";
import type { Plan } from "../plan/plan.ts";
import { describeReplacements } from "../plan/replacements.ts";
import type { Networks } from "../provider/container.ts";
import type { Service } from "./service.ts";

/** What a preview has to tell of. */
export interface PreviewArgs {
  readonly plan: Plan;
  readonly engine: EngineFacts;
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Networks;
  /** Whether the gateway reads its routes from files. */
  readonly routesFromFiles: boolean;
}

/**
 * Says in a preview what the update would do to the services that the engine has.
 *
 * @param project What the words are shown under.
 */
export async function sayReplacements(
  project: pulumi.Resource,
  { plan, engine, services, networks, routesFromFiles }: PreviewArgs,
): Promise<void> {
  const before = containersBefore(plan.project, engine);
  const replaced = await madeAnew(
    // A container beyond those that are there is merely new.
    Object.entries(services).map(([name, { containers }]) => [
      name,
      containers.slice(0, before.get(name) ?? 0),
    ]),
  );
  if (replaced.length === 0) return;
  const unknown = await madeAnew(
    Object.entries(networks).map(([key, network]) => [key, typeof network === "string" ? [] : [network]]),
  );
  const present = unknown.length === 0 ? [] : namesOf(partsOnEngine("network") ?? []);
  // A network that is merely new cuts nobody off.
  const anew = unknown.filter((key) => present.includes(plan.networks[key]?.name ?? ""));
  const volumes = namesOf(engine.volumes);
  const words = describeReplacements(plan, replaced, { networks: anew, routesFromFiles, volumes });
  if (words !== "") await pulumi.log.info(words, project);
}

/** How many containers each service of the project has on the engine. */
function containersBefore(project: string, { containers }: EngineFacts): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { project: of, service = "", byCompose = false } of containers) {
    if (of === project && !byCompose) counts.set(service, (counts.get(service) ?? 0) + 1);
  }
  return counts;
}

/** The names of which a resource is replaced: Pulumi does not know the new resource's id yet. */
async function madeAnew(
  resources: readonly (readonly [name: string, resources: readonly pulumi.CustomResource[]])[],
): Promise<string[]> {
  const found = await Promise.all(
    resources.map(async ([name, ofName]) => {
      const known = await Promise.all(ofName.map(({ id }) => isKnown(id)));
      return known.includes(false) ? [name] : [];
    }),
  );
  return found.flat();
}

/** `apply` never runs for an unknown output, so the SDK's `isKnown` is read. */
async function isKnown(output: pulumi.Output<unknown>): Promise<boolean> {
  return (output as pulumi.Output<unknown> & { readonly isKnown: Promise<boolean> }).isKnown;
}

function namesOf(parts: EngineFacts["volumes"]): string[] {
  return parts.map(({ name }) => name);
}
