import { spawn } from "node:child_process";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import type { Target } from "./target.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { capture } from "./run.ts";
import { isOnServer } from "./stack-engine.ts";
import { stackCommand, targetOf } from "./stack-command.ts";

/** Sends images that no registry has from the engine of the terminal to that of the stack. */
export function sendCommand(): Command {
  return stackCommand("send", "send images of this machine to the stack's engine, which is on another one")
    .argument("<images...>", "the images, such as shop/web:1.4")
    .action(async (images: readonly string[], _options: object, command: Command) => {
      const here = { ...process.env };
      const target = await targetOf(command);
      if (!isOnServer(target))
        throw new NeedsAttention(
          `the stack ${target.stack} is on no other machine`,
          "Nothing has to be sent. The key engine of stack config names another machine.",
        );
      for (const image of images) await send(image, here, target);
    });
}

async function send(image: string, here: NodeJS.ProcessEnv, { program, stack }: Target): Promise<void> {
  const cwd = program.directory;
  const look = ["image", "inspect", "--format", "{{.Id}} {{.Size}}", image];
  const [own, there] = await Promise.all([
    capture("docker", look, { cwd, env: here }),
    capture("docker", look, { cwd }),
  ]);
  const [id = "", size = "0"] = own.stdout.trim().split(" ");
  if (own.code !== 0)
    throw new NeedsAttention(
      `this machine has no image ${image}`,
      `Build it or pull it first: docker build --tag ${image} <folder>`,
    );
  if (there.stdout.startsWith(`${id} `)) {
    console.log(`${image}: the engine of ${stack} has it already`);
    return;
  }
  const save = spawn("docker", ["save", image], { cwd, env: here, stdio: ["ignore", "pipe", "inherit"] });
  const load = spawn("docker", ["load", "--quiet"], { cwd, stdio: ["pipe", "ignore", "inherit"] });
  const ends = [save, load].map(async (child) => (await once(child, "close"))[0] as number | null);
  const counted = new PassThrough();
  const tell = progressOf(image, Number(size));
  counted.on("data", (chunk: Buffer) => {
    tell(chunk.length);
  });
  // Whoever ends too early says so itself.
  await pipeline(save.stdout, counted, load.stdin).catch(() => undefined);
  if ((await Promise.all(ends)).some((code) => code !== 0))
    throw new NeedsAttention(
      `${image} was not sent`,
      "The lines above say why. What was sent already is not lost.",
    );
  console.log(`${image}: sent to the engine of ${stack}`);
}

/** Tells each tenth that is sent. */
function progressOf(image: string, size: number): (bytes: number) => void {
  let sent = 0;
  let told = 0;
  return (bytes) => {
    sent += bytes;
    const tenths = Math.min(10, Math.floor((10 * sent) / Math.max(1, size)));
    if (tenths === told) return;
    told = tenths;
    console.error(`${image}: ${megabytes(sent)} of some ${megabytes(size)} MB`);
  };
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
