import { posix } from "node:path";
import { z } from "zod";
import { byteSize, fileMode, labels, scalar, text } from "./values.ts";

const propagations = ["private", "rprivate", "shared", "rshared", "slave", "rslave"];
/** Docker Desktop's, from before it shared files as fast as it could in any case. */
const consistencies = ["cached", "delegated", "consistent"];

/** What the options of a short form say, in the long form's words; `undefined` when one of them is unknown. */
function longOptions(type: string, options: readonly string[]): object | undefined {
  const long: Record<string, unknown> = {};
  for (const option of options) {
    if (option === "ro") long.read_only = true;
    else if (type === "bind" && propagations.includes(option))
      long.bind = { ...bindOf(long), propagation: option };
    else if (type === "bind" && /^z$/i.test(option)) long.bind = { ...bindOf(long), selinux: option };
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

const mount = z.preprocess(
  longVolume,
  z.strictObject(
    {
      type: z.enum(["volume", "bind", "tmpfs"]),
      /** A top-level volume's name, or a host path; absent for an anonymous volume. */
      source: text.optional(),
      target: text,
      read_only: z.boolean().optional(),
      consistency: text.optional(),
      bind: z
        .strictObject({
          propagation: z.enum(propagations).optional(),
          /** Not honoured: Compose 2 and 5 print it in opposite ways, and a source that is not there is a mistake. */
          create_host_path: z.boolean().optional(),
          selinux: z.enum(["z", "Z"]).optional(),
          recursive: text.optional(),
        })
        .optional(),
      volume: z
        .strictObject({ nocopy: z.boolean().optional(), subpath: text.optional(), labels: labels.optional() })
        .optional(),
      tmpfs: z.strictObject({ size: byteSize.optional(), mode: fileMode.optional() }).optional(),
    },
    "write source:/path[:ro], or the long form with `type`, `source` and `target`",
  ),
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
  return z.array(
    z.preprocess(
      withTarget(folder),
      z.strictObject({
        source: text,
        target: text,
        uid: scalar.optional(),
        gid: scalar.optional(),
        mode: fileMode.optional(),
      }),
    ),
  );
}

export const configReferences = fileReferences("/");
export const secretReferences = fileReferences("/run/secrets");

export type FileReference = z.infer<typeof configReferences>[number];
