import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { engineClock } from "../engine/clock.ts";
import { projectLabel, type Plan, type ServicePlan } from "../model/plan.ts";
import { Service, type Networks, type Secrets } from "./service.ts";
import { Tier } from "./tier.ts";

export interface ProjectArgs {
  /** What to make; its checks have passed. */
  readonly plan: Plan;
  /** What placeholders in environment values are filled with. */
  readonly secrets: Secrets;
  /** Whether volumes outlive `destroy`; a later `up` takes them up again with their data. */
  readonly keepVolumes: boolean;
}

/**
 * A Compose project on one engine: its networks, its volumes, and its services by tier, each held back only by what
 * its `depends_on` names.
 */
export class Project extends pulumi.ComponentResource {
  readonly services: Readonly<Record<string, Service>>;

  constructor(name: string, args: ProjectArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("super-team:index:Project", name, {}, options);
    // What has ended before now is an earlier update's. An engine that does not answer is the gates' to report.
    if (!pulumi.runtime.isDryRun()) engineClock().catch(() => undefined);
    const networks = makeNetworks(args.plan, this);
    const volumes = makeVolumes(args, this);
    const tiers = makeTiers(args.plan, this);
    this.services = makeServices(args, networks, volumes, tiers);
    this.registerOutputs({ project: args.plan.project });
  }
}

function makeNetworks(plan: Plan, parent: Project): Networks {
  return Object.fromEntries(
    Object.entries(plan.networks).map(([key, network]): [string, docker.Network | string] => {
      // Somebody else's: not asked for here, so that a preview needs no engine.
      if (network.external) return [key, network.name];
      const { name, driver, driver_opts, internal, attachable } = network;
      const labels = composeLabels(plan, "network", key, network.labels);
      const args = { name, driver: driver ?? "bridge", options: driver_opts, internal, attachable, labels };
      return [key, new docker.Network(key, args, { parent, deleteBeforeReplace: true })];
    }),
  );
}

/** By their name on the engine, which is what mounts say. */
function makeVolumes({ plan, keepVolumes }: ProjectArgs, parent: Project): Record<string, docker.Volume> {
  return Object.fromEntries(
    Object.entries(plan.volumes).flatMap(([key, volume]) => {
      if (volume.external) return [];
      const { name, driver, driver_opts } = volume;
      const labels = composeLabels(plan, "volume", key, volume.labels);
      const args = { name, driver: driver ?? "local", driverOpts: driver_opts, labels };
      // A volume keeps the labels it was made with, be it by Compose or by an earlier version of this program.
      const options = { parent, retainOnDelete: keepVolumes, ignoreChanges: ["labels"] };
      return [[name, new docker.Volume(key, args, options)]];
    }),
  );
}

/** Compose's own labels, so that its commands and other tools find what belongs together. */
function composeLabels(
  plan: Plan,
  kind: "network" | "volume",
  key: string,
  labels: Readonly<Record<string, string>> = {},
): { label: string; value: string }[] {
  const all = {
    ...labels,
    "com.docker.compose.project": plan.project,
    [`com.docker.compose.${kind}`]: key,
    [projectLabel]: plan.project,
  };
  return Object.entries(all).map(([label, value]) => ({ label, value }));
}

function makeTiers(plan: Plan, parent: Project): Record<string, Tier> {
  return Object.fromEntries(
    plan.tiers.map((tier) => {
      const services = plan.services.filter((service) => service.tier === tier).map(({ name }) => name);
      return [tier, new Tier(tier, { services }, { parent })];
    }),
  );
}

function makeServices(
  args: ProjectArgs,
  networks: Networks,
  volumes: Readonly<Record<string, docker.Volume>>,
  tiers: Readonly<Record<string, Tier>>,
): Record<string, Service> {
  const services: Record<string, Service> = {};
  for (const plan of args.plan.services) {
    services[plan.name] = new Service(
      plan.name,
      {
        plan,
        networks,
        volumes,
        secrets: args.secrets,
        waitsFor: heldBackBy(plan, services),
      },
      { parent: tiers[plan.tier] },
    );
  }
  return services;
}

function heldBackBy(
  plan: ServicePlan,
  services: Readonly<Record<string, Service>>,
): pulumi.Input<pulumi.Resource>[] {
  return plan.waitsFor.flatMap(({ service, condition }) => {
    const other = services[service];
    if (other === undefined) return [];
    return [condition === "service_started" ? other.container : other.ready];
  });
}
