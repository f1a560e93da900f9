import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { noteStart } from "./local/start-times.ts";
import { messageOf } from "./engine/engine.ts";
import { containerId } from "./engine/inventory.ts";
import { setLimits, type FurtherLimits } from "./engine/limits.ts";
import { plannedPorts, publishedPorts, type PublishedPorts } from "./engine/ports.ts";
import { NotReady, waitUntilReady } from "./engine/readiness.ts";
import { sharedWith, volumesFrom } from "./model/dependencies.ts";
import { componentType, projectLabel } from "./plan/package-names.ts";
import type { ContainerPlan, ServicePlan } from "./plan/plan.ts";
import { withoutSecrets } from "./model/secret.ts";
import type { Attachment } from "./compose-spec/service.ts";
import { containerArgs } from "./provider/container-args.ts";
import { inEngineOrder } from "./provider/container-ports.ts";
import { completed } from "./provider/healthcheck.ts";
import { imageOf, type Image } from "./provider/image.ts";
import { opaque } from "./opaque.ts";
import { processOf } from "./provider/process.ts";
import { filledIn, type Secrets } from "./provider/secrets.ts";
import { takingOver } from "./taking-over.ts";

export type { Secrets } from "./provider/secrets.ts";

// Pulumi tells of a gate that fails; that others come to know of it later is for Node.js to warn of, and not for users.
process.on("rejectionHandled", () => undefined);

/** A stack's networks, by their key in the model; an external one is its name. */
export type Networks = Readonly<Record<string, docker.Network | string>>;

export interface ServiceArgs {
  /** The service as the checked plan has it. */
  readonly plan: ServicePlan;
  readonly networks: Networks;
  /** The stack's volumes, by their name on the engine. */
  readonly volumes: Readonly<Record<string, docker.Volume>>;
  /** What placeholders are filled with. */
  readonly secrets: Secrets;
  /** The services that stand before this one, by name: it may wait for them, or share what their containers have. */
  readonly services: Readonly<Record<string, Service>>;
  /** Names of the services that ran when this `up` began; of these, replicas are updated one after another. */
  readonly running: Promise<readonly string[]>;
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
  /** One a replica; none where the service is scaled to nothing. */
  readonly containers: readonly docker.Container[];
  /** The containers, each once it is ready; what depends on the service takes these. */
  readonly gates: readonly pulumi.Output<docker.Container>[];
  /** Resolves when all containers are ready. */
  readonly ready: pulumi.Output<unknown>;
  /** Where the first container's published ports are reached, once it is ready; also where the engine chose. */
  readonly ports: pulumi.Output<PublishedPorts>;

  constructor(name: string, args: ServiceArgs, options: pulumi.ComponentResourceOptions) {
    super(componentType("Service"), name, {}, takingOver("Service", options));
    const { plan } = args;
    const image = imageOf(name, plan, this);
    this.image = image;
    const containers: docker.Container[] = [];
    const gates: pulumi.Output<docker.Container>[] = [];
    for (const planned of plan.containers) {
      const container = containerOf(name, planned, args, image, rolledBehind(planned, gates, args), this);
      containers.push(container);
      gates.push(gate(container, args));
    }
    this.containers = containers;
    this.gates = gates;
    this.ready = pulumi.all(this.gates.map((opened) => opened.id));
    this.ports = hostPorts(this.containers[0], this.gates[0], plan);
    this.registerOutputs({ container: this.containers[0]?.name, revision: plan.revision });
  }
}

/**
 * The replica whose gate a replica stands behind, so that never more than `update_config.parallelism` of a running
 * service are exchanged at a time. Those of a service that starts, start together.
 */
function rolledBehind(
  { number }: ContainerPlan,
  gates: readonly pulumi.Output<docker.Container>[],
  { plan, running }: ServiceArgs,
): pulumi.Output<readonly docker.Container[]> | undefined {
  const gate = gates[number - 1 - plan.update.parallelism];
  if (gate === undefined) return undefined;
  return pulumi
    .output(running)
    .apply((services): pulumi.Output<docker.Container[]> =>
      services.includes(plan.name) ? gate.apply((replica) => [replica]) : pulumi.output([]),
    );
}

function containerOf(
  name: string,
  container: ContainerPlan,
  args: ServiceArgs,
  image: Image,
  rolled: pulumi.Output<readonly docker.Container[]> | undefined,
  parent: Service,
): docker.Container {
  const { plan, networks, volumes, secrets, services } = args;
  const before = [...heldBackBy(plan, services), ...volumesOf(plan, volumes)];
  const joined = Object.entries(plan.service.networks ?? {}).flatMap(([key, attachment]) => {
    const network = networks[key];
    return network === undefined ? [] : [{ network, attachment: attachment ?? {} }];
  });
  const { network_mode: networkMode, ipc, pid } = plan.service;
  const own = containerArgs(plan, container);
  const resource = new docker.Container(
    container.name,
    {
      ...filledIn(own, secrets),
      image: image.reference,
      envs: environment(plan, secrets),
      ...filledIn(processOf(plan.service, image), secrets),
      ports: inEngineOrder(own.ports, container.containerName ?? container.name),
      healthcheck: completed(filledIn(own.healthcheck, secrets), image),
      // With the first network as its mode, the engine would ignore the container's aliases and addresses there.
      networkMode:
        networkMode === undefined
          ? undefined
          : pulumi.output(namespace(networkMode, services)).apply(withContainerId),
      ipcMode: ipc === undefined ? undefined : namespace(ipc, services),
      pidMode: pid === undefined ? undefined : namespace(pid, services),
      networksAdvanced: joined.map(({ network, attachment }) => ({
        name: nameOf(network),
        ...endpoint(attachment, plan, container),
      })),
      ...inherited(plan, services, own.volumes),
    },
    {
      parent,
      dependsOn: rolled?.apply((replicas) => pulumi.all([...replicas, ...before])) ?? before,
      deleteBeforeReplace: plan.update.order === "stop-first",
      // What earlier versions called it.
      aliases: [{ name: container.number === 1 ? name : `${name}#${container.number}` }],
      // A network made anew under its old name has left its containers behind, cut off; an image pulled anew under its
      // old name is another one; some dependencies are to be started behind anew.
      replacementTrigger: pulumi.all([
        image.id,
        ...joined.map(({ network }) => (typeof network === "string" ? network : network.id)),
        ...restartedBy(plan, services),
      ]),
      // The provider takes these for updates in place that it then does not make.
      replaceOnChanges: ["healthcheck", "tmpfs", "init", "cpuPeriod", "cpuQuota"],
    },
  );
  return opaque(resource);
}

function nameOf(network: docker.Network | string): pulumi.Input<string> {
  return typeof network === "string" ? network : network.name;
}

/** A container's place on a network; others there know it by its name and by its service's. */
function endpoint(
  attachment: Attachment,
  plan: ServicePlan,
  container: ContainerPlan,
): Omit<docker.types.input.ContainerNetworksAdvanced, "name"> {
  const { aliases = [], ipv4_address, ipv6_address, link_local_ips, driver_opts, gw_priority } = attachment;
  return {
    aliases: [...new Set([container.containerName ?? plan.name, plan.name, ...aliases])],
    ...(ipv4_address === undefined ? {} : { ipv4Address: ipv4_address }),
    ...(ipv6_address === undefined ? {} : { ipv6Address: ipv6_address }),
    ...(link_local_ips === undefined ? {} : { linkLocalIps: link_local_ips }),
    ...(driver_opts === undefined
      ? {}
      : { driverOpts: Object.entries(driver_opts).map(([key, value]) => `${key}=${value}`) }),
    ...(gw_priority === undefined ? {} : { gwPriority: gw_priority }),
  };
}

/** The engine's word for a namespace: that of another service is its first container's. */
function namespace(mode: string, services: ServiceArgs["services"]): pulumi.Input<string> {
  const service = sharedWith(mode);
  const container = service === undefined ? undefined : services[service]?.containers[0];
  return container === undefined ? mode : pulumi.interpolate`container:${container.id}`;
}

/** The engine keeps the id of another's container whose network is joined, and that is what is read back. */
async function withContainerId(mode: string): Promise<string> {
  const [, name] = /^container:(.*)$/.exec(mode) ?? [];
  if (name === undefined) return mode;
  // Where no engine is, as in a pull request's preview, the name stands for it.
  return containerId(name).then(
    (id) => `container:${id}`,
    () => mode,
  );
}

/** Volumes taken over from other containers, beside the service's own that the provider takes the same way. */
function inherited(
  { service: { volumes_from = [] } }: ServicePlan,
  services: ServiceArgs["services"],
  own: docker.ContainerArgs["volumes"] = [],
): Pick<docker.ContainerArgs, "volumes"> {
  if (volumes_from.length === 0) return {};
  const from = volumes_from.map((entry) => {
    const { service = "", container, mode } = volumesFrom(entry);
    const id = container ?? services[service]?.containers[0]?.id ?? service;
    return { fromContainer: mode === undefined ? id : pulumi.interpolate`${id}:${mode}` };
  });
  return { volumes: pulumi.output(own).apply((volumes) => [...(volumes ?? []), ...from]) };
}

function heldBackBy(
  plan: ServicePlan,
  services: ServiceArgs["services"],
): readonly pulumi.Input<pulumi.Resource>[] {
  return plan.waitsFor.flatMap(({ service, condition }): readonly pulumi.Input<pulumi.Resource>[] => {
    const other = services[service];
    if (other === undefined) return [];
    return condition === "service_started" ? other.containers : other.gates;
  });
}

function restartedBy(plan: ServicePlan, services: ServiceArgs["services"]): pulumi.Output<string>[] {
  return plan.waitsFor.flatMap(({ service, restart }) =>
    restart ? (services[service]?.containers ?? []).map(({ id }) => id) : [],
  );
}

function volumesOf(plan: ServicePlan, volumes: Readonly<Record<string, docker.Volume>>): docker.Volume[] {
  return (plan.service.volumes ?? []).flatMap(({ type, source = "" }) => {
    const volume = type === "volume" ? volumes[source] : undefined;
    return volume === undefined ? [] : [volume];
  });
}

/** A variable without a value is taken away from those of the image. */
function environment(plan: ServicePlan, secrets: Secrets): pulumi.Input<string>[] {
  return Object.entries(plan.service.environment ?? {}).map(([variable, value]) =>
    value === null ? variable : filledAs(variable, value, secrets),
  );
}

/** The value is filled by itself: whether it is a URL tells how. */
function filledAs(variable: string, value: string, secrets: Secrets): pulumi.Input<string> {
  const filled: pulumi.Input<string> = filledIn(value, secrets);
  return typeof filled === "string" ? `${variable}=${filled}` : pulumi.interpolate`${variable}=${filled}`;
}

function gate(container: docker.Container, { plan, secrets }: ServiceArgs): pulumi.Output<docker.Container> {
  if (pulumi.runtime.isDryRun()) return pulumi.output(container);
  const opened = pulumi
    .all([container.id, container.name, ...Object.values(secrets)])
    .apply(async ([id = "", name = "", ...hidden]) => {
      const called = plan.containers.length === 1 ? plan.name : name;
      try {
        await setLimits(id, furtherLimits(plan));
        const seconds = await waitUntilReady(id, called, plan.gate, (detail) => {
          void pulumi.log.info(`waits for ${called} ${detail}`, container, undefined, true);
        });
        noteStart(plan.labels[projectLabel] ?? "", plan.name, seconds);
      } catch (error) {
        const said = error instanceof NotReady ? error.message : `${called}: ${messageOf(error)}`;
        // What a container logged may hold its password.
        const message = withoutSecrets(said, hidden);
        if (!plan.optional) throw new pulumi.ResourceError(message, container, true);
        await pulumi.log.warn(`${message}\nNo service requires ${plan.name}: the others go on.`, container);
      }
      return container;
    });
  // The secrets were only needed to hide them.
  return pulumi.unsecret(opened);
}

function furtherLimits({ service }: ServicePlan): FurtherLimits {
  const pids = service.deploy?.resources?.limits?.pids ?? service.pids_limit;
  const blkioWeight = service.blkio_config?.weight;
  return { ...(pids === undefined ? {} : { pids }), ...(blkioWeight === undefined ? {} : { blkioWeight }) };
}

function hostPorts(
  container: docker.Container | undefined,
  ready: pulumi.Output<docker.Container> | undefined,
  plan: ServicePlan,
): pulumi.Output<PublishedPorts> {
  if (container === undefined) return pulumi.output<PublishedPorts>({});
  if (!pulumi.runtime.isDryRun())
    return pulumi.all([container.id, ready]).apply(([id]) => publishedPorts(id));
  // A preview may run where no engine is; what the plan says is then all there is to show.
  return container.id.apply((id) => publishedPorts(id).catch(() => plannedPorts(plan)));
}
