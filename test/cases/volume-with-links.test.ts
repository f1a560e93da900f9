import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { projectLabel } from "../../components/plan/package-names.ts";
import { docker } from "../fixture/docker.ts";
import { assertReadable } from "../fixture/output.ts";
import { Case } from "./case.ts";

/** Prints how much memory each process of Node.js had, in KiB. */
const measured =
  "--import=data:text/javascript,process.on('exit',()=>console.error('memory',process.resourceUsage().maxRSS))";

describe("what backup takes", () => {
  let project: Case;
  let volume: string;
  before(async () => {
    project = await Case.create("volume-with-links", { environment: { NODE_OPTIONS: measured } });
    volume = `${project.stack.project}_data`;
    const labels = {
      "com.docker.compose.project": project.stack.project,
      "com.docker.compose.volume": "data",
    };
    const all = { ...labels, [projectLabel]: project.stack.project };
    const flags = Object.entries(all).flatMap(([key, value]) => ["--label", `${key}=${value}`]);
    await docker("volume", "create", ...flags, volume);
  });
  after(() => project.remove());

  test("restore takes: links out of the volume, hard links, setuid bits, names of any length", async () => {
    const name = "n".repeat(150);
    await inVolume(
      `chown 10001:10002 . && chmod 2750 . && echo content >a && ln a hard && mkdir -p sub/deep &&
       ln -s ../../outside out && ln -s ../../../../outside sub/deep/out && ln -s /etc/hostname absolute &&
       cp a setuid && chown 33:33 setuid && chmod 6755 setuid && echo long >sub/${name} && ln sub/${name} sub/${name}-hard &&
       ln -s sub/${name} longlink && mkfifo fifo && printf y >"$(printf '\\344')"`,
    );
    const list = () =>
      inVolume("find . -printf '%y %p %l %m %U %G %n %s\\n' | sort && cat a hard sub/*-hard");
    const expected = await list();
    await there("few");
    await docker("volume", "rm", volume);
    await back("few");
    assert.equal(await list(), expected);
  });

  test("is 200 MB in no more memory than 2 MB", async () => {
    const memory: number[][] = [];
    for (const megabytes of [2, 200]) {
      // Mostly zeros, which take the compressor little time.
      const zeros = `head -c ${megabytes - 1}000000 /dev/zero`;
      await inVolume(`rm -r * && { head -c 1000000 /dev/urandom; ${zeros}; } >large`);
      const sum = await inVolume("cksum large");
      const name = `of-${megabytes}`;
      const needed = [await there(name)];
      await docker("volume", "rm", volume);
      needed.push(await back(name));
      assert.equal(await inVolume("cksum large"), sum);
      memory.push(needed);
    }
    const [few = [], many = []] = memory;
    // A fifth is what collections leave between them. Without collections 200 MB take half as much again as 2 MB.
    for (const [index, command] of ["backup", "restore"].entries()) {
      const [small = 0, large = 0] = [few[index], many[index]];
      assert.ok(small > 0 && large < 1.2 * small, `${command}: ${small} KiB, and then ${large} KiB`);
    }
  });

  test("is never empty, and restore refuses an archive that is", async () => {
    for (const [name, content] of [
      ["blocks", Buffer.alloc(1024)],
      ["nothing", Buffer.alloc(0)],
    ] as const) {
      const file = archive(name);
      const packed = gzipSync(content);
      await writeFile(file, packed);
      await writeFile(`${file}.sha256`, createHash("sha256").update(packed).digest("hex"));
      const { code, output } = await project.stack.command("restore", "data", file);
      assert.equal(code, 1, output);
      assert.match(output, /is an empty archive.*\n.*Nothing was restored/);
      assertReadable(output);
    }
  });

  function archive(name: string): string {
    return join(project.folder, `${name}.tar.gz`);
  }

  /** @returns KiB of memory that the command had. */
  async function run(command: "backup" | "restore", name: string): Promise<number> {
    const { code, output } = await project.stack.command(command, "data", archive(name));
    assert.equal(code, 0, output);
    return Math.max(...[...output.matchAll(/^memory (\d+)$/gm)].map(([, kibibytes]) => Number(kibibytes)));
  }

  async function there(name: string): Promise<number> {
    const memory = await run("backup", name);
    assert.ok((await readFile(archive(name))).length > 0);
    return memory;
  }

  async function back(name: string): Promise<number> {
    return run("restore", name);
  }

  async function inVolume(script: string): Promise<string> {
    const mount = ["--volume", `${volume}:/volume`, "--workdir", "/volume"];
    return docker("run", "--rm", ...mount, "debian:bookworm-slim", "sh", "-c", script);
  }
});
