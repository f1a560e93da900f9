import { fork } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CORE_SCHEMA, load } from "js-yaml";
import { changesAnything } from "../changes/sentences.ts";
import { asking, readAnswers, withAnswers, type Asked } from "../local/asked.ts";
import { stateFile } from "../local/backend.ts";
import { openerOf } from "../local/locked-text.ts";
import { readNotes } from "../local/notes.ts";
import { openedConfig, type OpenedConfig } from "../local/opened-config.ts";
import { givenPassphrase } from "../local/passphrase.ts";
import { definitionIn, readDefinition } from "../local/pulumi-yaml.ts";
import { routesIn } from "../local/program-state.ts";
import { projectName } from "../plan/project-name.ts";
import type { FindingsAnswer } from "../project-plan.ts";
import type { Rehearsed, Stage, Unchanging } from "../rehearsal/rehearsal.ts";
import type { ChangesAnswer } from "../resources/preview.ts";
import type { Target } from "./target.ts";
import type { Program } from "./program.ts";
import { pulumiEnvironment } from "./pulumi-cli.ts";
import { stackLocks } from "./stack-locks.ts";
import { stackFileOf } from "./stack-setting.ts";

/*
 * Pulumi and the Docker provider take seconds to find that there is nothing to do. So an `up` that went well notes the
 * state that the `up` has left. As long as the state is that one, the program is rehearsed first: where the program
 * registers what the state has, to the last property, Pulumi would find nothing to do.
 */

/** By what the next command knows that the state, the stack's config and the route files are those that an `up` has left. */
export function noteOfState({ program, stack }: Target): Readonly<Record<string, string>> {
  const files = [stateFile(program, stack), stackFileOf({ program, stack })];
  if (!files.every((file) => file !== undefined)) return {};
  const hash = createHash("sha256");
  for (const file of [...files, ...routeFilesOf({ program, stack })])
    hash.update(file).update(readFileSync(file));
  return { state: hash.digest("hex") };
}

function routeFilesOf({ program, stack }: Target): string[] {
  const folder = routesIn(program.directory, projectName(program.name, stack));
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map(({ name }) => join(folder, name)).sort();
}

/** Whether nobody has written the state, the stack's config or a route file since an `up` from here went well. */
export function isAsLeft(target: Target): boolean {
  const { program, stack } = target;
  const { state } = readNotes<string>("looks", projectName(program.name, stack), program.directory);
  return state !== undefined && state === noteOfState(target).state;
}

/** A stack at which there is nothing to do. */
export interface Unchanged {
  /** What the program has told. */
  readonly told: readonly (FindingsAnswer | ChangesAnswer)[];
  /** What a person reads. */
  readonly words: string;
}

/**
 * Rehearses the program of a stack. Changes nothing.
 *
 * @param wanted What is wanted of the program.
 * @param signal Ends the rehearsal.
 * @returns `undefined` where an update would change something, or where Pulumi alone can tell.
 */
export async function unchanged(
  target: Target,
  wanted: Asked,
  signal?: AbortSignal,
): Promise<Unchanged | undefined> {
  const { program, stack } = target;
  const file = stateFile(program, stack);
  const how = howToRun(program);
  if (file === undefined || how === undefined || !isAsLeft(target)) return undefined;
  if ((await stackLocks(target))?.length !== 0) return undefined;
  return withAnswers(async (answers) => {
    const env = asking({ ...wanted, changes: true, answers });
    const part = { main: how.main, project: program.name, stack, stateFile: file };
    const rehearsed = await rehearse(target, how.nodeargs, { env, part, signal });
    if (process.env.PULUMI_COMPOSE_TRACES === "1")
      console.error(`rehearsal: ${rehearsed?.differs ?? "no difference"}`);
    // A rehearsal that was ended may have left half of an answer.
    if (rehearsed === undefined || rehearsed.differs !== undefined) return undefined;
    const told = readAnswers(answers) as (FindingsAnswer | ChangesAnswer)[];
    const isSame = told.every((answer) => !("changes" in answer) || !changesAnything(answer.changes));
    return isSame ? { told, words: wordsOf(stack, rehearsed) } : undefined;
  });
}

function wordsOf(stack: string, { said, resources }: Unchanging): string {
  const lines = said.map(({ severity, words }) => (severity === "warning" ? `warning: ${words}` : words));
  const verdict = `Nothing to change: the stack ${stack} has all ${resources} resources as the program describes them.`;
  return [...lines, verdict].join("\n");
}

interface Rehearsing {
  readonly env: NodeJS.ProcessEnv;
  readonly part: Omit<Stage, keyof OpenedConfig | "opener">;
  readonly signal: AbortSignal | undefined;
}

/** Starts the rehearsal in a process of its own, as Pulumi does with a program. */
async function rehearse(
  target: Target,
  nodeargs: readonly string[],
  { env, part, signal }: Rehearsing,
): Promise<Rehearsed | undefined> {
  const file = new URL(`../rehearsal/program${extname(import.meta.url)}`, import.meta.url);
  const child = fork(fileURLToPath(file), {
    cwd: target.program.directory,
    execArgv: [...nodeargs],
    env: { ...pulumiEnvironment(), ...env },
    // What a program prints, Pulumi shows, where there is something to do.
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    ...(signal === undefined ? {} : { signal }),
  });
  const ended = Promise.withResolvers<Rehearsed | undefined>();
  child.once("message", (rehearsed) => {
    ended.resolve(rehearsed as Rehearsed);
  });
  for (const event of ["error", "exit"] as const)
    child.once(event, () => {
      ended.resolve(undefined);
    });
  try {
    // Meanwhile the child loads Pulumi's SDK.
    const stackFile = stackFileOf(target);
    const config = stackFile === undefined ? undefined : await configOf(stackFile).catch(() => undefined);
    if (config === undefined || !child.connected) return undefined;
    child.send({ ...part, ...config } satisfies Stage, () => undefined);
    return await ended.promise;
  } finally {
    child.kill();
  }
}

/** How Pulumi's language host would run the program; `undefined` where the program wants more than a plain Node.js. */
function howToRun({
  directory,
}: Program): { readonly main: string; readonly nodeargs: readonly string[] } | undefined {
  const file = definitionIn(directory);
  if (file === undefined) return undefined;
  const { main, runtime, config } = readDefinition(file);
  const { typescript, nodeargs = "", ...others } = runtime?.options ?? {};
  const isPlain =
    runtime?.name === "nodejs" &&
    typescript === false &&
    config === undefined &&
    Object.keys(others).length === 0;
  if (!isPlain || typeof nodeargs !== "string" || /["'\\]/.test(nodeargs)) return undefined;
  if (typeof main !== "string" || !/\.\w+$/.test(main) || !existsSync(join(directory, main)))
    return undefined;
  return { main, nodeargs: nodeargs.split(/\s+/).filter((word) => word !== "") };
}

/** The stack's config, as Pulumi opens the config for a program; `undefined` where a key service has locked secrets. */
async function configOf(file: string): Promise<Pick<Stage, keyof OpenedConfig | "opener"> | undefined> {
  const {
    config,
    encryptionsalt: salt,
    secretsprovider,
  } = (load(readFileSync(file, "utf8"), { schema: CORE_SCHEMA }) ?? {}) as {
    readonly config?: Readonly<Record<string, unknown>>;
    readonly encryptionsalt?: string;
    readonly secretsprovider?: string;
  };
  if (secretsprovider !== undefined && secretsprovider !== "passphrase") return undefined;
  const opener = salt === undefined ? undefined : await openerOf(givenPassphrase() ?? "", salt);
  const opened = openedConfig(config ?? {}, opener);
  if (salt === undefined || opener === undefined) return opened;
  return { ...opened, opener: { salt, key: opener.key.toString("base64") } };
}
