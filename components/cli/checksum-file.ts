import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { pipeline } from "node:stream/promises";
import { inLittleMemory } from "../engine/in-little-memory.ts";

/** The file beside another that holds its checksum, as `sha256sum --check` reads it. */
export const checksumFile = (path: string) => `${path}.sha256`;

/** Gives a whole file its name, with its checksum beside it; or neither. */
export async function publish(partial: string, path: string, sha256: string): Promise<void> {
  await writeFile(checksumFile(path), `${sha256}  ${basename(path)}\n`);
  try {
    await rename(partial, path);
  } catch (error) {
    await rm(checksumFile(path));
    throw error;
  }
}

/** The checksum that was written beside a file. */
export async function writtenChecksum(path: string): Promise<string | undefined> {
  const text = await readFile(checksumFile(path), "utf8").catch(() => "");
  return /^[0-9a-f]{64}/.exec(text)?.[0];
}

export async function checksumOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), inLittleMemory, hash);
  return hash.digest("hex");
}
