import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import type { Target } from "../target.ts";
import { NeedsAttention } from "../needs-attention.ts";
import { removalOf } from "./throw-away.ts";

/** What the process is told where the stack is to stay. */
export const keep = "keep";

/** Where the process writes what is left of a stack: whoever has started it may be gone, and the terminal with it. */
export function logOf(stack: string): string {
  return join(tmpdir(), `pulumi-compose-${stack}.log`);
}

/** A process that takes a throw-away stack down, at the latest when this process is dead. */
export interface Reaper {
  /**
   * Has the stack taken down, and waits for that.
   *
   * @throws NeedsAttention where something of the stack is left.
   */
  end(): Promise<void>;
  /** Ends the process, and leaves the stack as it is. */
  leave(): void;
}

/**
 * Starts the process. It has a session of its own, so that neither a signal of the terminal nor the terminal's end
 * reaches it, and goes to work as soon as the pipe between the two breaks.
 */
export function startReaper(target: Target): Reaper {
  const { program, stack } = target;
  const log = logOf(stack);
  const output = openSync(log, "w");
  const file = join(import.meta.dirname, `reap${extname(import.meta.filename)}`);
  const child = spawn(process.execPath, [file, program.directory, stack], {
    detached: true,
    stdio: ["pipe", output, output],
  });
  closeSync(output);
  const { stdin } = child;
  if (stdin === null) throw new Error("the reaper has no pipe");
  const ended = once(child, "exit") as Promise<[code: number | null]>;
  child.unref();
  (stdin as unknown as { unref(): void }).unref();
  return {
    leave: () => {
      stdin.end(keep);
    },
    end: async () => {
      child.ref();
      stdin.end();
      const [code] = await ended;
      if (code === 0) return;
      const said = readFileSync(log, "utf8").trim();
      rmSync(log);
      throw new NeedsAttention(said, `Try again: ${removalOf(target)}`);
    },
  };
}
