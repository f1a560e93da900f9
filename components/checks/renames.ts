import type { ContainerDetails, EngineContainer, EnginePart } from "../model/facts.ts";
import { startsEmpty, type Named } from "./made-volumes.ts";
import { mistake, warning, type Finding } from "../findings/finding.ts";
import { own } from "../compose-spec/own.ts";
import { routesVolume } from "../model/elsewhere.ts";
import type { Model } from "../model/model.ts";

/** A container whose service the stack has no longer, and the named volumes that would be left behind with it. */
export interface LeftContainer {
  readonly id: string;
  readonly name: string;
  readonly service: string;
  /** Volumes that the stack does not have, by their name on the engine. */
  readonly volumes: readonly string[];
}

/** A volume that nobody gave a name has one of its own, and goes with its container. */
const anonymous = /^[0-9a-f]{64}$/;

function isNamed(mount: string): boolean {
  return !mount.startsWith("/") && !anonymous.test(mount);
}

/**
 * The project's containers whose services are no longer in the stack, and whose volumes are not either.
 *
 * @param names The stack's volumes by their name on the engine.
 */
export function leftContainers(
  model: Model,
  project: string,
  names: readonly string[],
  containers: readonly EngineContainer[],
): readonly LeftContainer[] {
  // What could not be read may well have the service.
  if (model.incomplete) return [];
  return containers.flatMap(({ id, name, project: of, service, mounts }) => {
    if (of !== project || service === undefined || Object.hasOwn(model.services, service)) return [];
    const volumes = mounts.filter((mount) => isNamed(mount) && !names.includes(mount));
    return volumes.length === 0 ? [] : [{ id, name, service, volumes }];
  });
}

/**
 * A mistake for every service that has only been renamed, as it seems, so that it would start without its data: one
 * without a container takes the place of one that is no longer in the stack, and a volume under another name that of
 * the old one.
 *
 * @param left With their details, by id.
 */
export function checkRenames(
  model: Model,
  project: string,
  left: readonly LeftContainer[],
  details: Readonly<Record<string, ContainerDetails>>,
  containers: readonly EngineContainer[],
): Finding[] {
  const made = new Set(containers.flatMap(({ project: of, service }) => (of === project ? [service] : [])));
  const added = Object.entries(model.services).filter(([name]) => !made.has(name));
  return left.flatMap(({ id, name: container, service, volumes }) => {
    const { image, volumes: mounted = {} } = details[id] ?? {};
    return Object.entries(mounted)
      .filter(([, volume]) => volumes.includes(volume))
      .flatMap(([target, volume]) => {
        const heir = added.find(([, { image: other, volumes: mounts = [] }]) =>
          mounts.some((mount) => mount.type === "volume" && (mount.target === target || other === image)),
        );
        if (heir === undefined) return [];
        const [name, { volumes: mounts = [] }] = heir;
        const key =
          mounts.find((mount) => mount.target === target)?.source ??
          mounts.find(({ type }) => type === "volume")?.source;
        return [
          mistake("renamed-service", {
            service: name,
            path: `services.${name}`,
            message: `\`${name}\` takes the place of \`${service}\`, and would start without its data, which is in volume \`${volume}\``,
            fix: `to keep the data, write volumes.${key ?? "<volume>"}.name: ${volume}; to start without it, remove the old container first: docker rm --force ${container} (the volume stays)`,
          }),
        ];
      });
  });
}

/**
 * The project's containers of services that are still in the stack, and are to have a volume that would be made for
 * them, empty: it may take the place of one that the container has.
 *
 * @param onEngine Names of the volumes that the engine has.
 */
export function movedContainers(
  model: Model,
  project: string,
  volumes: Named,
  containers: readonly EngineContainer[],
  onEngine: readonly string[],
): readonly EngineContainer[] {
  return containers.filter(({ project: of, service = "", mounts }) => {
    const wanted = of === project ? (own(model.services, service)?.volumes ?? []) : [];
    const begins = wanted.some(({ type, source = "" }) => {
      const volume = type === "volume" ? own(volumes, source) : undefined;
      return volume !== undefined && startsEmpty(volume, onEngine);
    });
    return begins && mounts.some(isNamed);
  });
}

/**
 * A mistake for every volume that would be made, empty, where a service has its data in another one: under a service
 * that keeps its name the volume has got another key or another name.
 *
 * @param moved As `movedContainers` has them.
 * @param details Of these, by id.
 */
export function checkMovedVolumes(
  model: Model,
  volumes: Named,
  moved: readonly EngineContainer[],
  details: Readonly<Record<string, ContainerDetails>>,
  onEngine: readonly string[],
): Finding[] {
  const moves = moved.flatMap(({ id, name: container, service = "" }) =>
    Object.entries(own(details, id)?.volumes ?? {}).flatMap(([target, old]) => {
      const mounts = own(model.services, service)?.volumes ?? [];
      const key = mounts.find((mount) => mount.type === "volume" && mount.target === target)?.source ?? "";
      const volume = own(volumes, key);
      if (volume === undefined || !startsEmpty(volume, onEngine)) return [];
      if (!isNamed(old) || old === volume.name) return [];
      return [{ key, target, old, service, container, name: volume.name }];
    }),
  );
  return [...Map.groupBy(moves, ({ key, old }) => `${key} ${old}`).values()].flatMap((group) => {
    const [move] = group;
    if (move === undefined) return [];
    const { key, target, old, name } = move;
    const all = (what: "service" | "container") => [...new Set(group.map((each) => each[what]))];
    const kept = Object.entries(volumes).find(([, volume]) => volume.name === old)?.[0];
    const keep = kept === undefined ? `write volumes.${key}.name: ${old}` : `mount ${kept} at ${target}`;
    return [
      mistake("moved-volume", {
        path: `volumes.${key}`,
        message: `an update would create a new empty volume \`${name}\`; the data of ${all("service").join(", ")} stays in \`${old}\``,
        fix: `to keep the data, ${keep}; to copy it, back up the old volume (npx pulumi-compose backup), destroy the stack, and restore the backup into the new volume (npx pulumi-compose restore); to start without it, remove the old container first: docker rm --force ${all("container").join(" ")} (the volume stays)`,
      }),
    ];
  });
}

/**
 * That the engine has volumes of the project which the stack has no longer, and which stay.
 *
 * @param others Names of volumes of which something else is told or done.
 */
export function leftVolumes(
  model: Model,
  project: string,
  volumes: Named,
  onEngine: readonly EnginePart[],
  others: readonly string[],
): Finding[] {
  if (model.incomplete) return [];
  const names = [...Object.values(volumes).map(({ name }) => name), ...others];
  return onEngine.flatMap(({ name, project: of, key }) => {
    if (of !== project || key === undefined || names.includes(name)) return [];
    const now = own(volumes, key);
    // What a gateway elsewhere has of its routes is in no definition, and goes with the stack.
    if (now === undefined && key === routesVolume) return [];
    return [
      warning("kept-volume", {
        path: `volumes.${key}`,
        message:
          now === undefined
            ? `the volume is no longer in the stack; its data stays in \`${name}\``
            : `the volume is \`${now.name}\` now; its earlier data stays in \`${name}\``,
        fix: `to use the data again, give a volume name: ${name}; to remove the data: docker volume rm ${name}`,
      }),
    ];
  });
}

/** That a service which nothing takes the place of leaves its data behind, and where. */
export function keptVolumes(left: readonly LeftContainer[]): Finding[] {
  return left.map(({ service, volumes }) =>
    warning("kept-volume", {
      service,
      path: `services.${service}`,
      message: `the service is no longer in the stack; its data stays in ${volumes.map((volume) => `\`${volume}\``).join(", ")}`,
      fix: `to remove the data: docker volume rm ${volumes.join(" ")}`,
    }),
  );
}
