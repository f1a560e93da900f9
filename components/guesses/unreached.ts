import { linkOf, sharedWith, volumesFrom } from "../model/dependencies.ts";
import {
  aliasesOf,
  engineName,
  findsByName,
  networkNames,
  networksAround,
  shareNetwork,
} from "../model/networks.ts";
import { own } from "../compose-spec/own.ts";
import type { Service } from "../compose-spec/service.ts";
import { warning, type Finding } from "../findings/finding.ts";
import type { Model } from "../model/model.ts";
import { hostsAddedTo, hostsNamedBy } from "../model/urls.ts";
import { writtenBy } from "../model/update.ts";

/** Variables whose values are a host by itself. */
const hostVariable = /HOST(?:NAME)?$/i;

/** Another service that a service seems to talk to, and shares no network with. */
interface Unreached {
  /** The key that names the other service, below the service. */
  readonly path: string;
  readonly service: string;
  readonly message: string;
}

/**
 * Services that a service names or links to, and shares no network with. A URL may be for a browser, so each is a guess.
 * `depends_on` only orders: by itself it says nothing of who talks to whom.
 */
export function unreached(name: string, service: Service, model: Model): Finding[] {
  // Whoever is told by a URL is not told by a link as well.
  const found = [called, linkedTo].reduce<readonly Unreached[]>((told, kind) => {
    const others = told.map((entry) => entry.service);
    return [...told, ...kind(name, service, model).filter((entry) => !others.includes(entry.service))];
  }, []);
  const networks = (service: string) => networkNames(own(model.services, service) ?? {}, model);
  return found.map(({ path, message, service: other }) => {
    const fix = `put both services on one network: ${name} is on ${networks(name)}, ${other} on ${networks(other)}`;
    return warning("no-shared-network", { path, message, fix });
  });
}

function linkedTo(name: string, service: Service, model: Model): Unreached[] {
  return (service.links ?? []).flatMap((link, index) => {
    const { service: other } = linkOf(link);
    if (!isApart(service, other, model)) return [];
    return [
      {
        path: `links.${index}`,
        service: other,
        message: `\`${name}\` links to \`${other}\`, and they share no network`,
      },
    ];
  });
}

/** Whether another service can be reached neither by a network nor by data that both have mounted. */
function isApart(service: Service, name: string, model: Model): boolean {
  const other = own(model.services, name);
  return other !== undefined && !shareNetwork(service, other, model) && !shareData(service, name, other);
}

/** Whether a service may need another for what that keeps, as one that ships its logs does. */
function shareData(service: Service, otherName: string, other: Service): boolean {
  const others = writtenBy(other);
  return (
    [service.network_mode, service.ipc, service.pid].some((mode) => sharedWith(mode) === otherName) ||
    (service.volumes_from ?? []).some((entry) => volumesFrom(entry).service === otherName) ||
    (service.volumes ?? []).some(({ source = "" }) => others.includes(source))
  );
}

/** The services that a service names in its environment and its command. */
function called(name: string, service: Service, model: Model): Unreached[] {
  return hostsCalledBy(service).flatMap(({ path, host }) => {
    const meant = serviceCalled(host, model);
    const other = own(model.services, meant ?? "");
    if (meant === undefined || other === undefined || meant === name) return [];
    if (findsByName(service, other, model) || isFound(host, service, model)) return [];
    return [{ path, service: meant, message: `\`${name}\` calls \`${host}\`, and they share no network` }];
  });
}

function hostsCalledBy(service: Service): { readonly path: string; readonly host: string }[] {
  // A bare `host:port` may be anything, such as an image with its tag.
  const urls = hostsNamedBy(service).filter(
    ({ scheme, variable }) => scheme !== "" || hostVariable.test(variable),
  );
  const variables = Object.entries(service.environment ?? {}).filter(([name]) => hostVariable.test(name));
  return [...urls, ...variables.map(([name, value]) => ({ path: `environment.${name}`, host: value ?? "" }))];
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
