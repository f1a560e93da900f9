import * as pulumi from "@pulumi/pulumi";
import { partsOnEngine } from "../engine/facts.ts";
import type { Plan } from "../plan/plan.ts";
import { describeReplacements } from "../plan/replacements.ts";
import type { Networks } from "../provider/container.ts";
import type { Service } from "./service.ts";

/**
 * Says in a preview what the update would do to the services that run.
 *
 * @param project What the words are shown under.
 */
export async function sayReplacements(
  project: pulumi.Resource,
  plan: Plan,
  services: Readonly<Record<string, Service>>,
  networks: Networks,
  routesFromFiles: boolean,
): Promise<void> {
  // Whatever keeps the state, if it cannot tell, the preview goes without these words.
  const before = await servicesBefore().catch((): Replicas => ({}));
  const replaced = await madeAnew(
    Object.entries(services).map(([name, { containers }]) => [name, containers.slice(0, before[name] ?? 0)]),
  );
  if (replaced.length === 0) return;
  const unknown = await madeAnew(
    Object.entries(networks).map(([key, network]) => [key, typeof network === "string" ? [] : [network]]),
  );
  const names = (kind: "network" | "volume") => partsOnEngine(kind)?.map(({ name }) => name);
  // One that is merely new takes nobody away.
  const present = unknown.length === 0 ? [] : names("network");
  const anew = unknown.filter((key) => present?.includes(plan.networks[key]?.name ?? ""));
  const volumes = names("volume");
  const words = describeReplacements(plan, replaced, { networks: anew, routesFromFiles, volumes });
  if (words !== "") await pulumi.log.info(words, project);
}

/** Of names with their resources, those of which a resource is made anew: Pulumi does not know its id yet. */
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

type Replicas = Readonly<Record<string, number>>;

/** How many containers each service had after the last `up`, as far as that says. */
async function servicesBefore(): Promise<Replicas> {
  const stack = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const { outputs } = (await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name: stack })) as {
    readonly outputs: { readonly services?: Readonly<Record<string, { readonly replicas?: number }>> };
  };
  return Object.fromEntries(
    Object.entries(outputs.services ?? {}).map(([name, { replicas = 1 }]) => [name, replicas]),
  );
}

/** An output that is not known calls nobody. */
async function isKnown(output: pulumi.Output<unknown>): Promise<boolean> {
  return (output as pulumi.Output<unknown> & { readonly isKnown: Promise<boolean> }).isKnown;
}
