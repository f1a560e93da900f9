import { isAbsolute, normalize } from "node:path";
import type { Volume } from "../compose-spec/definitions.ts";
import { own } from "../compose-spec/own.ts";
import { mistake, type Finding } from "../findings/finding.ts";
import { suggestion } from "../findings/nearest.ts";
import type { Model } from "../model/model.ts";

/**
 * Options of Docker's own driver of volumes. The engine reads them when it makes a volume, and looks for what they name
 * when a container starts: then half of an update is made.
 */

/** What the driver takes, and what each option needs beside it. */
const options: Readonly<Record<string, readonly string[]>> = {
  type: ["device"],
  o: ["type", "device"],
  device: ["type"],
  size: [],
};

/** Options with which the driver refuses to make a volume. */
export function volumeOptions({ volumes }: Model): Finding[] {
  return Object.entries(volumes).flatMap(([volume, definition]) => {
    const given = optionsOf(definition);
    return Object.keys(given).flatMap((option): Finding[] => {
      const path = `volumes.${volume}.driver_opts.${option}`;
      const needs = own(options, option);
      if (needs === undefined) {
        const message = `Docker's driver \`local\` has no option \`${option}\``;
        return [mistake("invalid-value", { path, message, fix: suggestion(option, Object.keys(options)) })];
      }
      const missing = needs.filter((other) => !Object.hasOwn(given, other));
      if (missing.length === 0) return [];
      const message = `Docker's driver \`local\` takes no \`${option}\` without ${missing.join(" and ")}`;
      const fix = `write ${missing.join(" and ")} beside it: a folder of the host is type: none, o: bind, device: /folder`;
      return [mistake("invalid-value", { path, message, fix })];
    });
  });
}

/** A folder of the engine's machine that services have as a volume. */
export interface BoundFolder {
  /** Key of the volume. */
  readonly volume: string;
  readonly folder: string;
}

/** The folders that are volumes of the services. */
export function boundFolders({ services, volumes }: Model): BoundFolder[] {
  const mounts = Object.values(services).flatMap((service) => service.volumes ?? []);
  const used = new Set(mounts.flatMap(({ type, source }) => (type === "volume" ? (source ?? []) : [])));
  return [...used].flatMap((volume) => {
    const { o = "", device } = optionsOf(own(volumes, volume) ?? {});
    const isBound = o.split(",").some((word) => ["bind", "rbind"].includes(word));
    return isBound && device !== undefined ? [{ volume, folder: device }] : [];
  });
}

/**
 * A mistake for every folder that the engine cannot mount as a volume. Nobody makes such a folder, Compose's engine neither.
 *
 * @param whyNot Why a path of the engine's machine is no folder: words to stand behind the path. `undefined` where it is one.
 */
export function checkBoundFolders(
  folders: readonly BoundFolder[],
  whyNot: (path: string) => string | undefined,
): Finding[] {
  return folders.flatMap(({ volume, folder }) => {
    const reason = isAbsolute(folder) ? whyNot(folder) : "is no absolute path";
    if (reason === undefined) return [];
    const fix = isAbsolute(folder)
      ? "create the folder, or correct the path; or mount it in the services as ./folder:/target, which the engine makes"
      : `write an absolute path: \${PWD}/${normalize(folder)}`;
    return [
      mistake("missing-file", {
        path: `volumes.${volume}.driver_opts.device`,
        message: `the volume is the folder \`${folder}\` of the host, which ${reason}, and then no container with the volume starts`,
        fix,
      }),
    ];
  });
}

/** Of a volume that is made, and by Docker's own driver. */
function optionsOf({ external = false, driver = "local", driver_opts = {} }: Volume) {
  return external || driver !== "local" ? {} : driver_opts;
}
