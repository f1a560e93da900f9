import { spawn } from "node:child_process";
import { Socket } from "node:net";
import { extname, join } from "node:path";
import type { Writable } from "node:stream";
import type { Note } from "./give-back-later.ts";
import type { Taken } from "./hand-over.ts";

let guard: Promise<Writable> | undefined;

/** Has what is taken given back when this program ends, in whatever way, unless `keep` comes before. */
export async function giveBackAtEnd(taken: Taken): Promise<void> {
  guard ??= start();
  await write(await guard, { taken });
}

/** Nothing of it is given back any more. */
export async function keep(kept: Taken): Promise<void> {
  // Where the other program was killed, there is nobody who would give it back.
  if (guard !== undefined) await write(await guard, { kept }).catch(() => undefined);
}

/** In a session of its own, so that neither a signal from the terminal nor the end of Pulumi's process group reaches it. */
async function start(): Promise<Writable> {
  const file = join(import.meta.dirname, `give-back-later${extname(import.meta.filename)}`);
  const stdio: ["pipe", "ignore", "ignore"] = ["pipe", "ignore", "ignore"];
  const child = spawn(process.execPath, [file], { detached: true, windowsHide: true, stdio });
  await new Promise((resolve, reject) => child.once("spawn", resolve).once("error", reject));
  const pipe = child.stdin;
  // This program waits neither for the other one nor for the pipe, which is a socket.
  child.unref();
  if (pipe instanceof Socket) pipe.unref();
  // Whoever writes is told.
  pipe.on("error", () => undefined);
  return pipe;
}

async function write(pipe: Writable, note: Note): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    pipe.write(`${JSON.stringify(note)}\n`, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
