import { posix } from "node:path";
import { z } from "zod";
import { orShort } from "./short-form.ts";
import { byteSize, extensible, fileMode, keys, labels, scalar, text } from "./values.ts";

const propagations = ["private", "rprivate", "shared", "rshared", "slave", "rslave"];
/** Docker Desktop's, from before it shared files as fast as it could in any case. */
const consistencies = ["cached", "delegated", "consistent"];

/** What the options of a short form say, in the long form's words; `undefined` when one of them is unknown. */
function longOptions(type: string, options: readonly string[]): object | undefined {
  const long: Record<string, unknown> = type === "bind" ? { bind: { create_host_path: true } } : {};
  for (const option of options) {
    if (option === "ro") long.read_only = true;
    else if (type === "bind" && propagations.includes(option))
      long.bind = { ...bindOf(long), propagation: option };
    else if (/^z$/i.test(option)) long.bind = { ...bindOf(long), selinux: option };
    else if (type === "volume" && option === "nocopy") long.volume = { nocopy: true };
    else if (consistencies.includes(option)) long.consistency = option;
    else if (option !== "rw") return undefined;
  }
  return long;
}

function bindOf({ bind = {} }: { readonly bind?: unknown }): object {
  return bind as object;
}

function longVolume(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const [source = "", target, options = "rw", ...rest] = value.split(":");
  if (target === undefined) return { type: "volume", target: source };
  const type = /^[./~]/.test(source) ? "bind" : "volume";
  const long = longOptions(type, options.split(","));
  return long === undefined || rest.length > 0 ? value : { type, source, target, ...long };
}

const mount = orShort(
  keys(
    {
      /** A named volume (`volume`), a host path (`bind`) or memory (`tmpfs`). */
      type: z.enum(["volume", "bind", "tmpfs"], {
        error: "write volume, bind or tmpfs: the Docker provider mounts nothing else",
      }),
      /** Name of a top-level volume, or a host path; without it, Docker makes a volume without a name. */
      source: text.optional(),
      /** Path inside the container. */
      target: text,
      /** Whether the container cannot write there. */
      read_only: z.boolean().optional(),
      /** Has no effect: Docker no longer uses it. */
      consistency: text.optional(),
      /** Options of a host path. */
      bind: keys({
        /** Whether mounts below the path are shared with the host, such as `rslave`. */
        propagation: z.enum(propagations).optional(),
        /** Whether the engine makes an empty directory where the path does not exist; a short form says `true`. */
        create_host_path: z.boolean().optional(),
        /** Label for SELinux, of a host path or a named volume: shared (`z`) or private (`Z`). */
        selinux: z.enum(["z", "Z"]).optional(),
        /** Has no effect: the Docker provider cannot set it. */
        recursive: text.optional(),
      }).optional(),
      /** Options of a named volume. */
      volume: keys({
        /** Whether a new volume stays empty, without the files that the image has at the target. */
        nocopy: z.boolean().optional(),
        /** Directory inside the volume that is mounted. */
        subpath: text.optional(),
        /** Labels of a volume without a name. */
        labels: labels.optional(),
      }).optional(),
      /** Options of a file system in memory. */
      tmpfs: keys({
        /** Size at most. */
        size: byteSize.optional(),
        /** Mode of the directory, in octal. */
        mode: fileMode.optional(),
      }).optional(),
    },
    "write source:/path[:ro], or the long form with `type`, `source` and `target`",
  ),
  text,
  longVolume,
);

export const mounts = z.array(mount);

export type Mount = z.infer<typeof mount>;

/** Where a config or a secret is put: below its folder, unless its target says otherwise. */
function withTarget(folder: string): (value: unknown) => unknown {
  return (value) => {
    const reference = typeof value === "string" ? { source: value } : value;
    if (typeof reference !== "object" || reference === null || !("source" in reference)) return reference;
    const { target = reference.source } = reference as { readonly target?: unknown };
    return { ...reference, target: posix.resolve(folder, String(target)) };
  };
}

/** A config or a secret in a service, by its name alone or with where it is put and for whom. */
function fileReferences(folder: string) {
  const reference = z.strictObject({
    /** Name of the top-level config or secret. */
    source: text,
    /** Path inside the container; default the name, below `/` or `/run/secrets`. */
    target: text,
    /** Owner of the file, by number; of a mounted file, the owner on the host stays. */
    uid: scalar.optional(),
    /** Group of the file, by number; of a mounted file, the group on the host stays. */
    gid: scalar.optional(),
    /** Mode of the file in octal, default `"0444"`; of a mounted file, the mode on the host stays. */
    mode: fileMode.optional(),
  });
  return z.array(
    orShort(extensible(reference), z.union([text, reference.partial({ target: true })]), withTarget(folder)),
  );
}

export const configReferences = fileReferences("/");
export const secretReferences = fileReferences("/run/secrets");

export type FileReference = z.infer<typeof configReferences>[number];
