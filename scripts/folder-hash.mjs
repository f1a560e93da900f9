// @ts-check
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";

/**
 * A hash that changes when a file of the folder is changed, added, removed or renamed, or when `more` changes.
 *
 * @param {string} folder
 * @param {string} [more]
 * @returns {Promise<string>}
 */
export async function folderHash(folder, more = "") {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const hash = createHash("sha256").update(more);
  for (const file of files.sort()) {
    const content = await readFile(file);
    hash.update(`\0${relative(folder, file)}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex").slice(0, 16);
}
