import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { messageOf } from "../engine/engine.ts";
import { NotReady, waitUntilReady } from "../engine/readiness.ts";
import { plannedPorts, publishedPorts, type PublishedPorts } from "../engine/ports.ts";
import { filled, placeholders } from "../model/placeholder.ts";
import type { ServicePlan } from "../model/plan.ts";
import { containerArgs } from "./container-args.ts";

/** Secrets by name, for the placeholders in environment values. */
export type Secrets = Readonly<Record<string, pulumi.Output<string>>>;

/** A stack's networks, by their key in the model; an external one is its name. */
export type Networks = Readonly<Record<string, docker.Network | string>>;

export interface ServiceArgs {
  /** The service as the checked plan has it. */
  readonly plan: ServicePlan;
  readonly networks: Networks;
  /** The stack's volumes, by their name on the engine. */
  readonly volumes: Readonly<Record<string, docker.Volume>>;
  /** What environment values' placeholders are filled with. */
  readonly secrets: Secrets;
  /** Containers and gates that hold this one back (`depends_on`). */
  readonly waitsFor: readonly pulumi.Input<pulumi.Resource>[];
}

/**
 * One service of a stack: its image, its container, and the gate that opens when it is ready.
 *
 * The gate is looked at on every `up`, also for a container that did not change, and never in a preview.
 *
 * @throws ResourceError (through `ready`) when the service cannot become ready: its reason, last probe and log.
 */
export class Service extends pulumi.ComponentResource {
  readonly container: docker.Container;
  /** The container, once it is ready; what depends on the service takes this. */
  readonly ready: pulumi.Output<docker.Container>;
  /** Where its published ports are reached, once it is ready; real ones, also where the engine chose. */
  readonly ports: pulumi.Output<PublishedPorts>;

  constructor(name: string, args: ServiceArgs, options: pulumi.ComponentResourceOptions) {
    super("super-team:index:Service", name, {}, options);
    const image = imageOf(name, args.plan, this);
    this.container = containerOf(name, args, image, this);
    this.ready = gate(this.container, args);
    this.ports = hostPorts(this.container, this.ready, args.plan);
    this.registerOutputs({ container: args.plan.containerName, revision: args.plan.revision });
  }
}

function imageOf(name: string, { service, image }: ServicePlan, parent: Service): docker.RemoteImage {
  const { build, platform } = service;
  if (build === undefined) {
    return new docker.RemoteImage(name, { name: image, platform, keepLocally: true }, { parent });
  }
  const { context, dockerfile, target, args = {} } = build;
  const buildArgs = Object.fromEntries(Object.entries(args).map(([key, value]) => [key, value ?? ""]));
  return new docker.RemoteImage(
    name,
    { name: image, platform, build: { context, dockerfile, target, buildArgs } },
    { parent },
  );
}

function containerOf(
  name: string,
  args: ServiceArgs,
  image: docker.RemoteImage,
  parent: Service,
): docker.Container {
  const { plan, networks, volumes, secrets } = args;
  const joined = Object.entries(plan.service.networks ?? {}).flatMap(([key, attributes]) => {
    const network = networks[key];
    return network === undefined ? [] : [{ network, aliases: [plan.name, ...(attributes?.aliases ?? [])] }];
  });
  return new docker.Container(
    name,
    {
      ...containerArgs(plan),
      image: image.name,
      envs: environment(plan, secrets),
      networksAdvanced: joined.map(({ network, aliases }) => ({
        name: typeof network === "string" ? network : network.name,
        aliases,
      })),
    },
    {
      parent,
      dependsOn: [...args.waitsFor, ...volumesOf(plan, volumes)],
      // Names are fixed, so the old container goes first.
      deleteBeforeReplace: true,
      // A network made anew under its old name has left its containers behind, cut off; an image pulled anew under its
      // old name is another one.
      replacementTrigger: pulumi.all([
        image.imageId,
        ...joined.map(({ network }) => (typeof network === "string" ? network : network.id)),
      ]),
      // The provider takes these for updates in place that it then does not make.
      replaceOnChanges: ["healthcheck", "tmpfs", "init"],
    },
  );
}

function volumesOf(plan: ServicePlan, volumes: Readonly<Record<string, docker.Volume>>): docker.Volume[] {
  return (plan.service.volumes ?? []).flatMap(({ type, source = "" }) => {
    const volume = type === "volume" ? volumes[source] : undefined;
    return volume === undefined ? [] : [volume];
  });
}

/** Only a value that refers to a secret becomes one; the others stay readable in a preview. */
function environment(plan: ServicePlan, secrets: Secrets): pulumi.Input<string>[] {
  return Object.entries(plan.service.environment ?? {}).flatMap(
    ([variable, value]): pulumi.Input<string>[] => {
      if (value === null) return [];
      const used = Object.entries(secrets).filter(([name]) => placeholders(value).includes(name));
      if (used.length === 0) return [`${variable}=${value}`];
      return [pulumi.all(Object.fromEntries(used)).apply((values) => `${variable}=${filled(value, values)}`)];
    },
  );
}

function gate(container: docker.Container, { plan, secrets }: ServiceArgs): pulumi.Output<docker.Container> {
  if (pulumi.runtime.isDryRun()) return pulumi.output(container);
  const opened = pulumi.all([container.id, ...Object.values(secrets)]).apply(async ([id = "", ...hidden]) => {
    try {
      await waitUntilReady(id, plan.name, plan.gate, (detail) => {
        void pulumi.log.info(`waits for ${plan.name} ${detail}`, container, undefined, true);
      });
      return container;
    } catch (error) {
      const message = error instanceof NotReady ? error.message : `${plan.name}: ${messageOf(error)}`;
      throw new pulumi.ResourceError(withoutSecrets(message, hidden), container, true);
    }
  });
  // The secrets were only needed to hide them.
  return pulumi.unsecret(opened);
}

/** What a container logged may hold its password. */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => (secret === "" ? rest : rest.replaceAll(secret, "[secret]")), text);
}

function hostPorts(
  container: docker.Container,
  ready: pulumi.Output<docker.Container>,
  plan: ServicePlan,
): pulumi.Output<PublishedPorts> {
  if (!pulumi.runtime.isDryRun())
    return pulumi.all([container.id, ready]).apply(([id]) => publishedPorts(id));
  // A preview may run where no engine is; what the plan says is then all there is to show.
  return container.id.apply((id) => publishedPorts(id).catch(() => plannedPorts(plan)));
}
