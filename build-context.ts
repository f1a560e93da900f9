import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import dockerignore from "@balena/dockerignore";
import type { Service } from "./model/service.ts";

/**
 * A hash of all that a build is made from: the context's files as far as the builder gets to see them, the
 * Dockerfile, the target and the arguments. Two equal hashes are the same image.
 *
 * @param directory Absolute path that the context counts from.
 */
export function buildHash(build: NonNullable<Service["build"]>, directory: string): string {
  const context = resolve(directory, build.context);
  const dockerfile = join(context, build.dockerfile ?? "Dockerfile");
  const hash = createHash("sha256").update(JSON.stringify([build.target, build.args]));
  const ignored = dockerignore.default().add(ignorePatterns(context, dockerfile));
  for (const path of filesBelow(context)) {
    const name = relative(context, path).split(sep).join("/");
    if (path !== dockerfile && ignored.ignores(name)) continue;
    const executable = (statSync(path).mode & 0o100) !== 0;
    hash.update(`\0${name}\0${String(executable)}\0`).update(readFileSync(path));
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

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
