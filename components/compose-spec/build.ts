import { z } from "zod";
import { orShort } from "./short-form.ts";
import {
  byteSize,
  joinedBy,
  keys,
  labels,
  list,
  oneOrMore,
  scalar,
  text,
  ulimits,
  variables,
  withoutUnset,
} from "./values.ts";

const secret = keys({
  /** Name of the top-level secret, which has a file. */
  source: text,
  /** Name by which the Dockerfile mounts the secret (`RUN --mount=type=secret,id=…`); default the secret's own. */
  target: text.optional(),
  /** Has no effect: the Dockerfile says it. */
  uid: scalar.optional(),
  /** Has no effect: the Dockerfile says it. */
  gid: scalar.optional(),
  /** Has no effect: the Dockerfile says it. */
  mode: scalar.optional(),
});

/**
 * How a service's image is built (https://github.com/compose-spec/compose-spec/blob/main/build.md), as far as the
 * Docker provider can ask for it.
 */
const shape = {
  /** Directory that the build reads, relative to the project, or the URL of a git repository or of a tarball; default the project itself. */
  context: text.optional(),
  /** Path of the Dockerfile, relative to the context; default `Dockerfile`. */
  dockerfile: text.optional(),
  /** Text of the Dockerfile, in place of a file. */
  dockerfile_inline: text.optional(),
  /** Stage of the Dockerfile to build; default the last one. */
  target: text.optional(),
  /** Values of the build arguments (`ARG`). They stay readable in the image. */
  args: variables.optional(),
  /** Labels of the image. */
  labels: labels.optional(),
  /** Network that the build uses: `host`, `none` or `default`. */
  network: text.optional(),
  /** Further host names during the build, `host=address`. */
  extra_hosts: orShort(list, z.record(text, scalar), joinedBy("=")).optional(),
  /** Images or caches that the build takes finished steps from. */
  cache_from: oneOrMore.optional(),
  /** Where the build stores its cache. */
  cache_to: oneOrMore.optional(),
  /** Further directories or images that the Dockerfile reads by name, `name=source`. */
  additional_contexts: orShort(list, z.record(text, scalar), joinedBy("=")).optional(),
  /** Whether every step is built again. */
  no_cache: z.boolean().optional(),
  /** Whether base images are pulled even if they are there. */
  pull: z.boolean().optional(),
  /** Size of `/dev/shm` during the build. */
  shm_size: byteSize.optional(),
  /** Secrets that steps of the build mount, and that no layer of the image has. */
  secrets: z
    .array(orShort(secret, text, (value) => (typeof value === "string" ? { source: value } : value)))
    .optional(),
  /** Limits of processes during the build. */
  ulimits: ulimits.optional(),
  /** Further tags of the image. */
  tags: list.optional(),
  /** Platform of the image. Of several, the image has the service's `platform`, or else the engine's own. */
  platforms: z.array(text).optional(),

  // Taken and warned of: the image is the same without them (see ignored.ts).
  /** Has no effect: only Windows containers have it. */
  isolation: z.unknown().optional(),
  /** Has no effect: an image that Docker loads has none. */
  provenance: z.unknown().optional(),
  /** Has no effect: an image that Docker loads has none. */
  sbom: z.unknown().optional(),
};

export const build = orShort(z.strictObject(shape), text, (value) =>
  typeof value === "string" ? { context: value } : withoutUnset(value),
);

export type Build = z.infer<typeof build>;

/** Whether the engine itself gets a build's context, from a git repository or a web server. */
export function isRemoteContext(context: string): boolean {
  return /^(?:[a-z]+:\/\/|git@|github\.com\/)/.test(context);
}

/** One of `additional_contexts`, in its parts. */
export function furtherContext(entry: string): {
  readonly name: string;
  readonly source: string;
  /** Whether the source is a folder of this machine, and no image, stage, service or URL. */
  readonly isFolder: boolean;
} {
  const [name = "", source = ""] = entry.split(/=(.*)/s);
  const isOther = isRemoteContext(source) || /^(?:[a-z-]+:\/\/|target:|service:)/.test(source);
  return { name, source, isFolder: !isOther };
}

/** A build with the paths of its folders as `place` has them. */
export function withFolders(build: Build, place: (path: string) => string): Build {
  const { context = ".", additional_contexts: further } = build;
  const placed = (entry: string) => {
    const { name, source, isFolder } = furtherContext(entry);
    return isFolder ? `${name}=${place(source)}` : entry;
  };
  return {
    ...build,
    context: isRemoteContext(context) ? context : place(context),
    ...(further === undefined ? {} : { additional_contexts: further.map(placed) }),
  };
}
