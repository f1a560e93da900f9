import { Buffer } from "node:buffer";

/** A tar archive has blocks: for each file a header and the content, and two empty blocks at the end. */
export const blockSize = 512;

/** Offsets in a header (https://www.gnu.org/software/tar/manual/html_node/Standard.html). */
const name = { at: 0, length: 100 };
const checksum = { at: 148, length: 8 };
const type = 156;
const directory = "5";

/** Whether a header belongs to the root directory of the archive, with its owner and mode. */
export function isRoot(header: Buffer): boolean {
  const text = header.subarray(name.at, name.at + name.length).toString("latin1");
  return String.fromCharCode(header[type] ?? 0) === directory && /^\.\/?\0/.test(text);
}

/** An archive that holds only this header's directory, under another name. */
export function directoryAlone(header: Buffer, newName: string): Buffer {
  const archive = Buffer.alloc(3 * blockSize);
  header.copy(archive, 0, 0, blockSize);
  archive.fill(0, name.at, name.at + name.length).write(`${newName}/`, name.at);
  // The sum of all bytes, with spaces in the place of the sum.
  archive.fill(" ", checksum.at, checksum.at + checksum.length);
  const sum = archive.subarray(0, blockSize).reduce((total, byte) => total + byte, 0);
  archive.write(`${sum.toString(8).padStart(6, "0")}\0 `, checksum.at, "latin1");
  return archive;
}

/** The first header of an archive; empty for an empty archive. The rest is not read. */
export async function firstHeader(archive: AsyncIterable<Buffer>): Promise<Buffer> {
  let read = Buffer.alloc(0);
  for await (const chunk of archive) {
    read = Buffer.concat([read, chunk]);
    if (read.length >= blockSize) break;
  }
  return read.subarray(0, blockSize);
}
