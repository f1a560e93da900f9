import { createHash } from "node:crypto";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { plannedPorts, publishedPorts, type PublishedPorts } from "../engine/ports.ts";
import { recordOf } from "../changes/before.ts";
import { sharedWith } from "../model/dependencies.ts";
import { componentType, projectLabel } from "../plan/package-names.ts";
import type { HandOver } from "../plan/hand-over.ts";
import type { ContainerPlan, ServicePlan } from "../plan/plan.ts";
import type { DefinedArguments } from "../provider/container-args.ts";
import { containerArguments, attachedNetworks, type Networks } from "../provider/container.ts";
import { limitsLeftOut } from "../provider/container-limits.ts";
import { imageOf, type Image, type PulledImages } from "../provider/image.ts";
import { filledIn, type Secrets } from "../provider/secrets.ts";
import { openGate, type Gate } from "./gate.ts";
import { opaque } from "./opaque.ts";
import { beforeContainer, idOf } from "./before.ts";
import { takingOf } from "./hand-over.ts";
import type { Starts } from "./starts.ts";
import { takingOver } from "./taking-over.ts";

export interface ServiceArgs {
  /** The service as the checked plan has it. */
  readonly plan: ServicePlan;
  /** What the definition decides of the containers' arguments, by the container's name. */
  readonly defined: Readonly<Record<string, DefinedArguments>>;
  readonly networks: Networks;
  readonly images: PulledImages;
  /** The stack's volumes, by their name on the engine. */
  readonly volumes: Readonly<Record<string, docker.Volume>>;
  /** What placeholders are filled with. */
  readonly secrets: Secrets;
  /** The services that stand before this one, by name: it may wait for them, or share what their containers have. */
  readonly services: Readonly<Record<string, Service>>;
  /** Names of the services that ran when this `up` began. Their replicas are updated one after another. */
  readonly running: Promise<readonly string[]>;
  /** What the service's containers take from others. */
  readonly handOvers: readonly HandOver[];
  /** Lets the containers of a new revision start, not too many at a time. */
  readonly starts: Starts;
  /** How many services wait for this one, also through others. */
  readonly followers: number;
}

/**
 * One service of a stack: its image, its containers, and for each the gate that opens when it is ready.
 *
 * The gates are looked at on every `up`, also for containers that did not change, and never in a preview.
 *
 * @throws ResourceError (through `ready`) when a container cannot become ready: its reason, last probe and log.
 */
export class Service extends pulumi.ComponentResource {
  readonly image: Image;
  /** One for each replica; none where the service is scaled to 0. */
  readonly containers: readonly docker.Container[];
  /** The containers, each once it is ready; what depends on the service takes these. */
  readonly gates: readonly pulumi.Output<docker.Container>[];
  /** The gate of the first container, whose namespaces other services may share. */
  readonly firstGate: Gate | undefined;
  /** In a preview what befell the containers outside of Pulumi, and what `up` does about that. */
  readonly drift: Promise<readonly string[]>;
  /** Resolves when all containers are ready. */
  readonly ready: pulumi.Output<unknown>;
  /** Where the first container's published ports are reached, once it is ready; also where the engine chose. */
  readonly ports: pulumi.Output<PublishedPorts>;
  /** What the stack's state says of the service, whatever the program exports. */
  readonly outputs: ServiceOutputs;

  constructor(name: string, args: ServiceArgs, options: pulumi.ComponentResourceOptions) {
    super(componentType("Service"), name, {}, takingOver("Service", options));
    const { plan } = args;
    const image = imageOf(plan, args.images, this);
    this.image = image;
    const containers: docker.Container[] = [];
    const gates: pulumi.Output<docker.Container>[] = [];
    const drifts: Promise<readonly string[]>[] = [];
    let firstGate: Gate | undefined;
    const owners = ownersOf(args);
    for (const planned of plan.containers) {
      const taking = takingOf(
        args.handOvers.filter(({ to }) => to.number === planned.number),
        this,
      );
      const before = beforeContainer(args, {
        container: planned,
        service: this,
        image,
        earlier: gates[planned.number - 1 - plan.update.parallelism],
        taking,
      });
      const container = containerOf(planned, args, image, before.resources, this);
      containers.push(container);
      const gate = openGate(container, { ...args, planned, owners, taking, turn: before.turn });
      firstGate ??= gate;
      gates.push(gate.opened);
      drifts.push(gate.drift);
    }
    this.firstGate = firstGate;
    this.drift = Promise.all(drifts).then((found) => found.flat());
    this.containers = containers;
    this.gates = gates;
    this.ready = pulumi.all(this.gates.map((opened) => opened.id));
    this.ports = hostPorts(this.containers[0], firstGate, plan);
    this.outputs = {
      container: this.containers[0]?.name,
      replicas: this.containers.length,
      revision: plan.revision,
      ports: this.ports,
    };
    // A service that does not become ready keeps the record of what it was: the next preview compares with that.
    this.registerOutputs({
      ...this.outputs,
      project: plan.labels[projectLabel],
      record: JSON.stringify(recordOf(plan)),
    });
  }
}

export interface ServiceOutputs {
  /** Name of the first container on the engine. */
  readonly container: pulumi.Output<string> | undefined;
  /** Number of containers. */
  readonly replicas: number;
  /** Changes with anything in the definition. */
  readonly revision: string;
  readonly ports: pulumi.Output<PublishedPorts>;
}

function containerOf(
  container: ContainerPlan,
  args: ServiceArgs,
  image: Image,
  before: pulumi.Output<pulumi.Resource[]>,
  parent: Service,
): docker.Container {
  const { plan, networks, services, secrets, handOvers } = args;
  const taken = handOvers.filter(({ to }) => to.number === container.number);
  // What this one replaces has given everything up, and is removed when this one is ready.
  const isOutlived = taken.some(({ isReplaced }) => isReplaced);
  const defined = args.defined[container.name] ?? {};
  const resource = new docker.Container(
    container.name,
    {
      ...containerArguments(plan, container, defined, { image, networks, services, secrets }),
      // Its gate starts it: when its files are there, or as soon as the others have stopped, since nobody answers until then.
      ...(startsByGate(plan, taken) ? { start: false } : {}),
    },
    {
      parent,
      dependsOn: before,
      deleteBeforeReplace: plan.update.order === "stop-first" && !isOutlived,
      // The name that version 0.1 gave the container.
      aliases: [{ name: container.number === 1 ? plan.name : `${plan.name}#${container.number}` }],
      // A network that is replaced under its old name cuts its containers off. An image that is pulled again under its old
      // name is another image. `depends_on.restart` asks for a restart behind a dependency.
      replacementTrigger: pulumi.all([
        image.id,
        ...attachedNetworks(plan, networks).map(({ network }) => idOf(network)),
        ...restartedBy(plan, services),
        ...(plan.filesByGate ? [contentOfFiles(plan, secrets)] : []),
      ]),
      // The provider takes these for updates in place that it then does not make.
      replaceOnChanges: [
        ...["healthcheck", "tmpfs", "init", "cpuPeriod", "cpuQuota"],
        ...limitsLeftOut(defined),
      ],
      // How often a container is probed while it starts is chosen when it is made, and makes no other container of it later.
      ignoreChanges: plan.stands
        ? [...(plan.choosesStartInterval ? ["healthcheck.startInterval"] : []), ...leftByItsGate(plan, taken)]
        : [],
    },
  );
  return opaque(resource);
}

/**
 * What the provider does not read of a container that it has made and its gate has started. Of a container that stands, a
 * change of these is a change of its revision.
 */
function leftByItsGate(plan: ServicePlan, taken: readonly HandOver[]): string[] {
  return ["ports", "mustRun", ...(startsByGate(plan, taken) ? [] : ["start"])];
}

function startsByGate({ filesByGate }: ServicePlan, taken: readonly HandOver[]): boolean {
  return filesByGate || taken.length > 0;
}

/** Changes with the files that a gate puts into its container, also with those that are secret. */
function contentOfFiles({ files }: ServicePlan, secrets: Secrets): pulumi.Output<string> {
  return pulumi.output(filledIn(files, secrets)).apply((filled) => {
    const hash = createHash("sha256").update(JSON.stringify(filled)).digest("hex");
    return pulumi.secret(hash);
  });
}

/** The gates of the containers of which a service's containers share a namespace. */
function ownersOf({ plan: { service }, services }: ServiceArgs): Gate[] {
  return [service.network_mode, service.ipc, service.pid].flatMap((mode) => {
    const owner = services[sharedWith(mode) ?? ""]?.firstGate;
    return owner === undefined ? [] : [owner];
  });
}

function restartedBy(plan: ServicePlan, services: ServiceArgs["services"]): pulumi.Output<string>[] {
  return plan.waitsFor.flatMap(({ service, restart }) =>
    restart ? (services[service]?.containers ?? []).map(({ id }) => id) : [],
  );
}

function hostPorts(
  container: docker.Container | undefined,
  gate: Gate | undefined,
  plan: ServicePlan,
): pulumi.Output<PublishedPorts> {
  if (container === undefined || gate === undefined) return pulumi.output<PublishedPorts>({});
  if (!pulumi.runtime.isDryRun()) return gate.ports;
  const planned = plannedPorts(plan);
  const isKnown = (plan.service.ports ?? []).every(({ published }) => published !== undefined);
  // A preview knows the ports that the engine does not choose, also of a container that is made anew.
  if (isKnown && plan.service.network_mode === undefined) return pulumi.output(planned);
  // A preview may run where no engine is; what the plan says is then all there is to show.
  return container.id.apply((id) => publishedPorts(id).catch(() => planned));
}
