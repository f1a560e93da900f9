import type { FindingName, MistakeName, WarningName } from "./names.ts";

/** Something about a stack that a person should know, said so that it can be mended without reading code. */
export interface Finding {
  /** A mistake stops an `up`, before anything is touched. A warning is told, and the `up` goes on. */
  readonly kind: "mistake" | "warning";
  /** What it is called in the documentation, and in stack config's `silence`. */
  readonly name: FindingName;
  /** The service that it is about; absent when it is about the whole stack. */
  readonly service?: string;
  /** The file to look in, relative to the project; absent when the program's own definitions say so. */
  readonly file?: string;
  /** The line of that file, counting from 1, where it is known. */
  readonly line?: number;
  /** The key, as a dotted path (`services.postgres.ports.0`). */
  readonly path: string;
  /** What is wrong. Never holds a secret. */
  readonly message: string;
  /** What to do about it. */
  readonly fix: string;
}

/** All of a finding that its kind and its name do not say. */
type Said = Omit<Finding, "kind" | "name">;

export function mistake(name: MistakeName, said: Said): Finding {
  return { kind: "mistake", name, ...said };
}

export function warning(name: WarningName, said: Said): Finding {
  return { kind: "warning", name, ...said };
}

export function isMistake({ kind }: Finding): boolean {
  return kind === "mistake";
}

/** A service's finding whose path counts from the service, with the path from the whole stack. */
export function inService(service: string, { path, ...finding }: Finding): Finding {
  return { ...finding, service, path: ["services", service, path].filter((key) => key !== "").join(".") };
}
