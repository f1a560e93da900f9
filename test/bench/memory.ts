import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { directory } from "../fixture/stack.ts";

const rehearsal = join(directory, "components", "rehearsal", "program.");

/** Milliseconds between two looks; what is read is a peak, so that none is missed. */
const pause = 100;

/** A look at a program's memory from time to time, until it is ended. */
export interface MemoryWatch {
  /** The most memory in MB that the program had; `undefined` where the system does not tell (Linux does). */
  end(): Promise<number | undefined>;
}

/** Watches the program of a stack, which a command is about to start, and may start once more. */
export function watchMemory(stack: string): MemoryWatch {
  let peak: number | undefined;
  let program: string | undefined;
  const over = new AbortController();
  const watching = (async () => {
    while (!over.signal.aborted) {
      // Looking through all processes takes a processor's time, which is being measured.
      program ??= await programOf(stack);
      const found = program === undefined ? undefined : await peakOf(program);
      if (found === undefined) program = undefined;
      else peak = Math.max(peak ?? 0, found);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  })();
  return {
    async end() {
      over.abort();
      await watching;
      return peak;
    },
  };
}

async function programOf(stack: string): Promise<string | undefined> {
  for (const pid of await readdir("/proc").catch(() => [])) {
    if (!/^\d+$/.test(pid)) continue;
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    const isRun = command.includes("@pulumi/pulumi/cmd/run") && command.includes(`\0${stack}\0`);
    // No stack's name stands in the command line of a rehearsal. A rehearsal of this checkout is of the benchmark.
    if (isRun || command.includes(rehearsal)) return pid;
  }
  return undefined;
}

async function peakOf(pid: string): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return peak === undefined ? undefined : Number(peak) / 1024;
}
