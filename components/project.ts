import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { engineClock } from "./engine/clock.ts";
import { runningServices } from "./engine/inventory.ts";
import type { Plan } from "./plan/plan.ts";
import { componentType, projectLabel } from "./plan/package-names.ts";
import type { Network } from "./compose-spec/definitions.ts";
import { Gateway } from "./gateway.ts";
import { sayReplacements } from "./preview.ts";
import { planProject, type PlanArgs } from "./project-plan.ts";
import { Service, type Networks, type Secrets } from "./service.ts";
import { takingOver } from "./taking-over.ts";
import { Tier } from "./tier.ts";

/**
 * A Compose project on one engine: its networks, its volumes, and its services by tier, each held back only by what
 * its `depends_on` names.
 *
 * @throws RunError with every mistake in the stack, before anything is touched.
 *
 * @example
 * // What `docker compose -f docker-compose.yml -f docker-compose.prod.yml --profile web up -d --wait` brings up.
 * new Project("shop", {
 *   directory: import.meta.dirname,
 *   tiers: [{ name: "shop", files: ["docker-compose.yml", "docker-compose.prod.yml"], profiles: ["web"] }],
 * });
 */
export class Project extends pulumi.ComponentResource {
  readonly services: Readonly<Record<string, Service>>;
  /** What a stack exports: where the gateway is, every route in a line, and every service's names and addresses. */
  readonly outputs: ProjectOutputs;

  constructor(name: string, args: PlanArgs, options: pulumi.ComponentResourceOptions = {}) {
    const plan = planProject(name, args);
    super(componentType("Project"), name, {}, takingOver("Project", options));
    // What has ended before now is an earlier update's. An engine that does not answer is the gates' to report.
    if (!pulumi.runtime.isDryRun()) engineClock().catch(() => undefined);
    const networks = makeNetworks(plan, this);
    const volumes = makeVolumes(plan, args.keepVolumes ?? true, this);
    const tiers = makeTiers(plan, this);
    this.services = makeServices(plan, secretsOf(args), networks, volumes, tiers);
    this.outputs = outputsOf(plan, args, this.services, makeGateway(plan, args, this.services, this));
    if (pulumi.runtime.isDryRun())
      void sayReplacements(this, plan, this.services, networks, args.gateway?.directory !== undefined);
    this.registerOutputs({ project: name, volumes: volumeNames(plan, volumes) });
  }
}

export interface ProjectOutputs {
  /** Address of the gateway. */
  readonly gatewayUrl: pulumi.Output<string | undefined> | undefined;
  /** Every route in a line, so that a preview shows a change in routing. */
  readonly routes: Readonly<Record<string, string>> | undefined;
  /** Every service's container, revision, published ports and address. */
  readonly services: Readonly<Record<string, unknown>>;
}

function outputsOf(
  plan: Plan,
  args: PlanArgs,
  services: Readonly<Record<string, Service>>,
  gateway: Gateway | undefined,
): ProjectOutputs {
  const urls = {
    ...gateway?.urls,
    ...(args.gateway === undefined ? {} : { [args.gateway.service]: gateway?.url }),
  };
  return {
    gatewayUrl: gateway?.url,
    routes: gateway?.routes,
    services: Object.fromEntries(
      plan.services.map(({ name, revision }) => [
        name,
        {
          container: services[name]?.containers[0]?.name,
          replicas: services[name]?.containers.length,
          revision,
          ports: services[name]?.ports,
          url: urls[name],
        },
      ]),
    ),
  };
}

/** The set ones; the plan has been refused where another is used. */
function secretsOf({ secrets = {} }: PlanArgs): Secrets {
  return Object.fromEntries(
    Object.entries(secrets).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function makeGateway(
  plan: Plan,
  { gateway }: PlanArgs,
  services: Readonly<Record<string, Service>>,
  parent: Project,
): Gateway | undefined {
  const traefik = gateway === undefined ? undefined : services[gateway.service];
  if (gateway === undefined || traefik === undefined) return undefined;
  return new Gateway(plan.project, { ...gateway, gateway: traefik, plan, services }, { parent });
}

function makeNetworks(plan: Plan, parent: Project): Networks {
  return Object.fromEntries(
    Object.entries(plan.networks).map(([key, network]): [string, docker.Network | string] => {
      // Somebody else's: not asked for here, so that a preview needs no engine.
      if (network.external) return [key, network.name];
      const { name, driver, driver_opts, internal, attachable, enable_ipv6, ipam } = network;
      const labels = composeLabels(plan, "network", key, network.labels);
      const args = {
        ...{ name, driver: driver ?? "bridge", options: driver_opts, internal, attachable, labels },
        ...(enable_ipv6 === undefined ? {} : { ipv6: enable_ipv6 }),
        ...addressing(ipam),
      };
      // A network whose labels change is made anew, and with it everything that has joined it. The labels of networks
      // are worth no gap, least of all the mark of this package that another version made.
      const ignoreChanges = ["labels"];
      return [key, new docker.Network(key, args, { parent, deleteBeforeReplace: true, ignoreChanges })];
    }),
  );
}

/** Addresses of a network's own, in place of those the engine would choose. */
function addressing({ driver, config, options }: Network["ipam"] = {}): Partial<docker.NetworkArgs> {
  return {
    ...(driver === undefined ? {} : { ipamDriver: driver }),
    ...(options === undefined ? {} : { ipamOptions: options }),
    ...(config === undefined
      ? {}
      : {
          ipamConfigs: config.map(({ subnet, gateway, ip_range, aux_addresses }) => ({
            subnet,
            gateway,
            ipRange: ip_range,
            auxAddress: aux_addresses,
          })),
        }),
  };
}

/** By their name on the engine, which is what mounts say. */
function makeVolumes(plan: Plan, keepVolumes: boolean, parent: Project): Record<string, docker.Volume> {
  const made = new Map<string, docker.Volume>();
  for (const [key, volume] of Object.entries(plan.volumes)) {
    const { name, driver, driver_opts, external = false, outlives = false } = volume;
    // Two keys may be one volume.
    if (external || made.has(name)) continue;
    const labels = composeLabels(plan, "volume", key, volume.labels);
    const args = { name, driver: driver ?? "local", driverOpts: driver_opts, labels };
    // A volume keeps what it was made with, be it by Compose or by an earlier version of this program.
    const ignoreChanges = ["labels", "driver", "driverOpts"];
    // Its name on the engine tells it from others, whatever its key is; earlier versions called it by that.
    const aliases = key === name ? [] : [{ name: key }];
    const retainOnDelete = keepVolumes || outlives;
    made.set(name, new docker.Volume(name, args, { parent, retainOnDelete, ignoreChanges, aliases }));
  }
  return Object.fromEntries(made);
}

/** The volumes' names on the engine by their keys, as which `npm run backup` is told of them. */
function volumeNames(
  plan: Plan,
  volumes: Readonly<Record<string, docker.Volume>>,
): Record<string, pulumi.Output<string>> {
  return Object.fromEntries(
    Object.entries(plan.volumes).flatMap(([key, { name }]) => {
      const volume = volumes[name];
      return volume === undefined ? [] : [[key, volume.name]];
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
  project: Plan,
  secrets: Secrets,
  networks: Networks,
  volumes: Readonly<Record<string, docker.Volume>>,
  tiers: Readonly<Record<string, Tier>>,
): Record<string, Service> {
  const services: Record<string, Service> = {};
  // Nobody else stands behind another replica.
  const rolls = project.services.some(({ containers, update }) => containers.length > update.parallelism);
  const running = rolls ? runningServices(project.project).catch(() => []) : Promise.resolve([]);
  for (const plan of project.services) {
    services[plan.name] = new Service(
      plan.name,
      { plan, networks, volumes, secrets, services, running },
      { parent: tiers[plan.tier] },
    );
  }
  return services;
}
