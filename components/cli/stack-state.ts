import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { componentType, earlierComponentType } from "../plan/package-names.ts";
import { NeedsAttention } from "./needs-attention.mjs";
import { pulumiCommand } from "./pulumi-command.mjs";

/** What Pulumi has noted of a stack, as far as it is used here. */
export interface State {
  readonly deployment: {
    readonly resources?: readonly StateResource[];
    readonly pending_operations?: readonly PendingOperation[];
  };
}

interface StateResource {
  readonly urn: string;
  readonly type: string;
  /** Of a volume, its name on the engine. */
  readonly id?: string;
  /** Whether another has taken its place, and only its removal is left. */
  readonly delete?: boolean;
  readonly outputs?: { readonly volumes?: Readonly<Record<string, string>> };
}

export interface PendingOperation {
  readonly type: string;
  readonly resource: { readonly type: string; readonly inputs?: { readonly name?: string } };
}

/**
 * The state of a stack; no passphrase is needed.
 *
 * @param directory Where the Pulumi project is.
 * @returns `undefined` where there is no such stack.
 */
export async function exportState(directory: string, stack: string): Promise<State | undefined> {
  const { command, env } = pulumiCommand();
  try {
    const { stdout } = await promisify(execFile)(command, ["stack", "export", "--stack", stack], {
      cwd: directory,
      env,
      maxBuffer: 256 * 1024 * 1024,
    });
    return JSON.parse(stdout) as State;
  } catch (error) {
    const { stderr = "" } = error as { stderr?: string };
    if (stderr.includes(`no stack named '${stack}' found`)) return undefined;
    throw new NeedsAttention(
      `the state of the stack ${stack} cannot be read:\n${stderr.trim()}`,
      "Nothing was touched. Where PULUMI_BACKEND_URL names a folder without ?metadata=skip, a pulumi that was killed can " +
        "leave an empty file whose name ends with .attrs beside the state: remove it, and add ?metadata=skip.",
    );
  }
}

/** A stack that version 0.1 brought up has the earlier type until its next `up`. */
const projectTypes = [componentType("Project"), earlierComponentType("Project")];

/**
 * The names on the engine of the volumes that a stack has, by their keys: those that its resources have, and those that
 * its definitions had at the last `up`.
 */
export function volumesIn(state: State | undefined): Record<string, string> {
  const resources = (state?.deployment.resources ?? []).filter((resource) => !resource.delete);
  const made = resources.flatMap(({ urn, type, id }): [string, string][] =>
    type === "docker:index/volume:Volume" && id !== undefined ? [[urn.split("::").at(-1) ?? "", id]] : [],
  );
  const defined = resources.flatMap(({ type, outputs }) =>
    projectTypes.includes(type) ? Object.entries(outputs?.volumes ?? {}) : [],
  );
  const isMade = ([, name]: readonly [string, string]) => made.some(([, other]) => other === name);
  return Object.fromEntries([...made, ...defined.filter(isMade)]);
}
