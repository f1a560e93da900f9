import { sharedWith } from "./dependencies.ts";
import { own } from "../compose-spec/own.ts";
import type { Attachment, Service } from "../compose-spec/service.ts";
import type { Model } from "./model.ts";

/** The network of the services that name none. */
export const defaultNetwork = "default";

/**
 * The networks a service joins, its first one first: that of the highest priority, of equals the one whose name comes
 * first. A service with a network mode joins none, one that says nothing joins the default network.
 */
export function networksJoinedBy(service: Service): Readonly<Record<string, Attachment | null>> {
  if (service.network_mode !== undefined) return {};
  const named = Object.entries(service.networks ?? {});
  if (named.length === 0) return { [defaultNetwork]: null };
  const priority = ([, attachment]: (typeof named)[number]) => attachment?.priority ?? 0;
  return Object.fromEntries(
    named.sort((one, other) => priority(other) - priority(one) || (one[0] < other[0] ? -1 : 1)),
  );
}

/** Network modes, which are networks where no service has a name, as people know them. */
const nameless: Readonly<Record<string, string>> = {
  bridge: "the engine's own bridge",
  host: "the host's",
  none: "none",
};

/** The service itself, or the one whose network it is in; absent where that cannot be seen from here. */
function hostOf(service: Service, { services }: Model): Service | undefined {
  const seen = new Set<Service>();
  let host: Service | undefined = service;
  while (host?.network_mode !== undefined && !Object.hasOwn(nameless, host.network_mode)) {
    // A circle is a mistake of its own.
    if (seen.has(host)) return undefined;
    seen.add(host);
    host = own(services, sharedWith(host.network_mode) ?? "");
  }
  return host;
}

/** What a network is called on the engine, without the project's name: two keys may be one network. */
export function engineName(network: string, { networks }: Model): string {
  const { external = false, name = external ? network : `_${network}` } = own(networks, network) ?? {};
  return name;
}

/**
 * The engine's names of the networks on which a service finds others, and they find it, by name: with some network
 * modes there is none. Absent where that cannot be seen from here.
 */
export function networksAround(service: Service, model: Model): ReadonlySet<string> | undefined {
  const host = hostOf(service, model);
  return host && new Set(Object.keys(networksJoinedBy(host)).map((network) => engineName(network, model)));
}

/** Whether a service is found by its name, as far as that can be seen from here. */
export function findsByName(one: Service, other: Service, model: Model): boolean {
  const [ones, others] = [networksAround(one, model), networksAround(other, model)];
  return ones === undefined || others === undefined || [...ones].some((network) => others.has(network));
}

/** Whether services can talk to each other. With a network mode one does so in other ways than by names. */
export function shareNetwork(one: Service, other: Service, model: Model): boolean {
  const hasNone = [one, other].some((service) => networksAround(service, model)?.size === 0);
  return hasNone || findsByName(one, other, model);
}

/** The names besides its own by which a service is found on its networks, or on some of them. */
export function aliasesOf(service: Service, isMeant: (network: string) => boolean = () => true): string[] {
  const attachments = Object.entries(networksJoinedBy(service)).filter(([network]) => isMeant(network));
  const { hostname } = service;
  return [
    ...attachments.flatMap(([, attachment]) => attachment?.aliases ?? []),
    ...(hostname === undefined || attachments.length === 0 ? [] : [hostname]),
  ];
}

/** The names of a service's networks, for people. */
export function networkNames(service: Service, model: Model): string {
  const host = hostOf(service, model) ?? {};
  return nameless[host.network_mode ?? ""] ?? Object.keys(networksJoinedBy(host)).join(", ");
}
