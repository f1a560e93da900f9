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
import type { Project } from "../compose-spec/project.ts";
import type { Stack } from "../stack/stack.ts";

/**
 * What only the whole stack can tell: every mistake in how its services fit together. Pure; what has to be asked of
 * the file system comes in as a function.
 *
 * @param pathExists Whether a path, relative to the project or absolute, exists; for bind mounts and builds.
 */
export function check(stack: Stack, pathExists: (path: string) => boolean): Mistake[] {
  const services = Object.entries(stack.services);
  const mistakes: Found = [
    ...services.flatMap(([name, service]) => [
      ...source(name, service, pathExists),
      ...command(name, service),
      ...securityProfile(name, service, pathExists),
      ...mounts(name, service, stack, pathExists),
      ...networks(name, service, stack),
      ...networkMode(name, service),
      ...dependencies(name, service, stack),
      ...neighbours(name, service, stack),
      ...secrets(name, service, stack),
      ...limits(name, service),
      ...replicas(name, service),
      ...ping(name, service, stack),
    ]),
    ...Object.entries(stack.networks).flatMap(([key, part]) => misplaced(`networks.${key}`, part, stack)),
    ...Object.entries(stack.volumes).flatMap(([key, part]) => misplaced(`volumes.${key}`, part, stack)),
    ...cycles(stack),
    ...hostPorts(stack),
    ...containerNames(stack),
    ...routes(stack),
    ...updateOrders(stack),
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

/** A mistake for everything that the stack is to have and that somebody else on the engine's machine has. */
export function checkTaken(stack: Stack, others: Others): Mistake[] {
  return placed(stack, [
    ...takenPorts(stack, others),
    ...takenNames(stack, others),
    ...madeByCompose(stack, others),
  ]);
}

/** A mistake for every volume and network of the stack that another stack has made on the engine. */
export function checkForeign(
  stack: Stack,
  project: string,
  engine: Parameters<typeof takenParts>[2],
): Mistake[] {
  return placed(stack, takenParts(stack, project, engine));
}

/** Each with the file that the user should look in. */
export function placed<T extends Found[number]>(stack: Stack, mistakes: readonly T[]): (T & Mistake)[] {
  return mistakes.map((mistake) => ({ ...mistake, ...fileOf(stack, mistake.path) }));
}

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
