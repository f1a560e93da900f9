import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { frames } from "../../components/engine/frames.ts";
import { isPostgresData } from "../../components/engine/postgres.ts";
import { blockSize, directoryAlone, firstHeader, isRoot } from "../../components/engine/tar.ts";
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

  test("starts with its root, whose owner and mode are kept under another name", async () => {
    writeFileSync(join(folder, "a"), "content");
    const owner = ["--owner=10001", "--group=10002", "--mode=0750"];
    const archive = execFileSync("tar", ["-C", folder, ...owner, "-cf", "-", "."]);
    const header = await firstHeader(inPieces(archive, 100));
    assert.equal(header.length, blockSize);
    assert.ok(isRoot(header));
    const listed = execFileSync("tar", ["-tvf", "-", "--numeric-owner"], {
      input: directoryAlone(header, "volume"),
    }).toString();
    assert.match(listed, /^drwxr-x--- 10001\/10002 .* volume\/\n$/);
  });

  test("of a file alone has no root", async () => {
    writeFileSync(join(folder, "a"), "content");
    const archive = execFileSync("tar", ["-C", folder, "-cf", "-", "a"]);
    assert.equal(isRoot(await firstHeader(inPieces(archive, 1000))), false);
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
