import type { Definitions } from "../compose-spec/definitions.ts";
import type { Finding } from "../findings/finding.ts";

/** Compose files that are to be read. */
export interface ComposeFilesArgs {
  /** Paths of the files, later ones over earlier ones, relative to `directory`. */
  readonly files: readonly string[];
  /** Compose profiles whose services are wanted. */
  readonly profiles?: readonly string[];
  /** Compose project name. */
  readonly project: string;
  /** Absolute path that relative paths in the files count from; its `.env` is read. */
  readonly directory: string;
  /** Values for interpolation, over the process's own environment. A secret is given as its placeholder. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What was read of Compose files. */
export interface ComposeFiles {
  /** What could be read; empty when Compose itself refused. */
  readonly definitions: Definitions;
  readonly mistakes: readonly Finding[];
  /** What Compose warned of, such as a variable that is not set. */
  readonly warnings: readonly string[];
}
