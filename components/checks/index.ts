import { cycles, dependencies, neighbours } from "./dependencies.ts";
import type { Found } from "./found.ts";
import { limits } from "./limits.ts";
import { mounts } from "./mounts.ts";
import { containerNames, hostPorts, replicas } from "./names.ts";
import { networkMode, networks } from "./networks.ts";
import { ping } from "./ping.ts";
import { routes } from "./routes.ts";
import { misplaced, secrets } from "./secrets.ts";
import { updateOrders } from "./update.ts";
import { command, securityProfile, source } from "./source.ts";
import { madeByCompose, takenNames, takenParts, takenPorts, type Others } from "./taken.ts";
import type { Mistake } from "../findings/mistake.ts";
import { own } from "../compose-spec/own.ts";
import type { Definitions } from "../compose-spec/definitions.ts";
import type { Model } from "../model/model.ts";

/**
 * What only the whole stack can tell: every mistake in how its services fit together. Pure; what has to be asked of
 * the file system comes in as a function.
 *
 * @param pathExists Whether a path, relative to the project or absolute, exists; for bind mounts and builds.
 */
export function check(model: Model, pathExists: (path: string) => boolean): Mistake[] {
  const services = Object.entries(model.services);
  const mistakes: Found = [
    ...services.flatMap(([name, service]) => [
      ...source(name, service, pathExists),
      ...command(name, service),
      ...securityProfile(name, service, pathExists),
      ...mounts(name, service, model, pathExists),
      ...networks(name, service, model),
      ...networkMode(name, service),
      ...dependencies(name, service, model),
      ...neighbours(name, service, model),
      ...secrets(name, service, model),
      ...limits(name, service),
      ...replicas(name, service),
      ...ping(name, service, model),
    ]),
    ...Object.entries(model.networks).flatMap(([key, part]) => misplaced(`networks.${key}`, part, model)),
    ...Object.entries(model.volumes).flatMap(([key, part]) => misplaced(`volumes.${key}`, part, model)),
    ...cycles(model),
    ...hostPorts(model),
    ...containerNames(model),
    ...routes(model),
    ...updateOrders(model),
  ];
  return placed(model, mistakes);
}

/** A mistake for every external network and volume of the stack that the engine does not have. */
export function checkExternals(
  model: Model,
  engine: { readonly networks: readonly string[]; readonly volumes: readonly string[] },
): Mistake[] {
  const kinds = ["network", "volume"] as const;
  const mistakes = kinds.flatMap((kind) =>
    Object.entries(model[`${kind}s`]).flatMap(([key, { external = false, name = key }]) =>
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
  return placed(model, mistakes);
}

/** A mistake for everything that the stack is to have and that somebody else on the engine's machine has. */
export function checkTaken(model: Model, others: Others): Mistake[] {
  return placed(model, [
    ...takenPorts(model, others),
    ...takenNames(model, others),
    ...madeByCompose(model, others),
  ]);
}

/** A mistake for every volume and network of the stack that another stack has made on the engine. */
export function checkForeign(
  model: Model,
  project: string,
  engine: Parameters<typeof takenParts>[2],
): Mistake[] {
  return placed(model, takenParts(model, project, engine));
}

/** Each with the file that the user should look in. */
export function placed<T extends Found[number]>(model: Model, mistakes: readonly T[]): (T & Mistake)[] {
  return mistakes.map((mistake) => ({ ...mistake, ...fileOf(model, mistake.path) }));
}

/** The source that goes furthest along the path, of equals the last, is where the user should look. */
export function fileOf(model: Model, path: string): { file?: string } {
  const depths = model.sources.map(({ definitions: project }) => depthOf(model, project, path.split(".")));
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
    const text = JSON.stringify(whole);
    part = Array.isArray(part)
      ? (part as unknown[]).find((entry) => JSON.stringify(entry) === text)
      : valueAt(part, key);
    if (part === undefined) return depth;
  }
  return path.length;
}

function valueAt(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? own(value as Record<string, unknown>, key) : undefined;
}
