import { amounts } from "./amounts.ts";
import { anonymousVolumes } from "./anonymous-volumes.ts";
import { buildSecrets } from "./build-secrets.ts";
import { characters } from "./characters.ts";
import { cycles, dependencies } from "./dependencies.ts";
import { dnsOrder } from "./dns-order.ts";
import { ipv6Hosts } from "./ipv6-hosts.ts";
import { limits } from "./limits.ts";
import { memoryOvercommitted, roundedMemory } from "./memory.ts";
import { mounts } from "./mounts.ts";
import { containerNames, hostPorts, replicas } from "./names.ts";
import { networkMode, networks } from "./networks.ts";
import { withoutEffect, withoutEffectInBuild } from "./no-effect.ts";
import { routerRules } from "./router-rules.ts";
import { routes } from "./routes.ts";
import { misplaced, secrets } from "./secrets.ts";
import { startPeriod } from "./start-period.ts";
import { updateOrders } from "./update.ts";
import { volumeOptions } from "./volume-options.ts";
import { command, healthcheckKind, securityProfile, source } from "./source.ts";
import { madeByCompose, takenNames, takenParts, takenPorts, type Others } from "./taken.ts";
import { inService, mistake, type Finding } from "../findings/finding.ts";
import { own } from "../compose-spec/own.ts";
import type { Definitions } from "../compose-spec/definitions.ts";
import { absent, type Measurements, type WhyUnread } from "../model/facts.ts";
import type { Model } from "../model/model.ts";
import type { Target } from "../model/swarm.ts";

/**
 * What is certain about a stack by itself: every mistake in how its services fit together, and every key that has no
 * effect or another one than it says. Pure; what has to be asked of the file system comes in as a function.
 *
 * @param pathExists Whether a path, relative to the project or absolute, exists; for bind mounts.
 * @param whyUnread Why a build cannot read a path. Default: what does not exist cannot be read.
 * @param target Where the stack goes, to another machine among that. A swarm has findings of its own (`checkSwarm`).
 */
export function check(
  model: Model,
  pathExists: (path: string) => boolean,
  whyUnread: WhyUnread = (path) => (pathExists(path) ? undefined : absent),
  target: Target | "elsewhere" = "engine",
): Finding[] {
  const onEngine = target !== "swarm";
  const inServices = Object.entries(model.services).flatMap(([name, service]) =>
    [
      ...source(service, model, whyUnread),
      ...buildSecrets(service, model, whyUnread),
      ...withoutEffectInBuild(service),
      ...characters(service),
      ...securityProfile(service, pathExists),
      ...healthcheckKind(service),
      ...mounts(service, model, { pathExists, onEngine }),
      ...networks(service, model),
      ...networkMode(service),
      ...dependencies(name, service, model),
      ...secrets(service, model),
      ...limits(service),
      ...(onEngine
        ? [...replicas(service), ...withoutEffect(service, model, target === "engine"), ...dnsOrder(service)]
        : command(service)),
      ...ipv6Hosts(service),
      ...roundedMemory(service),
      ...anonymousVolumes(service),
      ...routerRules(service),
    ].map((finding) => inService(name, finding)),
  );
  return [
    ...inServices,
    ...Object.entries(model.networks).flatMap(([key, part]) => misplaced(`networks.${key}`, part, model)),
    ...Object.entries(model.volumes).flatMap(([key, part]) => misplaced(`volumes.${key}`, part, model)),
    ...amounts(model),
    ...cycles(model),
    ...hostPorts(model),
    ...containerNames(model),
    ...routes(model),
    ...(onEngine ? [...updateOrders(model), ...volumeOptions(model)] : []),
  ];
}

/** What measurements say of a stack: of the engine's machine, and of the last `up`. */
export function checkMeasured(model: Model, { memory, starts = {} }: Measurements): Finding[] {
  const inServices = Object.entries(model.services).flatMap(([name, service]) =>
    startPeriod(service, own(starts, name)).map((finding) => inService(name, finding)),
  );
  return [...inServices, ...memoryOvercommitted(model, memory)];
}

/** A mistake for every external network and volume of the stack that the engine does not have. */
export function checkExternals(
  model: Model,
  engine: { readonly networks: readonly string[]; readonly volumes: readonly string[] },
): Finding[] {
  const kinds = ["network", "volume"] as const;
  return kinds.flatMap((kind) =>
    Object.entries(model[`${kind}s`]).flatMap(([key, { external = false, name = key }]) =>
      !external || engine[`${kind}s`].includes(name)
        ? []
        : [
            mistake("external-missing", {
              path: `${kind}s.${key}`,
              message: `Docker has no ${kind} \`${name}\`, and this stack does not create an external ${kind}`,
              fix: `create it: docker ${kind} create ${name}`,
            }),
          ],
    ),
  );
}

/** A mistake for everything that the stack is to have and that somebody else on the engine's machine has. */
export function checkTaken(model: Model, others: Others): Finding[] {
  return [...takenPorts(model, others), ...takenNames(model, others), ...madeByCompose(model, others)];
}

/** A mistake for every volume and network of the stack that another stack has made on the engine. */
export function checkForeign(
  model: Model,
  project: string,
  engine: Parameters<typeof takenParts>[2],
): Finding[] {
  return takenParts(model, project, engine);
}

/** Each finding with the file that the user should look in. */
export function placed(model: Model, findings: readonly Finding[]): Finding[] {
  return findings.map((finding) => ({ ...fileOf(model, finding.path), ...finding }));
}

/** The source that goes furthest along the path, of equals the last, is where the user should look. */
function fileOf(model: Model, path: string): { file?: string } {
  const depths = model.sources.map(({ definitions }) => depthOf(model, definitions, path.split(".")));
  const file = model.sources[depths.lastIndexOf(Math.max(...depths))]?.file;
  return file === undefined ? {} : { file };
}

/** How many keys of the path a part of the stack has. */
function depthOf(model: Model, definitions: Definitions, path: readonly string[]): number {
  let whole: unknown = model;
  let part: unknown = definitions;
  for (const [depth, key] of path.entries()) {
    whole = valueAt(whole, key);
    // Entries of a list stand elsewhere in the whole than in the part.
    part = Array.isArray(part) ? entryLike(whole, part, Number(key)) : valueAt(part, key);
    if (part === undefined) return depth;
  }
  return path.length;
}

/** The entry of a list that is equal to a value, most likely at the same place. */
function entryLike(value: unknown, list: readonly unknown[], place: number): unknown {
  const text = JSON.stringify(value);
  const isLike = (entry: unknown) => JSON.stringify(entry) === text;
  return isLike(list[place]) ? list[place] : list.find(isLike);
}

function valueAt(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? own(value as Record<string, unknown>, key) : undefined;
}
