import { isAbsolute, join } from "node:path";
import { startOrder } from "./graph.ts";
import type { Mistake } from "./mistake.ts";
import { nearest, suggestion } from "./nearest.ts";
import { placeholders } from "./placeholder.ts";
import type { Project } from "./project.ts";
import { routeName } from "./route.ts";
import { hasHealthcheck, type Condition, type Port, type Service } from "./service.ts";
import { defaultNetwork, networksOf } from "./networks.ts";
import { dependenciesOf, sharedWith, volumesFrom } from "./dependencies.ts";
import { bytes } from "./units.ts";
import type { Stack } from "./stack.ts";

/**
 * What only the whole stack can tell: every mistake in how its services fit together. Pure; what has to be asked of
 * the file system comes in as a function.
 *
 * @param pathExists Whether a path, relative to the project or absolute, exists; for bind mounts and builds.
 */
export function check(stack: Stack, pathExists: (path: string) => boolean): Mistake[] {
  const services = Object.entries(stack.services);
  const mistakes: Omit<Mistake, "file">[] = [
    ...services.flatMap(([name, service]) => [
      ...source(name, service, pathExists),
      ...mounts(name, service, stack, pathExists),
      ...networks(name, service, stack),
      ...dependencies(name, service, stack),
      ...neighbours(name, service, stack),
      ...secrets(name, service, stack),
      ...limits(name, service),
    ]),
    ...Object.entries(stack.networks).flatMap(([key, part]) => misplaced(`networks.${key}`, part, stack)),
    ...Object.entries(stack.volumes).flatMap(([key, part]) => misplaced(`volumes.${key}`, part, stack)),
    ...cycles(stack),
    ...hostPorts(stack),
    ...containerNames(stack),
    ...routes(stack),
  ];
  return placed(stack, mistakes);
}

/** A mistake for every external network and volume of the stack that the engine does not have. */
export function checkExternals(
  stack: Stack,
  engine: { readonly networks: readonly string[]; readonly volumes: readonly string[] },
): Mistake[] {
  const kinds = ["network", "volume"] as const;
  const mistakes = kinds.flatMap((kind) =>
    Object.entries(stack[`${kind}s`]).flatMap(([key, { external = false, name = key }]) =>
      !external || engine[`${kind}s`].includes(name)
        ? []
        : [
            {
              path: `${kind}s.${key}`,
              message: `the engine has no ${kind} \`${name}\`, which is external: made outside of this stack`,
              fix: `make it: docker ${kind} create ${name}`,
            },
          ],
    ),
  );
  return placed(stack, mistakes);
}

/** Each with the file that the user should look in. */
export function placed(stack: Stack, mistakes: readonly Omit<Mistake, "file">[]): Mistake[] {
  return mistakes.map((mistake) => ({ ...mistake, ...fileOf(stack, mistake.path) }));
}

type Found = Omit<Mistake, "file">[];

/** The source that goes furthest along the path, of equals the last, is where the user should look. */
export function fileOf(stack: Stack, path: string): { file?: string } {
  const depths = stack.sources.map(({ project }) => depthOf(stack, project, path.split(".")));
  const file = stack.sources[depths.lastIndexOf(Math.max(...depths))]?.file;
  return file === undefined ? {} : { file };
}

/** How many keys of the path a part of the stack has. */
function depthOf(stack: Stack, project: Project, path: readonly string[]): number {
  let whole: unknown = stack;
  let part: unknown = project;
  for (const [depth, key] of path.entries()) {
    whole = (whole as Record<string, unknown> | null | undefined)?.[key];
    // Entries of a list stand elsewhere in the whole than in the part.
    const text = JSON.stringify(whole);
    part = Array.isArray(part)
      ? (part as unknown[]).find((entry) => JSON.stringify(entry) === text)
      : (part as Record<string, unknown> | null | undefined)?.[key];
    if (part === undefined) return depth;
  }
  return path.length;
}

function source(name: string, service: Service, pathExists: (path: string) => boolean): Found {
  const path = `services.${name}`;
  if (service.image === undefined && service.build === undefined) {
    return [
      { path, message: "has neither `image` nor `build`", fix: "name an image, or a build with its context" },
    ];
  }
  if (service.build === undefined) return [];
  const { context = ".", dockerfile = "Dockerfile" } = service.build;
  if (!pathExists(context)) {
    const fix = "correct the path; it is relative to the project";
    return [{ path: `${path}.build.context`, message: `the directory \`${context}\` does not exist`, fix }];
  }
  if (!pathExists(isAbsolute(dockerfile) ? dockerfile : join(context, dockerfile))) {
    const message = `there is no \`${dockerfile}\` in \`${context}\``;
    return [
      { path: `${path}.build.dockerfile`, message, fix: "correct the path; it is relative to the context" },
    ];
  }
  return [];
}

function mounts(name: string, service: Service, stack: Stack, pathExists: (path: string) => boolean): Found {
  return [
    ...(service.volumes ?? []).flatMap((mount, index) => {
      const path = `services.${name}.volumes.${index}`;
      const from = mount.source;
      if (from === undefined) return [];
      if (mount.type === "volume" && !Object.hasOwn(stack.volumes, from)) {
        const fix = suggestion(from, Object.keys(stack.volumes));
        return [{ path, message: `the volume \`${from}\` is not declared`, fix }];
      }
      if (mount.type === "bind" && !pathExists(from)) {
        const fix = "create it, or correct the path; it is relative to the project";
        return [{ path, message: `the bind mount's source \`${from}\` does not exist`, fix }];
      }
      return [];
    }),
    ...(service.configs ?? []).flatMap((config, index) =>
      Object.hasOwn(stack.configs, config.source)
        ? []
        : [
            {
              path: `services.${name}.configs.${index}`,
              message: `the config \`${config.source}\` is not declared`,
              fix: suggestion(config.source, Object.keys(stack.configs)),
            },
          ],
    ),
  ];
}

function networks(name: string, service: Service, stack: Stack): Found {
  return Object.keys(networksOf(service)).flatMap((network) =>
    network === defaultNetwork || Object.hasOwn(stack.networks, network)
      ? []
      : [
          {
            path: `services.${name}.networks.${network}`,
            message: `the network \`${network}\` is not declared`,
            fix: suggestion(network, Object.keys(stack.networks)),
          },
        ],
  );
}

function dependencies(name: string, service: Service, stack: Stack): Found {
  return Object.entries(dependenciesOf(service)).flatMap(([dependency, { condition, required }]) => {
    const path = placeOf(name, service, dependency);
    const other = stack.services[dependency];
    if (other === undefined) {
      if (required === false || stack.incomplete) return [];
      const others = Object.keys(stack.services).filter((candidate) => candidate !== name);
      return [
        { path, message: `there is no service \`${dependency}\``, fix: suggestion(dependency, others) },
      ];
    }
    const found: Found = [];
    if (condition === "service_healthy" && !hasHealthcheck(other)) {
      const message = `waits for \`${dependency}\` to be healthy, which has no health check`;
      const fix = `give \`${dependency}\` a healthcheck, or wait with condition: service_started`;
      found.push({ path, message, fix });
    }
    if (talksTo(condition) && !shareNetwork(service, other)) {
      const message = `needs \`${dependency}\` but shares no network with it`;
      found.push({ path, message, fix: commonNetwork(name, service, dependency, other) });
    }
    return found;
  });
}

/** The key that names another service. */
function placeOf(name: string, service: Service, dependency: string): string {
  const path = `services.${name}`;
  if (service.depends_on?.[dependency] !== undefined) return `${path}.depends_on.${dependency}`;
  const modes = (["network_mode", "ipc", "pid"] as const).filter(
    (key) => sharedWith(service[key]) === dependency,
  );
  const from = (service.volumes_from ?? []).some((entry) => volumesFrom(entry).service === dependency);
  return `${path}.${modes[0] ?? (from ? "volumes_from" : "links")}`;
}

/** What has ended is waited for and not talked to. */
function talksTo(condition: Condition | undefined): boolean {
  return condition !== undefined && condition !== "service_completed_successfully";
}

/** A host name in a URL of the environment that is another service's, which must then be reachable. */
function neighbours(name: string, service: Service, stack: Stack): Found {
  return Object.entries(service.environment ?? {}).flatMap(([variable, value]) => {
    const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/]*@)?([\w.-]+)/i.exec(value ?? "")?.[1];
    const other = host === undefined ? undefined : stack.services[host];
    if (host === undefined || other === undefined || host === name || shareNetwork(service, other)) return [];
    // Told already, as a dependency.
    if (talksTo(service.depends_on?.[host]?.condition)) return [];
    const fix = commonNetwork(name, service, host, other);
    const path = `services.${name}.environment.${variable}`;
    return [{ path, message: `names \`${host}\`, with which it shares no network`, fix }];
  });
}

function commonNetwork(name: string, service: Service, otherName: string, other: Service): string {
  return `put both on one network: ${name} is on ${listed(service)}, ${otherName} on ${listed(other)}`;
}

/** A service in another's network, or in none of the stack's own, is where the checks cannot see it. */
function shareNetwork(one: Service, other: Service): boolean {
  if (one.network_mode !== undefined || other.network_mode !== undefined) return true;
  return Object.keys(networksOf(one)).some((network) => Object.hasOwn(networksOf(other), network));
}

function listed(service: Service): string {
  return Object.keys(networksOf(service)).join(", ");
}

/** The keys in which placeholders are filled. */
const filledKeys: readonly string[] = ["environment", "command", "entrypoint", "healthcheck", "labels"];

function secrets(name: string, service: Service, stack: Stack): Found {
  const misspelt = Object.entries(service.environment ?? {}).flatMap(([variable, value]) =>
    placeholders(value ?? "")
      // What is like no secret's name is the shell's business.
      .filter((secret) => !stack.secrets.includes(secret) && nearest(secret, stack.secrets) !== undefined)
      .map((secret) => ({
        path: `services.${name}.environment.${variable}`,
        message: `refers to a secret \`${secret}\` that the stack does not have`,
        fix: suggestion(secret, stack.secrets),
      })),
  );
  const others = Object.entries(service).filter(([key]) => !filledKeys.includes(key));
  return [
    ...misspelt,
    ...others.flatMap(([key, value]) => misplaced(`services.${name}.${key}`, value, stack)),
  ];
}

/** Secrets where they are not filled in, or would be there for everybody to read: an image keeps its arguments. */
function misplaced(path: string, value: unknown, stack: Stack): Found {
  const named = placeholders(JSON.stringify(value));
  return stack.secrets
    .filter((secret) => named.includes(secret))
    .map((secret) => ({
      path,
      message: `refers to the secret \`${secret}\`, which is not filled in here`,
      fix: `give it to a container by one of: ${filledKeys.join(", ")}, or the content of configs and secrets`,
    }));
}

function limits(name: string, service: Service): Found {
  const { limits: most, reservations: least } = service.deploy?.resources ?? {};
  const path = `services.${name}.deploy.resources.reservations`;
  const found: Found = [];
  if (most?.memory !== undefined && least?.memory !== undefined && bytes(least.memory) > bytes(most.memory)) {
    found.push({
      path: `${path}.memory`,
      message: `reserves ${least.memory} of memory but is limited to ${most.memory}`,
      fix: "reserve at most the limit",
    });
  }
  return found;
}

function cycles(stack: Stack): Found {
  return startOrder(stack.services).cycles.map((cycle) => ({
    path: `services.${cycle[0] ?? ""}.depends_on.${cycle[1] ?? ""}`,
    message: `services wait for each other in a circle: ${cycle.join(" → ")}`,
    fix: "take one of these depends_on away",
  }));
}

function hostPorts(stack: Stack): Found {
  const taken: { service: string; port: Port }[] = [];
  return Object.entries(stack.services).flatMap(([service, { ports = [] }]) =>
    ports.flatMap((port, index) => {
      if (port.published === undefined) return [];
      const other = taken.find((entry) => collide(entry.port, port));
      taken.push({ service, port });
      if (other === undefined) return [];
      const path = `services.${service}.ports.${index}`;
      const message = `publishes host port ${port.published}, which \`${other.service}\` publishes too`;
      return [{ path, message, fix: "choose another host port, or leave it out for one the engine chooses" }];
    }),
  );
}

function collide(one: Port, other: Port): boolean {
  const everywhere = [undefined, "", "0.0.0.0", "::"];
  return (
    one.published === other.published &&
    (one.protocol ?? "tcp") === (other.protocol ?? "tcp") &&
    (one.host_ip === other.host_ip || everywhere.includes(one.host_ip) || everywhere.includes(other.host_ip))
  );
}

function containerNames(stack: Stack): Found {
  const owner = new Map<string, string>();
  return Object.entries(stack.services).flatMap(([name, { container_name }]) => {
    if (container_name === undefined) return [];
    const other = owner.get(container_name);
    owner.set(container_name, name);
    if (other === undefined) return [];
    const message = `has the container name \`${container_name}\`, which \`${other}\` has too`;
    return [{ path: `services.${name}.container_name`, message, fix: "choose another, or leave it out" }];
  });
}

function routes(stack: Stack): Found {
  const names = new Map<string, string>();
  const matches = new Map<string, string>();
  const gateway = stack.gateway === undefined ? undefined : stack.services[stack.gateway];
  return Object.entries(stack.services).flatMap(([name, service]) => {
    const route = service["x-route"];
    if (route === undefined) return [];
    const path = `services.${name}.x-route`;
    const found: Found = [];
    const taken = (known: Map<string, string>, key: "name" | "prefix" | "host", value: string) => {
      const other = known.get(value);
      known.set(value, name);
      if (other === undefined) return false;
      const message = `has the route ${key} \`${value}\`, which \`${other}\` has too`;
      found.push({ path: `${path}.${key}`, message, fix: `give one of them another ${key}` });
      return true;
    };
    const { host = "", prefix = "" } = route;
    // One prefix is one name as well; that is then one mistake.
    if (!taken(matches, prefix === "" ? "host" : "prefix", host + prefix))
      taken(names, "name", routeName(route));
    if (gateway !== undefined && !shareNetwork(service, gateway)) {
      const fix = `put \`${name}\` on one of the gateway's networks: ${listed(gateway)}`;
      found.push({ path, message: "has a route but shares no network with the gateway", fix });
    }
    return found;
  });
}
