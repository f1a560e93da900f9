import { Buffer } from "node:buffer";
import { posix } from "node:path";

/** A tar archive has blocks: for each file a header and the content, and two empty blocks at the end. */
export const blockSize = 512;

/** Offsets in a header (https://www.gnu.org/software/tar/manual/html_node/Standard.html). */
const name = { at: 0, length: 100 };
const size = { at: 124, length: 12 };
const checksum = { at: 148, length: 8 };
const type = 156;
const linkName = { at: 157, length: 100 };
const magic = { at: 257, length: 6 };
const prefix = { at: 345, length: 155 };

/** Kinds of entries. Some say more about the entry that follows them. */
const kind = {
  file: "0",
  directory: "5",
  hardLink: "1",
  keywords: "x",
  keywordsForAll: "g",
  longName: "L",
  longLinkName: "K",
} as const;

/** Kinds of entries that only say more about another one. */
const saysMore: ReadonlySet<string> = new Set([
  ...[kind.keywords, kind.keywordsForAll],
  ...[kind.longName, kind.longLinkName],
]);

/** Bytes that are worth passing on together. */
const largePiece = 64 * 1024;

/** Bytes that an entry that only says more about another entry has at most. */
const longest = 1024 * 1024;

/** Whether a header belongs to the root directory of the archive, with its owner and mode. */
export function isRoot(header: Buffer): boolean {
  const text = header.subarray(name.at, name.at + name.length).toString("latin1");
  return kindOf(header) === kind.directory && /^\.\/?\0/.test(text);
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

/**
 * The same archive with every entry in a folder, also the root. A hard link leads to the entry in the folder, and a symbolic
 * link to wherever it led. Names are passed on byte for byte.
 *
 * @throws Error where the archive ends too early, or an entry would lie outside of the folder.
 */
export async function* inFolder(
  folder: string,
  archive: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, void> {
  const input = new Input(archive);
  /** What was said about the next entry. */
  let said: Said = {};
  for (;;) {
    const header = await input.take(blockSize);
    if (header.every((byte) => byte === 0)) break;
    const length = said.size ?? sizeIn(header);
    const padded = inBlocks(length);
    const what = kindOf(header);
    if (what === kind.keywords || what === kind.longName || what === kind.longLinkName) {
      if (length > longest) throw new Error("the archive is broken: the name of an entry has no end");
      const whole = await input.take(padded);
      const content = whole.subarray(0, length);
      if (what === kind.longName) said = { ...said, name: untilNull(content) };
      else if (what === kind.longLinkName) said = { ...said, linkName: untilNull(content) };
      else said = { ...said, ...keywordsIn(content) };
      continue;
    }
    if (what !== kind.keywordsForAll) {
      if (said.others !== undefined) yield* entry(kind.keywords, said.others);
      yield* longNamed(kind.longName, below(folder, said.name ?? nameIn(header)));
      const leadsTo = said.linkName ?? untilNull(field(header, linkName));
      if (what === kind.hardLink) yield* longNamed(kind.longLinkName, below(folder, leadsTo));
      else if (said.linkName !== undefined) yield* longNamed(kind.longLinkName, said.linkName);
      said = {};
    }
    yield header;
    yield* input.pass(padded);
  }
  yield Buffer.alloc(2 * blockSize);
}

/** Bytes that a content takes in an archive, which has whole blocks. */
function inBlocks(length: number): number {
  return Math.ceil(length / blockSize) * blockSize;
}

/**
 * The same archive of a folder, as long as it is whole. An engine that cannot read on ends its answer like any other, and a
 * connection that is cut may look like one that was closed.
 *
 * @throws Error where the archive has no end, or not even the folder itself.
 */
export async function* wholeArchive(archive: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  // Headers are small, and whoever takes the pieces has work with each.
  let waiting: Buffer[] = [];
  let length = 0;
  const input = new Input(archive);
  try {
    for await (const piece of blocksOf(input)) {
      waiting.push(piece);
      length += piece.length;
      if (length < largePiece) continue;
      yield Buffer.concat(waiting);
      [waiting, length] = [[], 0];
    }
    yield Buffer.concat(waiting);
  } finally {
    await input.close();
  }
}

async function* blocksOf(input: Input): AsyncGenerator<Buffer, void> {
  let isBegun = false;
  let said: Said = {};
  for (;;) {
    const header = await input.take(blockSize);
    const isEnd = header.every((byte) => byte === 0);
    const isMore = saysMore.has(kindOf(header));
    if (!isBegun && !isMore) {
      if (isEnd || !isRoot(header)) throw withoutFolder();
      isBegun = true;
    }
    yield header;
    if (isEnd) break;
    const size = isMore ? sizeIn(header) : (said.size ?? sizeIn(header));
    const padded = inBlocks(size);
    if (kindOf(header) === kind.keywords) {
      const content = await input.take(padded);
      said = keywordsIn(content.subarray(0, size));
      yield content;
    } else {
      if (!isMore) said = {};
      yield* input.pass(padded);
    }
  }
  yield* input.passRest();
}

/**
 * Whether an archive of a folder has nothing but the folder itself.
 *
 * @throws Error where the archive is not read so far that this is known.
 */
export async function isEmptyFolder(archive: AsyncIterable<Buffer>): Promise<boolean> {
  const input = new Input(archive);
  try {
    for (let isBegun = false; ;) {
      const header = await input.take(blockSize);
      if (header.every((byte) => byte === 0)) {
        if (isBegun) return true;
        throw withoutFolder();
      }
      if (!saysMore.has(kindOf(header))) {
        if (isBegun) return false;
        if (!isRoot(header)) throw withoutFolder();
        isBegun = true;
      }
      await input.take(inBlocks(sizeIn(header)));
    }
  } finally {
    await input.close();
  }
}

function withoutFolder(): Error {
  return new Error("the archive is empty: it has not even the folder itself");
}

/** What an entry says about the entry that follows. */
interface Said {
  readonly name?: Buffer;
  readonly linkName?: Buffer;
  /** Bytes; where the entry is too large for its header. */
  readonly size?: number;
  /** Whatever else is said, as the archive has it. */
  readonly others?: Buffer;
}

/** Reads an archive piece by piece, whatever the pieces in which it comes. */
class Input {
  private readonly chunks: AsyncIterator<Buffer>;
  private rest: Buffer = Buffer.alloc(0);

  constructor(archive: AsyncIterable<Buffer>) {
    this.chunks = archive[Symbol.asyncIterator]();
  }

  async take(length: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of this.pass(length)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  /** Ends the reading before the archive's end. */
  async close(): Promise<void> {
    await this.chunks.return?.();
  }

  /** All that is left, whatever it is. */
  async *passRest(): AsyncGenerator<Buffer, void> {
    if (this.rest.length > 0) yield this.rest;
    for (;;) {
      const next = await this.chunks.next();
      if (next.done === true) return;
      yield next.value;
    }
  }

  async *pass(length: number): AsyncGenerator<Buffer, void> {
    for (let missing = length; missing > 0;) {
      if (this.rest.length === 0) {
        const next = await this.chunks.next();
        if (next.done === true) throw new Error("the archive ends too early");
        this.rest = next.value;
        continue;
      }
      const piece = this.rest.subarray(0, missing);
      this.rest = this.rest.subarray(piece.length);
      missing -= piece.length;
      yield piece;
    }
  }
}

function below(folder: string, path: Buffer): Buffer {
  const text = path.toString("latin1");
  const inside = text.replace(/^(?:\.?\/)+/, "").replace(/^\.$/, "");
  if (inside.split("/").includes("..")) {
    throw new Error(`the archive has an entry that would lie outside of the volume: ${path.toString()}`);
  }
  return Buffer.from(`${folder}/${inside}`, "latin1");
}

/** A file for an archive. */
export interface ArchivedFile {
  /** Below the folder that the archive is unpacked in. */
  readonly name: string;
  readonly content: Buffer;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** An archive of files. */
export function archiveOfFiles(files: readonly ArchivedFile[]): Buffer {
  const entries = files.flatMap(({ name: called, content, ...rest }) => [
    ...longNamed(kind.longName, Buffer.from(called)),
    ...entry(kind.file, content, rest),
  ]);
  return Buffer.concat([...entries, Buffer.alloc(2 * blockSize)]);
}

/** The files of an archive, by their names without the folders before them. */
export async function filesIn(archive: AsyncIterable<Buffer>): Promise<Map<string, Buffer>> {
  const input = new Input(archive);
  const found = new Map<string, Buffer>();
  let said: Said = {};
  for (;;) {
    const header = await input.take(blockSize);
    if (header.every((byte) => byte === 0)) return found;
    const length = sizeIn(header);
    const padded = await input.take(inBlocks(length));
    const content = padded.subarray(0, length);
    const what = kindOf(header);
    if (what === kind.longName) said = { name: untilNull(content) };
    else if (what === kind.keywords) said = keywordsIn(content);
    else {
      const path = (said.name ?? nameIn(header)).toString();
      if (what === kind.file) found.set(posix.basename(path), content);
      said = {};
    }
  }
}

/** An entry that gives the next entry a name or a link name. */
function longNamed(what: string, name: Buffer): Generator<Buffer, void> {
  return entry(what, Buffer.concat([name, Buffer.alloc(1)]));
}

/** An entry, by a name that another entry before has said. */
function* entry(
  what: string,
  content: Buffer,
  { mode, uid, gid }: Pick<ArchivedFile, "mode" | "uid" | "gid"> = { mode: 0, uid: 0, gid: 0 },
): Generator<Buffer, void> {
  const header = Buffer.alloc(blockSize);
  header.write("././@LongLink", name.at);
  for (const [index, value] of [mode, uid, gid].entries())
    header.write(`${value.toString(8).padStart(7, "0")}\0`, 100 + 8 * index);
  header.write(`${content.length.toString(8).padStart(11, "0")}\0`, size.at);
  header.write("00000000000\0", 136);
  header.write(what, type);
  header.write(what === kind.keywords ? "ustar\x0000" : "ustar  \0", magic.at);
  // The sum of all bytes, with spaces in the place of the sum.
  header.fill(" ", checksum.at, checksum.at + checksum.length);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, checksum.at, "latin1");
  yield header;
  const padded = Buffer.alloc(inBlocks(content.length));
  content.copy(padded);
  yield padded;
}

function kindOf(header: Buffer): string {
  return String.fromCharCode(header[type] ?? 0);
}

function nameIn(header: Buffer): Buffer {
  const own = untilNull(field(header, name));
  // The other form of a header has times in the place of the prefix.
  const isPosix = field(header, magic).toString("latin1") === "ustar\0";
  const before = isPosix ? untilNull(field(header, prefix)) : Buffer.alloc(0);
  return before.length === 0 ? own : Buffer.concat([before, Buffer.from("/"), own]);
}

/** Bytes of the entry's content, octal, or binary where that is too short. */
function sizeIn(header: Buffer): number {
  const written = field(header, size);
  if (((written[0] ?? 0) & 0x80) !== 0) return Number(written.readBigUInt64BE(4));
  const octal = untilNull(written).toString("latin1").trim();
  if (!/^[0-7]*$/.test(octal)) throw new Error("this is no tar archive");
  return Number.parseInt(octal || "0", 8);
}

/** `<length> path=<name>\n`, again and again. */
function keywordsIn(content: Buffer): Said {
  const found: { -readonly [key in keyof Said]: Said[key] } = {};
  const others: Buffer[] = [];
  for (let at = 0; at < content.length;) {
    const space = content.indexOf(" ", at);
    const length = Number.parseInt(content.subarray(at, space).toString("latin1"), 10);
    if (space < 0 || !(length > 0)) break;
    const record = content.subarray(space + 1, at + length - 1);
    const equals = record.indexOf("=");
    const key = record.subarray(0, equals).toString("latin1");
    const value = record.subarray(equals + 1);
    if (key === "path") found.name = value;
    else if (key === "linkpath") found.linkName = value;
    else others.push(content.subarray(at, at + length));
    if (key === "size") found.size = Number(value.toString("latin1"));
    at += length;
  }
  return others.length === 0 ? found : { ...found, others: Buffer.concat(others) };
}

function field(header: Buffer, { at, length }: { readonly at: number; readonly length: number }): Buffer {
  return header.subarray(at, at + length);
}

function untilNull(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}
