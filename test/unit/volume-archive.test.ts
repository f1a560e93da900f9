import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { frames } from "../../components/engine/frames.ts";
import { isPostgresData } from "../../components/engine/postgres.ts";
import {
  archiveOfFiles,
  blockSize,
  filesIn,
  firstHeader,
  inFolder,
  isEmptyFolder,
  isRoot,
  wholeArchive,
} from "../../components/engine/tar.ts";
import { publish } from "../../components/cli/checksum-file.ts";
import { volumesIn } from "../../components/cli/stack-state.ts";

describe("what a command in a container writes", () => {
  test("is put together whatever the pieces in which it comes", async () => {
    const sent = Buffer.concat([frame(1, "one "), frame(2, "an error"), frame(1, "and two")]);
    for (const size of [1, 7, 9, 1000]) {
      const read = { stdout: "", stderr: "" };
      for await (const { from, content } of frames(inPieces(sent, size))) read[from] += content.toString();
      assert.deepEqual(read, { stdout: "one and two", stderr: "an error" }, `pieces of ${size}`);
    }
  });
});

describe("a volume's archive", () => {
  const folder = mkdtempSync(join(tmpdir(), "super-team-tar-"));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  test("starts with its root", async () => {
    writeFileSync(join(folder, "a"), "content");
    const archive = execFileSync("tar", ["-C", folder, "-cf", "-", "."]);
    const header = await firstHeader(inPieces(archive, 100));
    assert.equal(header.length, blockSize);
    assert.ok(isRoot(header));
  });

  test("of a file alone has no root", async () => {
    writeFileSync(join(folder, "a"), "content");
    const archive = execFileSync("tar", ["-C", folder, "-cf", "-", "a"]);
    assert.equal(isRoot(await firstHeader(inPieces(archive, 1000))), false);
  });
});

describe("a volume's archive that an engine sends", () => {
  const source = mkdtempSync(join(tmpdir(), "super-team-tar-"));
  const empty = mkdtempSync(join(tmpdir(), "super-team-tar-"));
  const long = "f".repeat(150);
  before(() => {
    writeFileSync(join(source, "a"), "a".repeat(70_000));
    writeFileSync(join(source, long), "long");
  });
  after(() => {
    for (const folder of [source, empty]) rmSync(folder, { recursive: true });
  });
  const packed = (folder: string, format: string, ...names: readonly string[]) =>
    execFileSync("tar", ["-C", folder, "--sort=name", `--format=${format}`, "-cf", "-", ...names]);

  for (const format of ["gnu", "posix"])
    test(`is passed on byte for byte when it is whole, and is an error wherever it is cut (${format})`, async () => {
      const archive = packed(source, format, ".");
      for (const size of [100, 65_536, archive.length])
        assert.deepEqual(await all(wholeArchive(inPieces(archive, size))), archive);
      // Behind that, the archive has zeros alone.
      const content = archive.findLastIndex((byte) => byte !== 0) + 1;
      for (let cut = 0; cut < content; cut += 511)
        await assert.rejects(
          all(wholeArchive(inPieces(archive.subarray(0, cut), 65_536))),
          /ends too early/,
          `at ${cut}`,
        );
      // As an engine ends an answer that it cannot give.
      const broken = Buffer.concat([archive.subarray(0, 40_000), Buffer.from('{"message":"no"}\n')]);
      await assert.rejects(all(wholeArchive(inPieces(broken, 512))), /ends too early/);
    });

  test("is an error where it has nothing, or other files without their folder", async () => {
    const nothing = Buffer.alloc(2 * blockSize);
    for (const archive of [nothing, packed(source, "gnu", "a")]) {
      await assert.rejects(all(wholeArchive(inPieces(archive, 512))), /not even the folder itself/);
      await assert.rejects(isEmptyFolder(inPieces(archive, 512)), /not even the folder itself/);
    }
    await assert.rejects(isEmptyFolder(inPieces(Buffer.alloc(0), 512)), /ends too early/);
  });

  test("tells whether the volume is empty, and does not take what is cut off for empty", async () => {
    assert.equal(await isEmptyFolder(inPieces(packed(empty, "gnu", "."), 100)), true);
    assert.equal(await isEmptyFolder(inPieces(packed(source, "gnu", "."), 100)), false);
    const cut = packed(empty, "gnu", ".").subarray(0, blockSize);
    await assert.rejects(isEmptyFolder(inPieces(cut, 100)), /ends too early/);
  });
});

describe("a volume's archive in another folder", () => {
  const source = mkdtempSync(join(tmpdir(), "super-team-tar-"));
  const long = `${"folder/".repeat(20)}${"f".repeat(90)}`;
  before(() => {
    mkdirSync(join(source, dirname(long)), { recursive: true });
    writeFileSync(join(source, long), "long");
    writeFileSync(join(source, "a"), "a".repeat(70_000));
    linkSync(join(source, "a"), join(source, "hard"));
    linkSync(join(source, long), join(source, `${long}-hard`));
    symlinkSync("../../outside", join(source, "out"));
    symlinkSync(`/${long}`, join(source, "absolute"));
    writeFileSync(Buffer.concat([Buffer.from(`${source}/`), Buffer.from([0xe4])]), "latin1");
    writeFileSync(join(source, "setuid"), "");
    chmodSync(join(source, "setuid"), 0o6755);
  });
  after(() => {
    rmSync(source, { recursive: true });
  });

  for (const format of ["ustar", "gnu", "posix"]) {
    test(`has the same files, links and modes there (${format})`, async () => {
      const exclude = format === "ustar" ? ["--exclude=folder", "--exclude=absolute"] : [];
      const tar = ["-C", source, "--sort=name", `--format=${format}`, ...exclude, "-cf", "-", "."];
      const archive = execFileSync("tar", tar);
      for (const size of [100, 65_536]) {
        const moved = await all(inFolder("volume", inPieces(archive, size)));
        const target = mkdtempSync(join(tmpdir(), "super-team-tar-"));
        try {
          execFileSync("tar", ["-C", target, "-xpf", "-"], { input: moved });
          const volume = join(target, "volume");
          const list = (of: string) =>
            execFileSync("find", [".", "-printf", "%y %p %l %m %n %s\\n"], { cwd: of, encoding: "latin1" })
              .split("\n")
              .filter((line) => format !== "ustar" || !/^. \.\/(folder|absolute)/.test(line))
              // The size of a folder, and how many folders it has, are no part of an archive.
              .map((line) => (line.startsWith("d") ? line.replace(/ \d+ \d+$/, "") : line))
              .sort();
          assert.deepEqual(list(volume), list(source));
          assert.equal(statSync(join(volume, "a")).ino, statSync(join(volume, "hard")).ino);
          assert.equal(readFileSync(join(volume, "a"), "utf8"), "a".repeat(70_000));
        } finally {
          rmSync(target, { recursive: true });
        }
      }
    });
  }

  test("is refused where it ends too early, or has an entry beside the folder", async () => {
    const archive = execFileSync("tar", ["-C", source, "-cf", "-", "."]);
    await assert.rejects(all(inFolder("v", inPieces(archive.subarray(0, 5_000), 512))), /ends too early/);
    const beside = execFileSync("tar", ["-C", source, "-P", "--transform=s,^a$,../a,", "-cf", "-", "a"]);
    await assert.rejects(all(inFolder("v", inPieces(beside, 512))), /outside of the volume: \.\.\/a/);
  });
});

describe("an archive that is whole", () => {
  const folder = mkdtempSync(join(tmpdir(), "super-team-archive-"));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  test("gets its name and its checksum, or neither of them: the name is free for another time", async () => {
    const [partial, file] = [join(folder, "a.partial"), join(folder, "a")];
    await assert.rejects(publish(partial, file, "0".repeat(64)), /ENOENT/);
    assert.deepEqual(readdirSync(folder), []);
    writeFileSync(partial, "content");
    await publish(partial, file, "0".repeat(64));
    assert.deepEqual(readdirSync(folder).sort(), ["a", "a.sha256"]);
  });
});

describe("a volume's name on the engine", () => {
  const made = (key: string, id: string, more: object = {}) => ({
    urn: `urn:pulumi:dev::shop::pulumi-compose:index:Project$docker:index/volume:Volume::${key}`,
    type: "docker:index/volume:Volume",
    id,
    ...more,
  });
  const program = (volumes: Readonly<Record<string, string>>, type = "pulumi-compose:index:Project") => ({
    urn: `urn:pulumi:dev::shop::${type}::shop`,
    type,
    outputs: { volumes },
  });

  test("is what the state has for its key, and not what is only to be removed", () => {
    const resources = [made("data", "shop_data", { delete: true }), made("data", "shop_new")];
    assert.deepEqual(volumesIn({ deployment: { resources } }), { data: "shop_new" });
  });

  test("is known by the key that it has now, and by the one that it was made under", () => {
    const resources = [program({ files: "shop_data", gone: "shop_gone" }), made("data", "shop_data")];
    assert.deepEqual(volumesIn({ deployment: { resources } }), { data: "shop_data", files: "shop_data" });
  });

  test("is known of a stack that version 0.1 brought up", () => {
    const resources = [
      program({ files: "shop_data" }, "super-team:index:Project"),
      made("data", "shop_data"),
    ];
    assert.deepEqual(volumesIn({ deployment: { resources } }), { data: "shop_data", files: "shop_data" });
  });

  test("is known of no stack that was never up", () => {
    assert.deepEqual(volumesIn(undefined), {});
    assert.deepEqual(volumesIn({ deployment: {} }), {});
  });
});

describe("a volume in a container", () => {
  const user = {
    containerId: "1",
    containerName: "db",
    service: "db",
    isRunning: true,
    writes: true,
    target: "/var/lib/postgresql/data",
  };

  test("is PostgreSQL's where the image says that its data lies there, and not above or beside", () => {
    const isPostgres = (...environment: string[]) => isPostgresData({ ...user, environment });
    assert.equal(isPostgres("LANG=C", "PGDATA=/var/lib/postgresql/data"), true);
    assert.equal(isPostgres("PGDATA=/var/lib/postgresql/data/pgdata"), false);
    assert.equal(isPostgres("LANG=C"), false);
  });
});

describe("an archive of files", () => {
  const long = `${"a".repeat(120)}.yml`;
  const of = (name: string, content: string, mode: number) => ({
    ...{ name, content: Buffer.from(content), mode },
    ...{ uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
  });
  const archive = archiveOfFiles([of("orders.yml", "http: {}\n", 0o644), of(long, "", 0o400)]);

  test("is unpacked by tar, with names, contents and modes", (t) => {
    const folder = mkdtempSync(join(tmpdir(), "archive-"));
    t.after(() => {
      rmSync(folder, { recursive: true });
    });
    execFileSync("tar", ["--extract", "--preserve-permissions", "--directory", folder], { input: archive });
    assert.deepEqual(readdirSync(folder).toSorted(), [long, "orders.yml"]);
    assert.equal(readFileSync(join(folder, "orders.yml"), "utf8"), "http: {}\n");
    assert.deepEqual(
      ["orders.yml", long].map((name) => statSync(join(folder, name)).mode & 0o777),
      [0o644, 0o400],
    );
  });

  test("is read in whatever pieces it comes, without its folders", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "archive-"));
    t.after(() => {
      rmSync(folder, { recursive: true });
    });
    writeFileSync(join(folder, "orders.yml"), "http: {}\n");
    writeFileSync(join(folder, long), "");
    const tars = ["gnu", "posix"].map((format) =>
      execFileSync("tar", ["--create", "--sort=name", `--format=${format}`, "--directory", folder, "./"]),
    );
    for (const [packed, size] of tars.flatMap((tar) =>
      [7, 512, tar.length].map((size) => [tar, size] as const),
    )) {
      const found = await filesIn(inPieces(packed, size));
      assert.deepEqual(
        [...found].map(([name, content]) => [name, content.toString()]),
        [
          [long, ""],
          ["orders.yml", "http: {}\n"],
        ],
      );
    }
  });
});

function frame(stream: number, text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(text.length, 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

async function* inPieces(buffer: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < buffer.length; at += size) {
    yield await Promise.resolve(buffer.subarray(at, at + size));
  }
}

async function all(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const read: Buffer[] = [];
  for await (const piece of pieces) read.push(piece);
  return Buffer.concat(read);
}
