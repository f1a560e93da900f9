import { posix } from "node:path";
import type { Mount } from "../compose-spec/mount.ts";
import type { Service } from "../compose-spec/service.ts";

/*
 * The engine puts a file into a container's own file system, or into a volume that the container may write to. It refuses
 * what is read-only, and a file system in memory covers what was put below it. A file there gets its folder as a volume
 * without a name, which comes and goes with the container.
 */

/** Where a file is put: as it is, into a volume for its folder, or nowhere for a reason. */
type Place = { readonly folder?: string } | { readonly whyNot: string };

/** @param target Absolute path in the container. */
export function placeOf(service: Service, target: string): Place {
  const folder = posix.dirname(target);
  const [cover] = coversOf(service)
    .filter((mount) => target.startsWith(`${mount.target}/`))
    .sort((one, other) => other.target.length - one.target.length);
  if (cover === undefined) {
    if (service.read_only !== true) return {};
    return folder === "/"
      ? { whyNot: "the container is `read_only`, and the file is in its root folder" }
      : { folder };
  }
  if (cover.type !== "tmpfs" && cover.read_only !== true) return {};
  if (cover.type !== "tmpfs") return { whyNot: `${cover.target} is mounted read-only` };
  return cover.target === folder ? { whyNot: `${cover.target} is in memory` } : { folder };
}

/** Volumes without a name for the folders that need one. */
export function folderMounts(service: Service, targets: readonly string[]): Mount[] {
  const folders = targets.flatMap((target) => {
    const place = placeOf(service, target);
    return "folder" in place && place.folder !== undefined ? [place.folder] : [];
  });
  return [...new Set(folders)].map((target) => ({ type: "volume", target }));
}

function coversOf({ volumes = [], tmpfs = [] }: Service): Pick<Mount, "type" | "target" | "read_only">[] {
  const inMemory = tmpfs.map((entry) => ({ type: "tmpfs" as const, target: entry.split(":")[0] ?? "" }));
  return [...volumes, ...inMemory].map((mount) => ({ ...mount, target: mount.target.replace(/\/+$/, "") }));
}
