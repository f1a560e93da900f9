import type { Attachment } from "../compose-spec/service.ts";
import type { ContainerPlan, ServicePlan } from "./plan.ts";

/** A container's place on a network. */
export interface Endpoint extends Omit<Attachment, "aliases"> {
  /** The network's name on the engine. */
  readonly network: string;
  /** The names under which others on the network find the container. */
  readonly aliases: string[];
}

/** What a container is called on one of its networks: by its name, by its service's, and as the attachment says. */
export function aliasesOn(
  { aliases = [] }: Attachment,
  { name }: Pick<ServicePlan, "name">,
  { containerName = name }: Pick<ContainerPlan, "containerName">,
): string[] {
  return [...new Set([containerName, name, ...aliases])];
}

/** A place that differs from the plan. */
export interface EndpointDrift {
  readonly network: string;
  /** What is wrong, for people; a service's name stands before it. */
  readonly what: string;
  /** The place that is to be made, after the present one, if there is one, has been taken away. */
  readonly wanted?: Endpoint;
  readonly isConnected: boolean;
}

/** A container's place on a network, as the engine has it. */
export interface PresentEndpoint {
  /** Id of the network; empty for a container that was never started. */
  readonly id: string;
  readonly aliases: readonly string[];
  /** Addresses that were asked for, if any were. */
  readonly ipv4?: string | undefined;
  readonly ipv6?: string | undefined;
}

/** Length of the id that the engine shows for short. */
const shortId = 12;

/**
 * The names that a container was given on a network.
 *
 * @param listed As the engine has them: an engine before 26 counts the container's short id among them. A name may well
 *   begin as an id does: `db`, `cafe`.
 */
export function givenAliases(listed: readonly string[], containerId: string): string[] {
  return listed.filter((alias) => alias !== containerId.slice(0, shortId));
}

/**
 * Where a container's places on networks are other ones than planned.
 *
 * @param present By the network's name.
 * @param ids Of the networks that the engine has, by their name.
 */
export function endpointDrift(
  planned: readonly Endpoint[],
  present: Readonly<Record<string, PresentEndpoint>>,
  ids: Readonly<Record<string, string>>,
): EndpointDrift[] {
  const names = planned.map(({ network }) => network);
  return [
    ...Object.keys(present)
      .filter((network) => !names.includes(network))
      .map((network) => ({
        network,
        what: `is connected to network \`${network}\`, which its definition does not name`,
        isConnected: true,
      })),
    ...planned.flatMap((wanted) => {
      const { network } = wanted;
      const now = present[network];
      const what =
        now === undefined ? `is not connected to network \`${network}\`` : differs(wanted, now, ids);
      return what === undefined ? [] : [{ network, what, wanted, isConnected: now !== undefined }];
    }),
  ];
}

function differs(
  { network, aliases, ipv4_address, ipv6_address }: Endpoint,
  now: PresentEndpoint,
  ids: Readonly<Record<string, string>>,
): string | undefined {
  const id = ids[network];
  if (id !== undefined && now.id !== "" && now.id !== id)
    return `is connected to a network \`${network}\` that is gone; another one has its name`;
  const lost = aliases.filter((alias) => !now.aliases.includes(alias));
  if (lost.length > 0) return `is not called ${quoted(lost)} on network \`${network}\``;
  const more = now.aliases.filter((alias) => !aliases.includes(alias));
  if (more.length > 0) return `is also called ${quoted(more)} on network \`${network}\``;
  const [address] = [
    [ipv4_address, now.ipv4],
    [ipv6_address, now.ipv6],
  ].flatMap(([asked, given]) => (asked !== undefined && asked !== given ? [asked] : []));
  return address === undefined ? undefined : `does not have the address ${address} on network \`${network}\``;
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}
