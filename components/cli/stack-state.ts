import { componentType, earlierComponentType } from "../plan/package-names.ts";
import type { Target } from "./choose-stack.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { capturePulumi } from "./pulumi-cli.ts";

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
  /** Of a `Project`, what it registers. */
  readonly outputs?: {
    readonly tiers?: readonly string[];
    readonly services?: Readonly<Record<string, ServiceOutput>>;
    readonly volumes?: Readonly<Record<string, string>>;
  };
}

interface ServiceOutput {
  readonly url?: string;
  /** Addresses by the container's port. */
  readonly ports?: Readonly<Record<string, string>>;
}

export interface PendingOperation {
  readonly type: string;
  readonly resource: { readonly type: string; readonly inputs?: { readonly name?: string } };
}

/**
 * The state of a stack; no passphrase is needed.
 *
 * @returns `undefined` where there is no such stack.
 */
export async function exportState({ program, stack }: Target): Promise<State | undefined> {
  const args = ["stack", "export", "--stack", stack];
  const { code, stdout, stderr } = await capturePulumi(args, program.directory);
  if (code === 0) return JSON.parse(stdout) as State;
  if (stderr.includes(`no stack named '${stack}' found`)) return undefined;
  throw new NeedsAttention(
    `the state of the stack ${stack} cannot be read:\n${stderr.trim()}`,
    "Nothing was touched. Where PULUMI_BACKEND_URL names a folder without ?metadata=skip, a pulumi that was killed can " +
      "leave an empty file whose name ends with .attrs beside the state: remove it, and add ?metadata=skip.",
  );
}

/**
 * The names on the engine of the volumes that a stack has, by their keys: those that its resources have, and those that
 * its definitions had at the last `up`.
 */
export function volumesIn(state: State | undefined): Record<string, string> {
  const made = present(state).flatMap(({ urn, type, id }): [string, string][] =>
    type === "docker:index/volume:Volume" && id !== undefined ? [[urn.split("::").at(-1) ?? "", id]] : [],
  );
  const defined = projects(state).flatMap(({ outputs }) => Object.entries(outputs?.volumes ?? {}));
  const isMade = ([, name]: readonly [string, string]) => made.some(([, other]) => other === name);
  return Object.fromEntries([...made, ...defined.filter(isMade)]);
}

/** The tiers of a stack, in the order of its definitions. */
export function tiersIn(state: State | undefined): readonly string[] {
  return projects(state).flatMap(({ outputs }) => outputs?.tiers ?? []);
}

/** Where each service of a stack is reached: its address through the gateway, or its first published port. */
export function addressesIn(state: State | undefined): Readonly<Record<string, string>> {
  const services = projects(state).flatMap(({ outputs }) => Object.entries(outputs?.services ?? {}));
  return Object.fromEntries(
    services.flatMap(([name, { url, ports = {} }]) => {
      const address = url ?? Object.values(ports)[0];
      return address === undefined ? [] : [[name, address]];
    }),
  );
}

/** A stack that version 0.1 brought up has the earlier type until its next `up`. */
const projectTypes = [componentType("Project"), earlierComponentType("Project")];

function projects(state: State | undefined): readonly StateResource[] {
  return present(state).filter(({ type }) => projectTypes.includes(type));
}

function present(state: State | undefined): readonly StateResource[] {
  return (state?.deployment.resources ?? []).filter((resource) => !resource.delete);
}
