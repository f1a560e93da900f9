import { Option } from "commander";
import { asking, type Asked } from "../local/asked.ts";
import { componentType } from "../plan/package-names.ts";
import type { Target } from "./target.ts";
import { collected } from "./init/options.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { capturePulumi } from "./pulumi-cli.ts";
import { beforeIn, profilesIn, readState, type State } from "./stack-state.ts";

/** What an update or a preview of it is limited to, and what it has beyond the stack's file. */
export interface ScopeOptions {
  /** Services; none stands for all. */
  readonly services: readonly string[];
  /** Profiles that are added to what runs. */
  readonly profiles: readonly string[];
  /** The update whose definitions are brought up again. Default: the program's own definitions are. */
  readonly rollback?: Asked["rollback"];
}

/** What Pulumi and the program are told of it. */
export interface Scope {
  readonly args: readonly string[];
  readonly wanted: Asked;
}

/** May be given several times. */
export function profileOption(): Option {
  const summary = "add a profile of the Compose files to what runs; once for each";
  return new Option("--profile <profile>", summary).argParser(collected).default([], "none");
}

/**
 * Profiles that were added once stay, as under Compose. Of an update of some services, the program registers these and
 * what they depend on, and Pulumi is told to leave alone what else the state has. Pulumi's `--target` cannot do that: a
 * target that others depend on would take these along.
 */
export async function scopeOf(
  target: Target,
  { services, profiles: given, rollback }: ScopeOptions,
): Promise<Scope> {
  const state = await readState(target);
  const profiles = [...new Set([...profilesIn(state), ...given])];
  if (services.length === 0) return { args: [], wanted: { profiles, rollback } };
  const wanted = { profiles, services, before: beforeIn(state) };
  const registered = await registeredBy(target, asking(wanted));
  return { args: othersIn(state, registered).flatMap((urn) => ["--exclude", urn]), wanted };
}

/** Of a service that is registered, what is registered no more goes: a replica, an image. */
function othersIn(state: State | undefined, registered: ReadonlySet<string>): string[] {
  return (state?.deployment.resources ?? [])
    .filter(({ type }) => !type.startsWith("pulumi:"))
    .filter(({ urn, parent = "" }) => !registered.has(urn) && !(isService(parent) && registered.has(parent)))
    .map(({ urn }) => urn);
}

function isService(urn: string): boolean {
  return urn.includes(`${componentType("Service")}::`);
}

interface Preview {
  readonly steps?: readonly { readonly op: string; readonly urn: string }[];
  readonly diagnostics?: readonly { readonly message: string; readonly severity: string }[];
}

/** The URNs of what the program registers. */
async function registeredBy(
  { program, stack }: Target,
  env: NodeJS.ProcessEnv,
): Promise<ReadonlySet<string>> {
  const args = ["preview", "--stack", stack, "--json", "--show-sames"];
  const { code, stdout, stderr } = await capturePulumi(args, program.directory, { env });
  const { steps = [], diagnostics = [] } = (stdout === "" ? {} : JSON.parse(stdout)) as Preview;
  if (code !== 0) {
    const errors = diagnostics.flatMap(({ message, severity }) => (severity === "error" ? [message] : []));
    throw new NeedsAttention(
      [...errors.map((message) => message.replace(/^error: /, "").trim()), stderr].join("\n").trim(),
      "Correct that, and run it again.",
    );
  }
  return new Set(steps.flatMap(({ op, urn }) => (op === "delete" ? [] : [urn])));
}
