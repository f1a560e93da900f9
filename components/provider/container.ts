import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Attachment } from "../compose-spec/service.ts";
import { containerId } from "../engine/inventory.ts";
import { sharedWith, volumesFrom } from "../model/dependencies.ts";
import { aliasesOn } from "../plan/endpoints.ts";
import type { ContainerPlan, ServicePlan } from "../plan/plan.ts";
import type { DefinedArguments } from "./container-args.ts";
import { inEngineOrder } from "./container-ports.ts";
import { completed } from "./healthcheck.ts";
import type { Image } from "./image.ts";
import { processOf } from "./process.ts";
import { filledIn, filledVariable, type Secrets } from "./secrets.ts";

/** A network that was made for the stack, by whichever provider. */
export interface MadeNetwork extends pulumi.CustomResource {
  readonly name: pulumi.Output<string>;
}

/** A stack's networks, by their key in the model; an external one is its name. */
export type Networks = Readonly<Record<string, MadeNetwork | string>>;

/** The containers of services that stand before a service, by the service's name. */
type Neighbours = Readonly<Record<string, { readonly containers: readonly docker.Container[] }>>;

/** The resources that a container's arguments refer to. */
export interface Surroundings {
  readonly image: Image;
  readonly networks: Networks;
  readonly services: Neighbours;
  /** What placeholders are filled with. */
  readonly secrets: Secrets;
}

/** The networks that a service joins, in that order, each with what the service says of it. */
export function attachedNetworks(
  { service }: ServicePlan,
  networks: Networks,
): readonly { readonly network: MadeNetwork | string; readonly attachment: Attachment }[] {
  return Object.entries(service.networks ?? {}).flatMap(([key, attachment]) => {
    const network = networks[key];
    return network === undefined ? [] : [{ network, attachment: attachment ?? {} }];
  });
}

/**
 * The arguments of a container: those that its definition alone decides, with secrets in place of their placeholders, and
 * those that refer to other resources.
 *
 * @param defined What the definition decides, and what a `transform` has made of that.
 */
export function containerArguments(
  plan: ServicePlan,
  container: ContainerPlan,
  defined: DefinedArguments,
  { image, networks, services, secrets }: Surroundings,
): docker.ContainerArgs {
  const { envs, volumes, ...others } = defined;
  const own = filledIn(others, secrets);
  const { network_mode: networkMode, ipc, pid } = plan.service;
  return {
    ...filledIn(processOf(plan.service, image), secrets),
    ...own,
    image: image.reference,
    envs: environment(envs, secrets),
    ports: inEngineOrder(own.ports, container.containerName ?? container.name),
    healthcheck: completed(own.healthcheck, image),
    volumes: withInherited(filledIn(volumes, secrets), plan, services),
    // With the first network as its mode, the engine would ignore the container's aliases and addresses there.
    networkMode:
      networkMode === undefined
        ? undefined
        : pulumi.output(namespace(networkMode, services)).apply(withContainerId),
    ipcMode: ipc === undefined ? undefined : namespace(ipc, services),
    pidMode: pid === undefined ? undefined : namespace(pid, services),
    networksAdvanced: attachedNetworks(plan, networks).map(({ network, attachment }) => ({
      name: typeof network === "string" ? network : network.name,
      ...endpoint(attachment, plan, container),
    })),
  };
}

function environment(envs: DefinedArguments["envs"], secrets: Secrets): docker.ContainerArgs["envs"] {
  if (Array.isArray(envs)) return envs.map((entry) => filledVariable(entry, secrets));
  return pulumi
    .output(envs)
    .apply((entries = []) => pulumi.all(entries.map((entry) => filledVariable(entry, secrets))));
}

/** A container's place on a network; others there know it by its name and by its service's. */
function endpoint(
  attachment: Attachment,
  plan: ServicePlan,
  container: ContainerPlan,
): Omit<docker.types.input.ContainerNetworksAdvanced, "name"> {
  const { ipv4_address, ipv6_address, link_local_ips, driver_opts, gw_priority } = attachment;
  return {
    aliases: aliasesOn(attachment, plan, container),
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
function namespace(mode: string, services: Neighbours): pulumi.Input<string> {
  const service = sharedWith(mode);
  const container = service === undefined ? undefined : services[service]?.containers[0];
  return container === undefined ? mode : pulumi.interpolate`container:${container.id}`;
}

/** The engine keeps the id of a container whose network is joined by its name, and the id is what is read back. */
async function withContainerId(mode: string): Promise<string> {
  const [, name] = /^container:(.*)$/.exec(mode) ?? [];
  if (name === undefined) return mode;
  // Where no engine is, as in a pull request's preview, the name stands for the container.
  return containerId(name).then(
    (id) => `container:${id}`,
    () => mode,
  );
}

/** A service's own volumes, and those taken over from other containers, which the provider takes the same way. */
function withInherited(
  own: docker.ContainerArgs["volumes"],
  { service: { volumes_from = [] } }: ServicePlan,
  services: Neighbours,
): docker.ContainerArgs["volumes"] {
  if (volumes_from.length === 0) return own;
  const from = volumes_from.map((entry) => {
    const { service = "", container, mode } = volumesFrom(entry);
    const id = container ?? services[service]?.containers[0]?.id ?? service;
    return { fromContainer: mode === undefined ? id : pulumi.interpolate`${id}:${mode}` };
  });
  return pulumi.output(own ?? []).apply((volumes) => [...(volumes ?? []), ...from]);
}
