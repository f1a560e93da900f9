import type { ContainerInfo } from "dockerode";
import { engine, messageOf } from "./engine.ts";
import { CommandFailed, outputOf } from "./exec.ts";
import { composeContainersOf, ignore } from "./inventory.ts";
import type { RouteFolder } from "./route-files.ts";
import { archiveOfFiles, filesIn } from "./tar.ts";
import { anyImage, archiveOf } from "./volumes.ts";

/** A volume of routes, and the gateway that mounts it. */
export interface RouteVolume {
  /** Name of the volume on the engine. */
  readonly volume: string;
  /** Compose project name. */
  readonly project: string;
  /** Name of the gateway's service. */
  readonly service: string;
  /** Path of the volume in the gateway's container. */
  readonly path: string;
}

/** A container that mounts the volume. */
interface Way {
  readonly id: string;
  readonly isRunning: boolean;
  readonly path: string;
}

/** The gateway's container, the newest that runs before all others; `undefined` where there is none. */
export async function gatewayContainer(project: string, service: string): Promise<ContainerInfo | undefined> {
  const all = await composeContainersOf(project);
  const own = all.filter(({ Labels }) => Labels["com.docker.compose.service"] === service);
  return own.find(({ State }) => State === "running") ?? own[0];
}

/**
 * A volume that the gateway mounts, reached by the engine's archive API through the gateway's own container. A running
 * gateway gets a file beside the old one, which is then renamed there. Only this update writes to the volume, so that what
 * is there is asked for once; and what several routes want written at the same time is written at once.
 */
export function routesInVolume(args: RouteVolume): RouteFolder {
  let present: Promise<Map<string, string>> | undefined;
  /** Texts by file; `undefined` for one that is to be removed. */
  let wanted = new Map<string, string | undefined>();
  let last: Promise<unknown> = Promise.resolve();
  let next: Promise<void> | undefined;
  const files = () => (present ??= readFiles(args));
  const change = async (changes: Iterable<readonly [string, string | undefined]>): Promise<void> => {
    const known = await files();
    for (const [file, text] of changes) {
      wanted.set(file, text);
      if (text === undefined) known.delete(file);
      else known.set(file, text);
    }
    next ??= last.then(async () => {
      next = undefined;
      const now = wanted;
      wanted = new Map();
      const left = await writeFiles(args, now);
      // Somebody may have wanted the file again meanwhile.
      for (const file of left) if (!wanted.has(file)) wanted.set(file, undefined);
    });
    last = next.catch(() => undefined);
    return next;
  };
  return {
    list: async () => [...(await files()).keys()],
    read: async (file) => (await files()).get(file) ?? "",
    write: (file, text) => change([[file, text]]),
    remove: (names) => change(names.map((file) => [file, undefined] as const)),
  };
}

async function readFiles(args: RouteVolume): Promise<Map<string, string>> {
  return throughWay(args, async (way) => {
    const found = await filesIn((await archiveOf(way.id, way.path)) as AsyncIterable<Buffer>);
    const texts = [...found].map(([name, content]) => [name, content.toString()] as const);
    return new Map(texts.filter(([name]) => !name.endsWith(".new")));
  });
}

/** @returns Files that have to be removed later: only a running gateway can remove one. */
async function writeFiles(
  args: RouteVolume,
  changes: ReadonlyMap<string, string | undefined>,
): Promise<string[]> {
  const removed = [...changes].flatMap(([file, text]) => (text === undefined ? [file] : []));
  if (changes.size === 0) return [];
  return throughWay(args, async (way) => {
    const ending = way.isRunning ? ".new" : "";
    const written = [...changes].flatMap(([file, text]) =>
      text === undefined
        ? []
        : [{ name: file + ending, content: Buffer.from(text), mode: 0o644, uid: 0, gid: 0 }],
    );
    if (written.length > 0)
      await engine.getContainer(way.id).putArchive(archiveOfFiles(written), { path: way.path });
    if (!way.isRunning) return removed;
    await renameThere(way, [...changes.keys()]);
    return [];
  });
}

/** A file with another beside it is replaced by that one, any other is removed. */
const rename = `cd "$0" && for file; do
  if [ -e "$file.new" ]; then mv -f "$file.new" "$file"; else rm -f "$file"; fi || exit
done`;

/** The gateway's image has no shell, or none of the commands. */
export class NoRename extends Error {}

async function renameThere({ id, path }: Way, files: readonly string[]): Promise<void> {
  // The command prints nothing. An engine that finds no such command prints why, as if the command did.
  let printed = "";
  try {
    for await (const piece of outputOf(id, ["sh", "-c", rename, path, ...files], "0:0"))
      printed += piece.toString();
  } catch (error) {
    const why = printed.trim() || messageOf(error);
    if (!(error instanceof CommandFailed) && !why.includes("exec failed")) throw error;
    throw new NoRename(
      `the gateway cannot be given its routes: ${why}\n` +
        "→ the image of a gateway on another machine needs the commands sh and mv; take such an image, or set the gateway's routes to labels",
    );
  }
}

async function throughWay<T>(args: RouteVolume, work: (way: Way) => Promise<T>): Promise<T> {
  const gateway = await gatewayContainer(args.project, args.service);
  if (gateway !== undefined)
    return work({ id: gateway.Id, isRunning: gateway.State === "running", path: args.path });
  // Before there is a gateway: a container that is never started has the volume as well.
  const name = `${args.volume}-writer`;
  const path = "/routes";
  const left = engine.getContainer(name);
  await left.remove({ force: true, v: true }).catch(ignore(404));
  const container = await engine.createContainer({
    name,
    Image: await anyImage(),
    Cmd: ["-"],
    HostConfig: { Mounts: [{ Type: "volume", Source: args.volume, Target: path }] },
  });
  try {
    return await work({ id: container.id, isRunning: false, path });
  } finally {
    await container.remove({ force: true, v: true });
  }
}
