import { spawn, type ChildProcess, type StdioOptions } from "node:child_process";
import { constants } from "node:os";
import type { Readable } from "node:stream";

export interface Ended {
  /** The exit code; 127 for a program that is not there, as in a shell. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where a program runs, and what it gets. */
export interface RunOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** What it reads from its standard input. */
  readonly input?: string;
}

/** Runs a program for its output. Never rejects. */
export async function capture(
  program: string,
  args: readonly string[],
  { cwd, env, input }: RunOptions,
): Promise<Ended> {
  const child = spawn(program, args, { cwd, env, stdio: ["pipe", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  // A program may end before it has read everything; its exit code says what that means.
  child.stdin.on("error", () => undefined).end(input);
  try {
    return { code: await endOf(child), stdout, stderr };
  } catch (error) {
    return { code: 127, stdout, stderr: error instanceof Error ? error.message : String(error) };
  }
}

/** Within this time, npm passes on a signal that the terminal has delivered already. The second of the pair is dropped. */
const pairMs = 2_000;

/** What ends a command from outside. */
export const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export interface ForegroundOptions extends Omit<RunOptions, "input"> {
  /** What the program reads and writes. Default: what this process does. */
  readonly stdio?: StdioOptions;
  /** Takes what the program writes to its standard output, where that is a pipe. */
  readonly reads?: (stdout: Readable) => void;
}

/**
 * Runs a program in this process's place: same terminal, same signals, same exit code. Each signal arrives there once,
 * because a second one makes Pulumi drop everything and lose track of what it was creating.
 */
export async function runInForeground(
  program: string,
  args: readonly string[],
  { cwd, env, stdio = "inherit", reads }: ForegroundOptions,
): Promise<number> {
  // At a terminal the child shares this process's group, and Ctrl-C reaches both. Elsewhere the child has a group of its
  // own, and gets only what is passed on here.
  const atTerminal = process.stdin.isTTY;
  const child = spawn(program, args, { cwd, env, stdio, detached: !atTerminal });
  if (child.stdout !== null) reads?.(child.stdout);

  const lastSeen = new Map<NodeJS.Signals, number>();
  const passOn = (signal: NodeJS.Signals) => {
    const now = Date.now();
    const isRepeat = now - (lastSeen.get(signal) ?? 0) < pairMs;
    lastSeen.set(signal, now);
    if (isRepeat || (atTerminal && signal === "SIGINT")) return;
    child.kill(signal);
  };
  for (const signal of signals) process.on(signal, passOn);
  try {
    return await endOf(child);
  } finally {
    for (const signal of signals) process.off(signal, passOn);
  }
}

function endOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
