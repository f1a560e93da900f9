import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** What is known of a program's backend before Pulumi is asked. */
export interface BackendOf {
  /** Absolute path of the program's folder. */
  readonly directory: string;
  /** Where Pulumi.yaml has the state kept: `file://./.state`; `undefined` where it leaves that to `pulumi login`. */
  readonly backend: string | undefined;
}

export const pulumiHome = process.env.PULUMI_HOME || join(homedir(), ".pulumi");

/** Where Pulumi keeps the state of a program's stacks. */
export function backendUrl({ backend }: Pick<BackendOf, "backend">): string {
  return process.env.PULUMI_BACKEND_URL || backend || loggedInto() || "https://api.pulumi.com";
}

/** Where the state is kept, as people may read it: without the password of a database. */
export function shownBackend(program: Pick<BackendOf, "backend">): string {
  return withoutPassword(backendUrl(program));
}

/** A text with addresses in it, none of which has a password any more. */
export function withoutPassword(text: string): string {
  return text.replace(/(\w:\/\/[^\s:/@]*):[^\s/@]*@/g, "$1:…@").replace(/([?&]password=)[^\s&]*/g, "$1…");
}

/**
 * Whether the state is kept as files are kept, and yet elsewhere: in a database, or in a bucket. Locks lie there beside the
 * state, and Pulumi alone can read them. Pulumi Cloud has another way to keep two updates apart.
 */
export function isBucket(program: Pick<BackendOf, "backend">): boolean {
  return /^(?!file|https?)\w+:\/\//.test(backendUrl(program));
}

/** The folder of a file backend, as Pulumi finds it; `undefined` for any other backend. */
export function stateFolder(program: BackendOf): string | undefined {
  const path = /^file:\/\/([^?]*)/.exec(backendUrl(program))?.[1];
  return path === undefined ? undefined : resolve(program.directory, path.replace(/^~(?=$|\/)/, homedir()));
}

/** The file in which a file backend has a stack's state; `undefined` where there is none, and for any other backend. */
export function stateFile(program: BackendOf & { readonly name: string }, stack: string): string | undefined {
  const folder = stateFolder(program);
  if (folder === undefined) return undefined;
  const file = join(folder, ".pulumi", "stacks", program.name, `${stack}.json`);
  return [file, `${file}.gz`].find((path) => existsSync(path));
}

/** What `pulumi login` noted last. */
function loggedInto(): string | undefined {
  try {
    const { current } = JSON.parse(readFileSync(join(pulumiHome, "credentials.json"), "utf8")) as {
      current?: string;
    };
    return current;
  } catch {
    return undefined;
  }
}
