import { createHash, type Hash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync, type Dirent } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import dockerignore from "@balena/dockerignore";
import { isRemoteContext } from "../compose-spec/build.ts";
import { whyUnread } from "./build-files.ts";
import { fileMounts, filesOf } from "../model/files.ts";
import { jobsOf } from "../model/dependencies.ts";
import type { PlanOptions } from "../plan/plan.ts";
import type { Service } from "../compose-spec/service.ts";
import type { Model } from "../model/model.ts";

/** The hashes that a plan needs, by service: of what is built, and of the files that are read when it starts. */
export function contentHashes(
  model: Model,
  directory: string,
): Required<Pick<PlanOptions, "buildHashes" | "boundFilesHashes">> {
  const jobs = jobsOf(model);
  const buildHashes: Record<string, string> = {};
  const boundFilesHashes: Record<string, string> = {};
  for (const [name, service] of Object.entries(model.services)) {
    if (service.build !== undefined && isHere(service.build, directory))
      buildHashes[name] = buildHash(service.build, directory);
    // What a job works on and what a service is configured by is read once, when it starts. Secrets are in no hash.
    const { volumes = [], configs = [] } = service;
    const read = [...(jobs.has(name) ? volumes : []), ...fileMounts(filesOf({ configs }, model))];
    const bound = boundFilesHash({ volumes: read }, directory);
    if (bound !== undefined) boundFilesHashes[name] = bound;
  }
  return { buildHashes, boundFilesHashes };
}

/**
 * A hash of all that a build is made from: the Dockerfile, wherever it lies, the target, the arguments, and the
 * context's files as far as the builder gets to see them. Two equal hashes come to the same files.
 *
 * @param directory Absolute path that the context counts from.
 */
export function buildHash(build: NonNullable<Service["build"]>, directory: string): string {
  const { context, dockerfile } = placeOf(build, directory);
  const args = Object.entries(build.args ?? {}).sort(([one], [other]) => (one < other ? -1 : 1));
  const hash = createHash("sha256")
    .update(JSON.stringify([build.target, args]))
    .update(build.dockerfile_inline ?? readFileSync(dockerfile));
  const ignored = dockerignore.default().add(ignorePatterns(context, dockerfile));
  hashFiles(hash, context, (name) => ignored.ignores(name));
  return hash.digest("hex");
}

/**
 * Whether a build is made from files of this machine that can be read. One whose context or Dockerfile cannot be read is a
 * mistake of its own, and what the engine gets from a URL cannot be seen from here.
 */
function isHere(build: NonNullable<Service["build"]>, directory: string): boolean {
  if (isRemoteContext(build.context ?? "")) return false;
  const { context, dockerfile } = placeOf(build, directory);
  const hasDockerfile = build.dockerfile_inline !== undefined || whyUnread(dockerfile, "file") === undefined;
  return hasDockerfile && whyUnread(context, "directory") === undefined;
}

/** Absolute paths of what a build is made from. */
function placeOf(build: NonNullable<Service["build"]>, directory: string) {
  const context = resolve(directory, build.context ?? ".");
  return { context, dockerfile: resolve(context, build.dockerfile ?? "Dockerfile") };
}

/**
 * A hash of the files that a container gets to work on by bind mounts.
 *
 * @param directory Absolute path that relative sources count from.
 * @returns `undefined` for a service without bind mounts.
 */
export function boundFilesHash({ volumes = [] }: Service, directory: string): string | undefined {
  const sources = volumes.flatMap(({ type, source }) =>
    type === "bind" && source !== undefined ? [resolve(directory, source)] : [],
  );
  if (sources.length === 0) return undefined;
  const hash = createHash("sha256");
  for (const source of sources) {
    const found = statSync(source, { throwIfNoEntry: false });
    // What is not here may be on the engine's machine; a socket has no content.
    if (found?.isDirectory()) hashFiles(hash, source, () => false);
    else if (found?.isFile()) hash.update(readFileSync(source));
  }
  return hash.digest("hex");
}

function hashFiles(hash: Hash, directory: string, ignores: (name: string) => boolean): void {
  for (const entry of entriesBelow(directory)) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(directory, path).split(sep).join("/");
    if (ignores(name)) continue;
    hash.update(`\0${name}\0`);
    if (entry.isSymbolicLink()) hash.update(`link\0${readlinkSync(path)}`);
    else hash.update(`${String((statSync(path).mode & 0o100) !== 0)}\0`).update(readFileSync(path));
  }
}

/** A Dockerfile's own ignore file wins over the context's (https://docs.docker.com/build/concepts/context/#filename-and-location). */
function ignorePatterns(context: string, dockerfile: string): string[] {
  const path = [`${dockerfile}.dockerignore`, join(context, ".dockerignore")].find((file) =>
    existsSync(file),
  );
  return path === undefined ? [] : readFileSync(path, "utf8").split("\n");
}

function entriesBelow(directory: string): Dirent[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .sort((one, other) => (join(one.parentPath, one.name) < join(other.parentPath, other.name) ? -1 : 1));
}
