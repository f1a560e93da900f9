import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { engineClock } from "../engine/clock.ts";
import type { Mistake } from "../model/mistake.ts";
import { projectLabel, type Plan } from "../model/plan.ts";
import type { Network } from "../model/project.ts";
import type { Certificate, EntryPoint } from "../model/route.ts";
import type { Override, TierDefinition } from "../model/stack.ts";
import { Gateway } from "./gateway.ts";
import { planProject, type ComposeTier } from "./project-plan.ts";
import { Service, type Networks, type Secrets } from "./service.ts";
import { Tier } from "./tier.ts";

export interface ProjectArgs {
  /** Absolute path that relative paths count from; its `.env` is read with Compose files. */
  readonly directory: string;
  /** The stack's parts in the order they are shown, each defined in TypeScript or by Compose files. */
  readonly tiers: readonly (TierDefinition | ComposeTier)[];
  /** What stack config lays over the definitions. */
  readonly override?: Override;
  /**
   * What placeholders (`${dbPassword}`) are filled with, by name; Compose files know each as a variable
   * (`DB_PASSWORD`). One that is `undefined` is a mistake where a service uses it.
   */
  readonly secrets?: Readonly<Record<string, pulumi.Output<string> | undefined>>;
  /** Whether volumes outlive `destroy`; a later `up` takes them up again with their data. Default true. */
  readonly keepVolumes?: boolean;
  /** The service that runs Traefik, and where its routes go; without it, `x-route` makes labels only. */
  readonly gateway?: {
    readonly service: string;
    readonly entryPoint: EntryPoint;
    /** Absolute path that its file provider watches; absent when it finds routes by labels. */
    readonly directory?: string | undefined;
    /** Paths inside its container of what it answers with by TLS. */
    readonly certificates?: readonly Certificate[];
  };
  /**
   * File in which the systems of a machine share out its host ports (`model/port-registry.ts`): every port that the
   * stack publishes has to be allocated to this program there. Default: ports are anybody's.
   */
  readonly portRegistry?: string | undefined;
  /** Mistakes that were found beforehand, in the stack config; they are told with the stack's own. */
  readonly mistakes?: readonly Mistake[];
}

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

  constructor(name: string, args: ProjectArgs, options: pulumi.ComponentResourceOptions = {}) {
    const plan = planProject(name, args);
    super("super-team:index:Project", name, {}, options);
    // What has ended before now is an earlier update's. An engine that does not answer is the gates' to report.
    if (!pulumi.runtime.isDryRun()) engineClock().catch(() => undefined);
    const networks = makeNetworks(plan, this);
    const volumes = makeVolumes(plan, args.keepVolumes ?? true, this);
    const tiers = makeTiers(plan, this);
    this.services = makeServices(plan, secretsOf(args), networks, volumes, tiers);
    this.outputs = outputsOf(plan, args, this.services, makeGateway(plan, args, this.services, this));
    this.registerOutputs({ project: name });
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
  args: ProjectArgs,
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
      plan.services.map(({ name, containerName, revision }) => [
        name,
        { container: containerName, revision, ports: services[name]?.ports, url: urls[name] },
      ]),
    ),
  };
}

/** The set ones; the plan has been refused where another is used. */
function secretsOf({ secrets = {} }: ProjectArgs): Secrets {
  return Object.fromEntries(
    Object.entries(secrets).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function makeGateway(
  plan: Plan,
  { gateway }: ProjectArgs,
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
      return [key, new docker.Network(key, args, { parent, deleteBeforeReplace: true })];
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
  project: Plan,
  secrets: Secrets,
  networks: Networks,
  volumes: Readonly<Record<string, docker.Volume>>,
  tiers: Readonly<Record<string, Tier>>,
): Record<string, Service> {
  const services: Record<string, Service> = {};
  for (const plan of project.services) {
    services[plan.name] = new Service(
      plan.name,
      {
        plan,
        networks,
        volumes,
        secrets,
        services: { ...services },
      },
      { parent: tiers[plan.tier] },
    );
  }
  return services;
}
