import { linkOf, sharedWith } from "../model/dependencies.ts";
import type { EngineContainer } from "../model/facts.ts";
import { aliasesOf } from "../model/networks.ts";
import { own } from "../compose-spec/own.ts";
import { replicasOf, type Service } from "../compose-spec/service.ts";
import type { Model } from "../model/model.ts";
import { hostsAddedTo, hostsNamedBy, portsOf, usualPort, type NamedHost } from "../model/urls.ts";
import { warning, type Finding } from "../findings/finding.ts";

const loopback = /^(?:localhost|127(?:\.\d+){3}|::1)$/i;

/** Servers that are known by what images and services are called, and by what variables of their hosts are. */
const servers: readonly { readonly scheme: RegExp; readonly name: RegExp; readonly variable: RegExp }[] = [
  {
    scheme: /^postgres/,
    name: /postgres|postgis|pgvector|pgsql|timescale|^db$/,
    variable: /(?:^|_)(?:PG|POSTGRES|POSTGRESQL|DB|DATABASE)$/i,
  },
  { scheme: /^rediss?$/, name: /redis|valkey|keydb/, variable: /(?:^|_)(?:REDIS|VALKEY)$/i },
  {
    scheme: /^(?:mysql|mariadb)/,
    name: /mysql|mariadb|^db$/,
    variable: /(?:^|_)(?:MYSQL|MARIADB|DB|DATABASE)$/i,
  },
  { scheme: /^mongodb/, name: /mongo/, variable: /(?:^|_)(?:MONGO|MONGODB)$/i },
  { scheme: /^amqps?$/, name: /rabbit|amqp/, variable: /(?:^|_)(?:RABBITMQ|RABBIT|AMQP)$/i },
];

/** Addresses of this kind are a browser's to ask, on the host. */
const forBrowsers =
  /PUBLIC|VITE|REACT_APP|NUXT|ORIGIN|CORS|CSRF|REDIRECT|CALLBACK|EXTERNAL|FRONTEND|BROWSER|SITE|DOMAIN|ISSUER|ALLOWED_HOSTS|(?:^|_)(?:CLIENT|APP|WEB|ROOT|NEXTAUTH)_UR[LI]$|^(?:BASE|AUTH)_UR[LI]$/i;

/**
 * `localhost` where another service is meant: a container's localhost is the container itself.
 */
export function localhostUrls(name: string, service: Service, model: Model): Finding[] {
  // Such containers do share one localhost.
  const shares = Object.values(model.services).some(({ network_mode }) => sharedWith(network_mode) === name);
  if (service.network_mode !== undefined || shares) return [];
  const inUrls = hostsNamedBy(service).map((named) => ({
    ...named,
    meant: serviceMeant(name, service, { ...named, variable: variableOf(named, service) }, model),
  }));
  const alone = Object.entries(service.environment ?? {}).map(([variable, host]) => ({
    ...{ path: `environment.${variable}`, host: host ?? "" },
    meant: serverMeant(name, service, variable, model),
  }));
  return [...inUrls, ...alone].flatMap(({ path, host, meant }) => {
    if (meant === undefined || !loopback.test(host)) return [];
    const message = `${host} is the container itself here, and not \`${meant}\``;
    return [warning("localhost-url", { path, message, fix: `write ${meant}` })];
  });
}

/** A word of a command belongs to the option before it: `--redirect-url=…`, or as a word of its own. */
function variableOf({ path, variable }: NamedHost, { command = [] }: Service): string {
  const index = /^command\.(\d+)$/.exec(path)?.[1];
  if (index === undefined) return variable;
  const [before = "", word = ""] = [command[Number(index) - 1], command[Number(index)]];
  const option = /^-[^=\s]*(?==)/.exec(word) ?? /^-[^=\s]*$/.exec(before);
  return (option?.[0] ?? "").replace(/^-+/, "").replaceAll("-", "_");
}

function serviceMeant(
  name: string,
  service: Service,
  { scheme, port, variable }: NamedHost,
  { services }: Model,
): string | undefined {
  const server = servers.find((entry) => entry.scheme.test(scheme));
  const wanted = port ?? (server === undefined ? undefined : usualPort(scheme));
  if (wanted === undefined) return undefined;
  const others = Object.entries(services).filter(([other]) => other !== name);
  const publishes = ({ ports = [] }: Service) => ports.some((entry) => Number(entry.published) === wanted);
  const published = others.find(([, other]) => publishes(other))?.[0];
  // A page in a browser reaches published ports by localhost, and an address may be meant for it.
  const isForBrowsers = /^(?:https?|wss?)$/.test(scheme) || forBrowsers.test(variable);
  if (server === undefined && published !== undefined && isForBrowsers) return undefined;
  const inName = namedIn(variable, Object.keys(services));
  if (inName !== undefined && inName !== name && portsOf(services[inName] ?? {}).has(wanted)) return inName;
  if (portsOf(service).has(wanted) || publishes(service)) return undefined;
  const inside = others.find(([, other]) => portsOf(other).has(wanted))?.[0];
  const called = others.find(
    ([other, { image = "" }]) => server?.name.test(other) || server?.name.test(image),
  )?.[0];
  return server === undefined ? (published ?? inside) : (inside ?? called ?? published);
}

/** The service that a variable's name holds, the longest: `CONTRACT_ENGINE_URL` holds `contract-engine`. */
function namedIn(variable: string, services: readonly string[]): string | undefined {
  const held = services.filter((name) =>
    `_${variable}_`.toLowerCase().includes(`_${name.replaceAll(/[-.]/g, "_").toLowerCase()}_`),
  );
  return held.sort((one, other) => other.length - one.length)[0];
}

/** The service of a variable that is a host alone, `POSTGRES_HOST`, by its name or by what server it is. */
function serverMeant(
  name: string,
  { image = "" }: Service,
  variable: string,
  { services }: Model,
): string | undefined {
  const prefix = /^(.+?)_HOST(?:NAME)?$|^(PG)HOST$/i.exec(variable)?.slice(1).join("");
  if (prefix === undefined) return undefined;
  const own = Object.keys(services).find(
    (other) => other.replaceAll(/[-.]/g, "_").toLowerCase() === prefix.toLowerCase(),
  );
  if (own !== undefined) return own === name ? undefined : own;
  const known = servers.filter((server) => server.variable.test(prefix));
  const isOne = (called: string) => known.some((server) => server.name.test(called));
  if (isOne(name) || isOne(image)) return undefined;
  return Object.entries(services).find(([other, { image = "" }]) => isOne(other) || isOne(image))?.[0];
}

/** A service by its host port, which other containers do not reach it by. */
export function hostPortUrls(name: string, service: Service, { services }: Model): Finding[] {
  return hostsNamedBy(service).flatMap(({ path, host, port }) => {
    const other = own(services, host);
    if (other === undefined || port === undefined || host === name || portsOf(other).has(port)) return [];
    const published = other.ports?.find((entry) => Number(entry.published) === port);
    if (published === undefined) return [];
    const message = `host port ${port} of \`${host}\` is not open between containers`;
    return [warning("host-port-in-url", { path, message, fix: `write ${host}:${published.target}` })];
  });
}

/** Whom the hosts in a stack's texts may stand for. */
export interface Called {
  /** Names and aliases by which services find each other. */
  readonly services: ReadonlySet<string>;
  /** The service of each container, by the container's name in small letters. */
  readonly containers: ReadonlyMap<string, string>;
}

/** @param project Compose project name. */
export function calledIn(model: Model, project: string): Called {
  const aliases = Object.values(model.services).flatMap((service) => [
    ...aliasesOf(service),
    ...(service.links ?? []).flatMap((link) => linkOf(link).alias ?? []),
  ]);
  const services = new Set([...Object.keys(model.services), ...aliases]);
  return { services, containers: containerNamesIn(model, project) };
}

/**
 * A container's name where a service's belongs: it has the stack's name in it, or is another stack's altogether.
 *
 * @param containers What the engine has; `undefined` where none answers.
 */
export function containerNameUrls(
  service: Service,
  called: Called,
  project: string,
  containers: readonly EngineContainer[] | undefined,
): Finding[] {
  const added = hostsAddedTo(service);
  return hostsNamedBy(service).flatMap(({ path, host }) => {
    if (called.services.has(host) || added.includes(host)) return [];
    const other = called.containers.get(host.toLowerCase());
    if (other !== undefined) {
      const message = `\`${host}\` is a container, which has this name in this stack only`;
      return [
        warning("container-name-in-url", { path, message, fix: `write the name of the service, ${other}` }),
      ];
    }
    const foreign = containers?.find((container) => container.name === host && container.project !== project);
    if (foreign === undefined) return [];
    const whose = foreign.project === undefined ? "of no stack" : `of stack ${foreign.project}`;
    const message = `\`${host}\` is a container ${whose}, which can be renamed or removed at any time`;
    const fix =
      "give the container an alias on an external network that both stacks join, and write the alias";
    return [warning("container-name-in-url", { path, message, fix })];
  });
}

/** The names of the stack's containers, by which others can call them too, and whose each is. */
function containerNamesIn(model: Model, project: string): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(model.services).flatMap(([name, service]) => {
      const { container_name: given } = service;
      const numbers = Array.from({ length: replicasOf(service) }, (_, index) => index + 1);
      const names = given === undefined ? numbers.map((number) => `${project}-${name}-${number}`) : [given];
      return names.map((container) => [container.toLowerCase(), name] as const);
    }),
  );
}
