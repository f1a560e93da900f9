import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync, type Dirent } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import dockerignore from "@balena/dockerignore";
import type { Service } from "./model/service.ts";

/**
 * A hash of all that a build is made from: the Dockerfile, wherever it lies, the target, the arguments, and the
 * context's files as far as the builder gets to see them. Two equal hashes are the same image.
 *
 * @param directory Absolute path that the context counts from.
 */
export function buildHash(build: NonNullable<Service["build"]>, directory: string): string {
  const context = resolve(directory, build.context);
  const dockerfile = resolve(context, build.dockerfile ?? "Dockerfile");
  const args = Object.entries(build.args ?? {}).sort(([one], [other]) => (one < other ? -1 : 1));
  const hash = createHash("sha256")
    .update(JSON.stringify([build.target, args]))
    .update(readFileSync(dockerfile));
  const ignored = dockerignore.default().add(ignorePatterns(context, dockerfile));
  for (const entry of entriesBelow(context)) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(context, path).split(sep).join("/");
    if (ignored.ignores(name)) continue;
    hash.update(`\0${name}\0`);
    if (entry.isSymbolicLink()) hash.update(`link\0${readlinkSync(path)}`);
    else hash.update(`${String((statSync(path).mode & 0o100) !== 0)}\0`).update(readFileSync(path));
  }
  return hash.digest("hex");
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
