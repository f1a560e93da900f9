import { createHash, type Hash } from "node:crypto";
import {
  closeSync,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  statSync,
} from "node:fs";
import { join, resolve } from "node:path";
import dockerignore from "@balena/dockerignore";
import { furtherContext, isRemoteContext } from "../compose-spec/build.ts";
import { mistake, warning, type Finding } from "../findings/finding.ts";
import { whyUnread } from "./build-files.ts";
import { fileMounts, filesOf } from "../model/files.ts";
import { jobsOf } from "../model/dependencies.ts";
import type { BoundFiles, PlanOptions } from "../plan/plan.ts";
import { own } from "../compose-spec/own.ts";
import type { Service } from "../compose-spec/service.ts";
import type { Model } from "../model/model.ts";

/** How much of a job's bind mount is read. A larger one is not looked at. */
const most = { files: 10_000, bytes: 256 * 1024 ** 2 };

/** A file of a build's context that cannot be read; its path is relative to the context. */
class Unreadable extends Error {}

/**
 * The hashes that a plan needs, by service: of what is built, and of the files that are read when it starts. With them
 * what could not be read, and what was too large.
 *
 * @param notes What jobs were planned with, and what they left, by service.
 */
export function contentHashes(
  model: Model,
  directory: string,
  notes: Readonly<Record<string, { readonly planned: string; readonly left: string }>> = {},
): Required<Pick<PlanOptions, "buildHashes" | "boundFiles">> & {
  /** Bytes of what builds get to see, by service. */
  readonly contextBytes: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
} {
  const jobs = jobsOf(model);
  const buildHashes: Record<string, string> = {};
  const contextBytes: Record<string, number> = {};
  const boundFiles: Record<string, BoundFiles> = {};
  const findings: Finding[] = [];
  for (const [name, service] of Object.entries(model.services)) {
    if (service.build !== undefined && isHere(service.build, directory)) {
      try {
        const { hash, bytes } = readBuild(service.build, directory);
        buildHashes[name] = hash;
        contextBytes[name] = bytes;
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
        findings.push(unreadable(name, error.message));
      }
    }
    // What a job works on and what a service is configured by is read once, when it starts. Secrets are in no hash.
    const { volumes = [], configs = [] } = service;
    const worksOn = jobs.has(name) ? volumes : [];
    const sources = boundSources([...worksOn, ...fileMounts(filesOf({ configs }, model))]);
    if (sources.length === 0) continue;
    const paths = sources.map((source) => resolve(directory, source));
    const { hash, large } = boundFilesHash(paths);
    // What a job has left there itself is no change.
    const noted = jobs.has(name) ? own(notes, name) : undefined;
    boundFiles[name] = { hash: noted?.left === hash ? noted.planned : hash, paths };
    const tooLarge = volumes.flatMap(({ source = "" }, index) =>
      large.includes(resolve(directory, source)) ? [largeMount(name, index, source)] : [],
    );
    findings.push(...tooLarge);
  }
  return { buildHashes, contextBytes, boundFiles, findings };
}

function unreadable(service: string, file: string): Finding {
  return mistake("missing-file", {
    service,
    path: `services.${service}.build.context`,
    message: `\`${file}\` in the context cannot be read`,
    fix: "let the file be read, or name the file in .dockerignore",
  });
}

function largeMount(service: string, index: number, source: string): Finding {
  const size = `${most.files} files or ${most.bytes / 1024 ** 2} MiB`;
  return warning("large-job-mount", {
    service,
    path: `services.${service}.volumes.${index}`,
    message: `\`${source}\` has more than ${size}, so that a change there does not run the job again`,
    fix: "mount only what the job works on",
  });
}

/**
 * A hash of all that a build is made from: the Dockerfile, wherever it lies, the target, the arguments, and the
 * context's files as far as the builder gets to see them. Two equal hashes come to the same files.
 *
 * @param directory Absolute path that the context counts from.
 */
export function buildHash(build: NonNullable<Service["build"]>, directory: string): string {
  return readBuild(build, directory).hash;
}

/** The hash, and the bytes of the files that the builder gets to see. */
function readBuild(
  build: NonNullable<Service["build"]>,
  directory: string,
): { readonly hash: string; readonly bytes: number } {
  const { context, dockerfile } = placeOf(build, directory);
  const args = Object.entries(build.args ?? {}).sort(([one], [other]) => (one < other ? -1 : 1));
  const hash = createHash("sha256")
    .update(JSON.stringify([build.target, args]))
    .update(build.dockerfile_inline ?? readFileSync(dockerfile));
  let bytes = hashContext(hash, context, ignorePatterns(context, dockerfile));
  for (const { name, path } of furtherFolders(build, directory)) {
    hash.update(`\0context ${name}\0`);
    bytes += hashContext(hash, path, ignorePatterns(path));
  }
  return { hash: hash.digest("hex"), bytes };
}

/**
 * Hashes the files of a context that the builder gets to see.
 *
 * @returns Their bytes.
 */
function hashContext(hash: Hash, context: string, patterns: readonly string[]): number {
  const ignored = dockerignore.default().add([...patterns]);
  const ignores = (name: string) => ignored.ignores(name);
  const unread = (name: string) => {
    if (!ignores(name)) throw new Unreadable(name);
  };
  let bytes = 0;
  for (const name of filesBelow(context, { unread }) ?? []) {
    if (ignores(name)) continue;
    hashFile(hash, context, name, unread);
    bytes += lstatSync(join(context, name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}

/** The folders of this machine that a build reads beside its context, by the Dockerfile's names for them. */
function furtherFolders(
  { additional_contexts: entries = [] }: NonNullable<Service["build"]>,
  directory: string,
) {
  return entries.flatMap((entry) => {
    const { name, source, isFolder } = furtherContext(entry);
    return isFolder ? [{ name, path: resolve(directory, source) }] : [];
  });
}

/**
 * Whether a build is made from files of this machine that can be read. One whose context or Dockerfile cannot be read is a
 * mistake of its own, and what the engine gets from a URL cannot be seen from here.
 */
function isHere(build: NonNullable<Service["build"]>, directory: string): boolean {
  if (isRemoteContext(build.context ?? "")) return false;
  const { context, dockerfile } = placeOf(build, directory);
  const hasDockerfile = build.dockerfile_inline !== undefined || whyUnread(dockerfile, "file") === undefined;
  const folders = [context, ...furtherFolders(build, directory).map(({ path }) => path)];
  return hasDockerfile && folders.every((folder) => whyUnread(folder, "directory") === undefined);
}

/** Absolute paths of what a build is made from. */
function placeOf(build: NonNullable<Service["build"]>, directory: string) {
  const context = resolve(directory, build.context ?? ".");
  return { context, dockerfile: resolve(context, build.dockerfile ?? "Dockerfile") };
}

function boundSources(mounts: NonNullable<Service["volumes"]>): string[] {
  return mounts.flatMap(({ type, source }) => (type === "bind" && source !== undefined ? [source] : []));
}

/**
 * A hash of the files that a container gets to work on by bind mounts.
 *
 * @param paths Absolute paths of the mounts' sources.
 * @returns The hash, and the paths of what is too large to be read (see `most`).
 */
export function boundFilesHash(paths: readonly string[]): {
  readonly hash: string;
  readonly large: readonly string[];
} {
  const hash = createHash("sha256");
  const large: string[] = [];
  // The engine may read what this program cannot.
  const unread = () => undefined;
  for (const path of paths) {
    const found = statSync(path, { throwIfNoEntry: false });
    // What is not here may be on the engine's machine; a socket has no content.
    if (found?.isDirectory()) {
      const names = filesBelow(path, { ...most, unread });
      if (names === undefined) large.push(path);
      else for (const name of names) hashFile(hash, path, name, unread);
    } else if (found?.isFile()) {
      if (found.size > most.bytes) large.push(path);
      else hashContent(hash, path, found);
    }
  }
  return { hash: hash.digest("hex"), large };
}

/** Called with a file's or directory's name, relative to where it was looked for. */
type OnUnread = (name: string) => void;

/** Hashes a file by its name, its mode and its content. A file that has vanished since it was listed is no file. */
function hashFile(hash: Hash, directory: string, name: string, unread: OnUnread): void {
  const path = join(directory, name);
  readable(name, unread, () => {
    const found = lstatSync(path);
    const content = found.isSymbolicLink() ? readlinkSync(path) : undefined;
    hash.update(`\0${name}\0`);
    if (content !== undefined) hash.update(`link\0${content}`);
    else {
      hash.update(`${String((found.mode & 0o100) !== 0)}\0`);
      hashContent(hash, path, found);
    }
  });
}

/** In pieces, since Node.js reads no file beyond 2 GiB at once. A file of a kernel has no size, and may have no end. */
function hashContent(hash: Hash, path: string, { size }: { readonly size: number }): void {
  if (size === 0) return;
  const file = openSync(path, "r");
  try {
    const piece = Buffer.alloc(Math.min(size, 4 * 1024 ** 2));
    for (;;) {
      const length = readSync(file, piece);
      if (length === 0) return;
      hash.update(piece.subarray(0, length));
    }
  } finally {
    closeSync(file);
  }
}

/** What vanishes while it is read was not there. */
function readable<T>(name: string, unread: OnUnread, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (["ENOENT", "ENOTDIR", "ESRCH"].includes(code)) return undefined;
    if (!["EACCES", "EPERM", "EIO", "EINVAL"].includes(code)) throw error;
    unread(name);
    return undefined;
  }
}

/**
 * Names of the files and symbolic links below a directory, relative to the directory, with `/` between their parts.
 *
 * @returns `undefined` where there are more than `files` files and directories, or more than `bytes` bytes.
 */
function filesBelow(
  directory: string,
  {
    files = Infinity,
    bytes = Infinity,
    unread,
  }: { readonly files?: number; readonly bytes?: number; readonly unread: OnUnread },
): string[] | undefined {
  const found: string[] = [];
  const directories = [""];
  let [entries, size] = [0, 0];
  for (let below = directories.pop(); below !== undefined; below = directories.pop()) {
    const path = join(directory, below);
    const listed = readable(below, unread, () => readdirSync(path, { withFileTypes: true })) ?? [];
    for (const entry of listed) {
      const name = below === "" ? entry.name : `${below}/${entry.name}`;
      entries += 1;
      if (entry.isDirectory()) directories.push(name);
      else if (entry.isFile() || entry.isSymbolicLink()) found.push(name);
      if (entry.isFile() && bytes !== Infinity)
        size += lstatSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0;
      if (entries > files || size > bytes) return undefined;
    }
  }
  return found.sort();
}

/** A Dockerfile's own ignore file wins over the context's (https://docs.docker.com/build/concepts/context/#filename-and-location). */
function ignorePatterns(context: string, dockerfile?: string): string[] {
  const ofDockerfile = dockerfile === undefined ? [] : [`${dockerfile}.dockerignore`];
  const path = [...ofDockerfile, join(context, ".dockerignore")].find((file) => existsSync(file));
  return path === undefined ? [] : readFileSync(path, "utf8").split("\n");
}
