import type { EngineContainer, EnginePart, VolumeDetails } from "../model/facts.ts";
import { mistake, warning, type Finding } from "../findings/finding.ts";
import { own } from "../compose-spec/own.ts";
import type { Volume } from "../compose-spec/definitions.ts";

/** The stack's volumes by their key, with their names on the engine. */
export type Named = Readonly<Record<string, Volume & { readonly name: string }>>;

/** Of all volumes on the engine the names of those that this program made for the project. */
export function madeVolumes(project: string, volumes: readonly EnginePart[]): string[] {
  return volumes.flatMap(({ name, project: of, byCompose }) => (of === project && !byCompose ? [name] : []));
}

/** A mistake for every volume that is on the engine already, and was made otherwise than it is defined now. */
export function checkChangedVolumes(
  volumes: Named,
  details: Readonly<Record<string, VolumeDetails>>,
): Finding[] {
  return Object.entries(volumes).flatMap(([key, { name, driver = "local", driver_opts = {} }]) => {
    const made = own(details, name);
    if (made === undefined || (made.driver === driver && sameOptions(made.options, driver_opts))) return [];
    return [
      mistake("changed-volume", {
        path: `volumes.${key}`,
        message: `volume \`${name}\` exists with another driver or other driver_opts, and an update cannot change them`,
        fix: `give the volume another name; or back it up (npx pulumi-compose backup), destroy the stack, remove the volume (docker volume rm ${name}), and restore the backup`,
      }),
    ];
  });
}

/** A mistake for every volume of which a restore is filling a part, or has filled one when it was killed. */
export function checkHalfRestored(volumes: Named, containers: readonly EngineContainer[]): Finding[] {
  return Object.entries(volumes).flatMap(([key, { name }]) => {
    const through = containers.find(({ restores }) => restores === name);
    if (through === undefined) return [];
    const fix = `docker rm ${through.name}, docker volume rm ${name}, and restore the volume again`;
    return [halfRestored(key, name, fix)];
  });
}

/**
 * The same for the volumes of a swarm's nodes.
 *
 * @param notes Names of the swarm's notes of restores, by the name of the volume.
 */
export function checkRestoresInSwarm(volumes: Named, notes: Readonly<Record<string, string>>): Finding[] {
  return Object.entries(volumes).flatMap(([key, { name }]) => {
    const note = own(notes, name);
    if (note === undefined) return [];
    const there = `docker rm --force ${name}-backup; docker volume rm ${name}`;
    const fix = `on the node that has the volume, ${there}; then restore the volume again, or, to go without, docker config rm ${note} on a manager`;
    return [halfRestored(key, name, fix)];
  });
}

function halfRestored(key: string, name: string, fix: string): Finding {
  return mistake("half-restored-volume", {
    path: `volumes.${key}`,
    message: `a restore is filling volume \`${name}\`, or was stopped while it did: the volume may have only a part of its data`,
    fix: `wait until the restore ends; if none is running: ${fix}`,
  });
}

/**
 * A warning for every volume that the stack's state has and the engine has no longer: an update makes an empty one.
 *
 * @param known Names of the volumes that the state has.
 * @param restore How a person restores a volume, by its key.
 */
export function checkLostVolumes(
  volumes: Named,
  known: ReadonlySet<string>,
  onEngine: readonly EnginePart[],
  restore: (key: string) => string,
): Finding[] {
  const present = new Set(onEngine.map(({ name }) => name));
  return Object.entries(volumes).flatMap(([key, { name, external = false }]) =>
    external || !known.has(name) || present.has(name)
      ? []
      : [
          warning("lost-volume", {
            path: `volumes.${key}`,
            message: `volume \`${name}\` was removed outside of Pulumi with its data: \`up\` makes an empty volume, and runs again the jobs that prepare the volume`,
            fix: `if a backup is to fill the volume, restore the backup before \`up\`: ${restore(key)}`,
          }),
        ],
  );
}

/**
 * Whether a volume is to be made, with nothing in it. Where its driver or its options say where its content is, there
 * may be some.
 */
export function startsEmpty(
  { name, external, driver = "local", driver_opts }: Named[string],
  onEngine: readonly string[],
): boolean {
  return !external && driver === "local" && driver_opts === undefined && !onEngine.includes(name);
}

/** Volumes that say how they are made, by their name on the engine: only these are worth asking for. */
export function withDriver(volumes: Named): readonly string[] {
  return Object.values(volumes).flatMap(({ name, external, driver, driver_opts }) =>
    !external && (driver !== undefined || driver_opts !== undefined) ? [name] : [],
  );
}

function sameOptions(
  made: Readonly<Record<string, string>>,
  written: Readonly<Record<string, string>>,
): boolean {
  const keys = new Set([...Object.keys(made), ...Object.keys(written)]);
  return [...keys].every((key) => made[key] === written[key]);
}
