import type { FileReference, Mount } from "../compose-spec/mount.ts";
import { own } from "../compose-spec/own.ts";
import type { File } from "../compose-spec/definitions.ts";
import type { Service } from "../compose-spec/service.ts";
import type { Model } from "./model.ts";

/** A file that is put into a container before it starts. */
export interface ContainerFile {
  readonly target: string;
  readonly content: string;
  /** Of a content that is no text. */
  readonly encoding?: "base64";
  /** An octal number of three digits behind a zero. */
  readonly mode: string;
  readonly uid?: string;
  readonly gid?: string;
}

interface Referenced {
  readonly reference: FileReference;
  readonly file: File | undefined;
}

/** A service's configs and secrets, each with what the top level says of it. */
export function filesOf({ configs = [], secrets = [] }: Service, model: Model): readonly Referenced[] {
  return [
    ...configs.map((reference) => ({ reference, file: own(model.configs, reference.source) })),
    ...secrets.map((reference) => ({ reference, file: own(model.secretFiles, reference.source) })),
  ];
}

/** The host's files among them, mounted as Compose mounts them. */
export function fileMounts(files: readonly Referenced[]): readonly Mount[] {
  return files.flatMap(({ reference: { target }, file }): Mount[] =>
    file?.file === undefined ? [] : [{ type: "bind", source: file.file, target, read_only: true }],
  );
}

/** Those whose content the stack has, as they are put into the container. */
export function containerFiles(files: readonly Referenced[]): readonly ContainerFile[] {
  return files.flatMap(({ reference, file }) =>
    file?.content === undefined ? [] : [{ content: file.content, ...targetAndOwner(reference) }],
  );
}

/** Where a file is in the container, and whose it is. */
export function targetAndOwner({
  target,
  mode = "0444",
  uid,
  gid,
}: FileReference): Omit<ContainerFile, "content"> {
  return {
    target,
    mode: `0${mode.slice(1).padStart(3, "0")}`,
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  };
}

/** A reference to a config or a secret that a swarm has already, under a name of its own. */
interface ExternalReference {
  readonly kind: "config" | "secret";
  readonly name: string;
  readonly reference: FileReference;
  /** Its place among the service's own. */
  readonly index: number;
}

/** What a service gets of configs and secrets that somebody else has made. */
export function externalReferences(
  { configs = [], secrets = [] }: Service,
  model: Model,
): ExternalReference[] {
  const of = (kind: "config" | "secret", references: readonly FileReference[], declared: Model["configs"]) =>
    references.flatMap((reference, index) => {
      const file = own(declared, reference.source);
      return file?.external === true ? [{ kind, name: file.name ?? reference.source, reference, index }] : [];
    });
  return [...of("config", configs, model.configs), ...of("secret", secrets, model.secretFiles)];
}
