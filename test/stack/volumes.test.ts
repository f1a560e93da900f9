import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, request, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { throughContainer } from "../../components/engine/volumes.ts";
import { projectLabel } from "../../components/plan/package-names.ts";
import { environment, runCommand, type Finished } from "../fixture/command.ts";
import { assertNoChanges } from "../fixture/no-changes.ts";
import { directory, TestStack } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";
import { docker, leftOf } from "../fixture/docker.ts";
import { assertReadable, mistakesIn } from "../fixture/output.ts";

describe("a service that was called something else when it ran last", () => {
  let stack: TestStack;
  let volume: string;
  let container: string;
  before(async () => {
    stack = await TestStack.create({ folder: "test/stack/small" });
    volume = `${stack.project}_old`;
    // As Compose makes it: what this program made, and the state does not know, is another mistake.
    const labels = {
      "com.docker.compose.project": stack.project,
      "com.docker.compose.service": "database",
    };
    const flags = Object.entries(labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]);
    const mount = `${volume}:/var/lib/postgresql/data`;
    container = `${stack.project}-database-1`;
    await docker("create", "--name", container, ...flags, "--volume", mount, "postgres:16-alpine");
  });
  after(async () => {
    await docker("rm", "--force", container);
    await docker("volume", "rm", volume);
    await stack.down();
  });

  test("is refused at preview when it would leave its data behind", async () => {
    const { code, output } = await stack.pulumi("preview");
    assert.notEqual(code, 0, output);
    const [mistake, ...others] = mistakesIn(output);
    assert.deepEqual(others, []);
    assert.equal(mistake?.place, "services.postgres");
    assert.match(mistake.message, new RegExp(`\`database\`.*\`${volume}\``));
    assert.ok(mistake.fix.includes(`volumes.pgdata.name: ${volume}`), mistake.fix);
    assert.ok(mistake.fix.includes(`docker rm --force ${container}`), mistake.fix);
  });

  test("is taken when it takes its volume along", async () => {
    await stack.configure({ settings: { volumes: { pgdata: { name: volume } } } });
    const { code, output } = await stack.pulumi("preview");
    assert.equal(code, 0, output);
  });
});

describe("a volume that an ephemeral stack has no longer", () => {
  let stack: TestStack;
  const volumes = { extra: { driver_opts: { type: "tmpfs", device: "tmpfs", o: "size=1m" } } };
  before(async () => {
    stack = await TestStack.create({ folder: "test/stack/restart", settings: { volumes } });
    await stack.up();
  });
  after(() => stack.down());

  test("is not taken up while a restore fills it, nor after one that was killed", async () => {
    const volume = `${stack.project}_extra`;
    const { code, output } = await throughContainer(volume, "write", () => stack.pulumi("preview"));
    assert.notEqual(code, 0, output);
    const [mistake, ...others] = mistakesIn(output);
    assert.deepEqual(others, []);
    assert.match(mistake?.place ?? "", /volumes\.extra$/);
    assert.match(mistake?.fix ?? "", new RegExp(`docker rm ${volume}-backup, docker volume rm ${volume},`));
    assert.equal((await stack.pulumi("preview")).code, 0);
  });

  test("is refused a change of how it is made", async () => {
    const changed = { driver_opts: { ...volumes.extra.driver_opts, o: "size=2m" } };
    await stack.configure({ settings: { volumes: { extra: changed } } });
    const { code, output } = await stack.pulumi("preview");
    assert.notEqual(code, 0, output);
    assert.deepEqual(
      mistakesIn(output).map(({ place }) => place.replace(/.*: /, "")),
      ["volumes.extra"],
    );
  });

  test("outlives the update that leaves it out, and goes with the stack", async () => {
    // Until then the state has it as one that goes.
    await stack.configure({ settings: { keepVolumes: "true" } });
    await stack.up();
    assert.ok((await leftOf(stack.project)).includes(`${stack.project}_extra`));
    await stack.configure();
    await stack.up();
    assert.ok((await leftOf(stack.project)).includes(`${stack.project}_extra`));
    const { code, output } = await stack.pulumi("destroy", "--yes", "--skip-preview");
    assert.equal(code, 0, output);
    assert.deepEqual(await leftOf(stack.project), []);
  });
});

const folder = "test/stack/restart";

/** A way to the engine that ends an archive after its first 1000 bytes, as an engine that cannot read on does. */
async function openCuttingDoor(path: string): Promise<Server> {
  const socketPath = (process.env.DOCKER_HOST ?? "").replace("unix://", "") || "/var/run/docker.sock";
  const door = createServer((asked, answer) => {
    const { method, url = "", headers } = asked;
    const passed = request({ socketPath, method, path: url, headers }, (there) => {
      answer.writeHead(there.statusCode ?? 500, there.headers);
      if (!url.includes("/archive?")) return there.pipe(answer);
      there.once("data", (piece: Buffer) => {
        answer.end(piece.subarray(0, 1000));
        there.destroy();
      });
    });
    asked.pipe(passed);
  });
  door.listen(path);
  await once(door, "listening");
  return door;
}

/** Saves a volume, or restores one. */
function run(
  command: "backup" | "restore",
  stack: TestStack,
  volume: string,
  file: string,
): Promise<Finished> {
  return stack.command(command, volume, file);
}

/** Makes a volume as this program would. */
async function createVolume(project: string, key: string, name: string): Promise<void> {
  const labels = [`com.docker.compose.project=${project}`, `com.docker.compose.volume=${key}`];
  const flags = [...labels, `${projectLabel}=${project}`].flatMap((label) => ["--label", label]);
  await docker("volume", "create", ...flags, name);
}

describe("a volume under a service that keeps its name", () => {
  let stack: TestStack;
  let files: string;
  let volume: string;
  /** The stack with a volume of Redis's under this key. */
  const configure = (key: string, settings: object = {}, volumes: object = {}) =>
    stack.configure({
      settings: { volumes: { [key]: { ...volumes } }, ...settings },
      services: { redis: { volumes: [{ type: "volume", source: key, target: "/kept" }] } },
    });
  before(async () => {
    files = await mkdtemp(join(tmpdir(), "super-team-volumes-"));
    stack = await TestStack.create({ folder });
    volume = `${stack.project}_extra`;
    await configure("extra");
    await stack.up();
    await stack.exec("redis", "sh", "-c", "echo precious > /kept/file");
  });
  after(async () => {
    await stack.down();
    await rm(files, { recursive: true });
  });

  for (const keepVolumes of ["true", "false"]) {
    test(`is refused an empty one in its place, keepVolumes ${keepVolumes}`, async () => {
      await configure("files", { keepVolumes });
      const { code, output } = await stack.pulumi("preview");
      assert.notEqual(code, 0, output);
      const [mistake, ...others] = mistakesIn(output);
      assert.deepEqual(others, []);
      assert.match(mistake?.place ?? "", /volumes\.files$/);
      assert.ok(mistake?.message.includes(`\`${volume}\``), mistake?.message);
      assert.ok(mistake?.fix.includes(`volumes.files.name: ${volume}`), mistake?.fix);
    });
  }

  test("keeps its data where it gets another key, also twice, in a stack that keeps no volume", async () => {
    for (const key of ["files", "content"]) {
      await configure(key, {}, { name: volume });
      await stack.up();
      const { output } = await stack.exec("redis", "cat", "/kept/file");
      assert.equal(output, "precious\n");
      await assertNoChanges(stack);
    }
  });

  test("is saved under the key that it has now", async () => {
    const { container } = await stack.service("redis");
    await docker("stop", container);
    const file = join(files, "content.tar.gz");
    const { code, output } = await run("backup", stack, "content", file);
    assert.equal(code, 0, output);
    assert.ok(output.includes(`backed up ${volume}:`), output);
    const door = await openCuttingDoor(join(files, "engine.sock"));
    try {
      const cut = join(files, "cut.tar.gz");
      const words = ["backup", "content", cut, ...stack.options];
      const env = { ...stack.environment, DOCKER_HOST: `unix://${join(files, "engine.sock")}` };
      const failed = await runCommand("pulumi-compose", words, { cwd: directory, env });
      assert.equal(failed.code, 1, failed.output);
      assert.match(failed.output, /backup of content: the archive ends too early\n→ /);
      assertReadable(failed.output);
      assert.deepEqual((await readdir(files)).toSorted(), [
        "content.tar.gz",
        "content.tar.gz.sha256",
        "engine.sock",
      ]);
    } finally {
      door.close();
    }
    await docker("start", container);
  });

  test("outlives the update that leaves it out, and goes with the stack", async () => {
    await stack.configure();
    await stack.up();
    assert.ok((await leftOf(stack.project)).includes(volume));
    const { code, output } = await stack.pulumi("destroy", "--yes", "--skip-preview");
    assert.equal(code, 0, output);
    assert.deepEqual(await leftOf(stack.project), []);
  });

  test("is told of where nothing is left but itself", async () => {
    await createVolume(stack.project, "old", `${stack.project}_old`);
    await stack.configure({ settings: { keepVolumes: "true" } });
    const { code, output } = await stack.pulumi("preview");
    assert.equal(code, 0, output);
    assert.match(output, /volumes\.old: the volume is no longer in the stack.*\[kept-volume\]/);
  });

  test("is not chosen among several by the look of it", async () => {
    for (const name of ["one", "other"]) {
      await createVolume(stack.project, "two", `${stack.project}_${name}`);
    }
    const { code, output } = await run("backup", stack, "two", join(files, "two.tar.gz"));
    assert.equal(code, 1, output);
    assert.match(output, new RegExp(`${stack.project}_one, ${stack.project}_other`));
    assertReadable(output);
  });

  test("is refused the one that another stack has", async () => {
    const name = `${stack.project}_theirs`;
    await createVolume("others", "data", name);
    await configure("extra", {}, { name });
    const { code, output } = await stack.pulumi("preview");
    assert.notEqual(code, 0, output);
    assert.match(mistakesIn(output)[0]?.message ?? "", /`.*_theirs`.*by stack others/);
    await configure("extra", {}, { name, external: true });
    assert.equal((await stack.pulumi("preview")).code, 0);
    await docker("volume", "rm", name);
  });
});

/** How far a restore has come is seen in the engine's own folders. */
const cannotSee =
  process.platform === "linux" && process.getuid?.() === 0
    ? false
    : "only root sees into the engine's volumes";

describe("a restore that does not come to its end", { skip: cannotSee }, () => {
  let stack: TestStack;
  let files: string;
  let volume: string;
  before(async () => {
    files = await mkdtemp(join(tmpdir(), "super-team-restore-"));
    stack = await TestStack.create({ folder });
    volume = `${stack.project}_pgdata`;
    const tar = `mkdir data && head -c 3000000 /dev/urandom > data/a && cp data/a data/b && tar -C data -czf whole.tar.gz . &&
      head -c 4000000 whole.tar.gz > half.tar.gz &&
      head -c 2000000000 /dev/zero > data/c && tar -C data -c . | gzip -1 > large.tar.gz && rm -r data`;
    const { code, output } = await runCommand("sh", ["-c", tar], { cwd: files });
    assert.equal(code, 0, output);
    for (const name of ["whole", "half", "large"]) {
      const file = join(files, `${name}.tar.gz`);
      const sum = createHash("sha256")
        .update(await readFile(file))
        .digest("hex");
      await writeFile(`${file}.sha256`, `${sum}  ${name}.tar.gz\n`);
    }
  });
  after(async () => {
    await stack.down();
    await rm(files, { recursive: true });
  });
  const file = (name: string) => join(files, `${name}.tar.gz`);

  /** Presses Ctrl-C while the volume is being filled. */
  async function interrupted(): Promise<Finished> {
    const args = ["restore", "pgdata", file("large"), ...stack.options];
    const child = spawn("pulumi-compose", args, {
      cwd: directory,
      env: environment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    }
    const closed = once(child, "close");
    await until("the restore begins", async () =>
      (await docker("ps", "--all", "--format", "{{.Names}}")).includes(`${volume}-backup`),
    );
    const place = (await docker("volume", "inspect", "--format", "{{.Mountpoint}}", volume)).trim();
    await until("something is in the volume", async () => (await readdir(place)).length > 0);
    child.kill("SIGINT");
    const [code] = (await closed) as [number | null];
    return { code: code ?? -1, output };
  }

  test("leaves nothing of a volume that is new", async () => {
    const half = await run("restore", stack, "pgdata", file("half"));
    assert.equal(half.code, 1, half.output);
    assertReadable(half.output);
    assert.deepEqual(await leftOf(stack.project), []);

    const cut = await interrupted();
    assert.equal(cut.code, 1, cut.output);
    assert.match(cut.output, /interrupted\n→ Nothing was changed or kept/);
    assert.deepEqual(await leftOf(stack.project), []);
  });

  for (const [how, restore] of [
    ["has failed", () => run("restore", stack, "pgdata", file("half"))],
    ["was interrupted", interrupted],
  ] as const) {
    test(`leaves a volume that was there marked when it ${how}, and no up takes that`, async () => {
      await createVolume(stack.project, "pgdata", volume);
      const { code, output } = await restore();
      assert.equal(code, 1, output);
      assert.match(output, /which was empty, may have a part of the data now/);
      assert.doesNotMatch(output, /Nothing was changed/);
      assert.ok(output.includes(`docker rm ${volume}-backup, then docker volume rm ${volume}`), output);
      assertReadable(output);

      const preview = await stack.pulumi("preview");
      assert.notEqual(preview.code, 0, preview.output);
      assert.match(mistakesIn(preview.output)[0]?.message ?? "", /may have only a part of its data/);
      for (const command of ["backup", "restore"] as const) {
        const again = await run(command, stack, "pgdata", file(command === "backup" ? "new" : "whole"));
        assert.equal(again.code, 1, again.output);
        assert.match(again.output, /only a part of its data/);
      }

      await docker("rm", `${volume}-backup`);
      await docker("volume", "rm", volume);
    });
  }

  test("says why a stack's volume cannot be known", async () => {
    await stack.configure({ services: { nobody: { image: "x" } } });
    const { code, output } = await run("restore", stack, "pgdata", file("whole"));
    assert.equal(code, 1, output);
    assert.match(output, /there is no service `nobody` to override/);
    assertReadable(output);
    await stack.configure();
  });

  test("may be done once more", async () => {
    const { code, output } = await run("restore", stack, "pgdata", file("whole"));
    assert.equal(code, 0, output);
    assert.deepEqual(await leftOf(stack.project), [volume]);
    await docker("volume", "rm", volume);
  });
});
