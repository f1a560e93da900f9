import { linkOf } from "./dependencies.ts";
import { aliasesOf, engineName, findsByName, listed, networksAround, networksOf } from "./networks.ts";
import { own } from "../compose-spec/own.ts";
import type { Service } from "../compose-spec/service.ts";
import type { Model } from "./model.ts";
import { hostsAddedTo, hostsNamedBy, usualPort, type NamedHost } from "./urls.ts";

/** A service that another one calls, and cannot find by that name. */
export interface Unreached {
  /** The key that says so, below the service that calls. */
  readonly path: string;
  readonly service: string;
  /** Whether nothing can come of it, as opposed to a URL that may be a browser's, or a name that others may know. */
  readonly isCertain: boolean;
  readonly message: string;
  readonly fix: string;
}

/** Variables whose values are a host by itself. */
const hostVariable = /HOST(?:NAME)?$/i;

/** The services that a service names in its environment and its command, and shares no network with. */
export function unreachedBy(name: string, service: Service, model: Model): Unreached[] {
  return calledBy(service).flatMap((called) => {
    const { path, host } = called;
    const meant = serviceCalled(host, model);
    const other = own(model.services, meant ?? "");
    if (meant === undefined || other === undefined || meant === name) return [];
    if (findsByName(service, other, model) || isFound(host, service, model)) return [];
    const message = `names \`${host}\`, with which it shares no network`;
    const isCertain = host === meant && asksServer(called) && isAmongItself(service, model);
    return [{ path, service: meant, isCertain, message, fix: commonNetwork(name, meant, model) }];
  });
}

/** What to do about two services that share no network. */
export function commonNetwork(name: string, other: string, model: Model): string {
  const networks = (service: string) => listed(own(model.services, service) ?? {}, model);
  return `put both on one network: ${name} is on ${networks(name)}, ${other} on ${networks(other)}`;
}

function calledBy(service: Service): Pick<NamedHost, "path" | "variable" | "scheme" | "host">[] {
  // A bare `host:port` may be anything, such as an image with its tag.
  const urls = hostsNamedBy(service).filter(
    ({ scheme, variable }) => scheme !== "" || hostVariable.test(variable),
  );
  const hosts = Object.entries(service.environment ?? {}).filter(([variable]) => hostVariable.test(variable));
  return [
    ...urls,
    ...hosts.map(([variable, value]) => ({
      path: `environment.${variable}`,
      variable,
      scheme: "",
      host: value ?? "",
    })),
  ];
}

/** The service of this name or alias. One with a dot in it may be known outside of the stack as well. */
function serviceCalled(host: string, model: Model): string | undefined {
  if (Object.hasOwn(model.services, host)) return host;
  if (host === "" || host.includes(".")) return undefined;
  return Object.entries(model.services).find(([, other]) => aliasesOf(other).includes(host))?.[0];
}

/** Whether a name leads somewhere else: to an address of the service's own, or to another that it is an alias of. */
function isFound(host: string, service: Service, model: Model): boolean {
  const around = networksAround(service, model);
  const isAround = (network: string) => around?.has(engineName(network, model)) === true;
  const links = Object.values(model.services).flatMap((other) => (other.links ?? []).map(linkOf));
  const linked = links.filter(({ alias }) => alias === host).map((link) => link.service);
  return (
    hostsAddedTo(service).includes(host) ||
    Object.entries(model.services).some(
      ([name, other]) =>
        findsByName(service, other, model) &&
        (aliasesOf(other, isAround).includes(host) || other.container_name === host || linked.includes(name)),
    )
  );
}

/** Whether a URL is a database's or a queue's, which a program asks itself. */
function asksServer({ scheme, variable }: Pick<NamedHost, "scheme" | "variable">): boolean {
  return variable !== "" && !/^https?$/.test(scheme) && usualPort(scheme) !== undefined;
}

/** Whether nobody but this stack's services is where the service looks for names. */
function isAmongItself(service: Service, { networks }: Model): boolean {
  const { network_mode, dns, dns_search } = service;
  return (
    [network_mode, dns, dns_search].every((key) => key === undefined) &&
    Object.keys(networksOf(service)).every((network) => own(networks, network)?.external !== true)
  );
}
