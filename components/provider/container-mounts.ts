import type * as docker from "@pulumi/docker";
import type { Mount } from "../compose-spec/service.ts";
import { bytes } from "../compose-spec/units.ts";
import { isOfOldForm } from "../model/bind-sources.ts";

/** A service's volumes as the provider takes them. */
export function mountArguments(volumes: readonly Mount[]): Partial<docker.ContainerArgs> {
  const old = volumes.filter(isOfOldForm);
  const others = volumes.filter((mount) => !old.includes(mount));
  return {
    ...(others.length === 0 ? {} : { mounts: others.map(mount) }),
    ...(old.length === 0
      ? {}
      : {
          volumes: old.map(({ type, source, target, read_only, bind }) => ({
            ...(type === "bind" ? { hostPath: source } : { volumeName: source }),
            // The engine would take a path with a slash at its end for a volume of its own.
            containerPath: target.replace(/(?<=.)\/+$/, ""),
            ...(read_only === undefined ? {} : { readOnly: read_only }),
            ...(bind?.selinux === undefined ? {} : { selinuxRelabel: bind.selinux }),
          })),
        }),
  };
}

function mount({
  type,
  source,
  target,
  read_only,
  bind,
  volume,
  tmpfs,
}: Mount): docker.types.input.ContainerMount {
  return {
    type,
    target,
    ...(source === undefined ? {} : { source }),
    ...(read_only === undefined ? {} : { readOnly: read_only }),
    ...(bind?.propagation === undefined ? {} : { bindOptions: { propagation: bind.propagation } }),
    ...(volume === undefined || Object.keys(volume).length === 0
      ? {}
      : {
          volumeOptions: {
            noCopy: volume.nocopy,
            subpath: volume.subpath,
            ...(volume.labels === undefined ? {} : { labels: labels(volume.labels) }),
          },
        }),
    ...(tmpfs === undefined
      ? {}
      : {
          tmpfsOptions: {
            ...(tmpfs.size === undefined ? {} : { sizeBytes: bytes(tmpfs.size) }),
            ...(tmpfs.mode === undefined ? {} : { mode: Number.parseInt(tmpfs.mode, 8) }),
          },
        }),
  };
}

/** Sorted, so that a preview of one more label does not show all of them. */
export function labels(mapping: Readonly<Record<string, string>>): { label: string; value: string }[] {
  return Object.entries(mapping)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([label, value]) => ({ label, value }));
}
