import assert from "node:assert/strict";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { boundFilesHash, buildHash, contentHashes } from "../../components/local/content-hash.ts";
import { modelFrom } from "./builders.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "build-context-"));
  await write("app/Dockerfile", "FROM debian\nCOPY . /app\n");
  await write("app/src/main.py", "print(1)\n");
  await write("app/Dockerfile.other", "FROM debian\n");
});
afterEach(() => rm(directory, { recursive: true }));

async function write(path: string, content: string): Promise<void> {
  await mkdir(dirname(join(directory, path)), { recursive: true });
  await writeFile(join(directory, path), content);
}

type Build = Parameters<typeof buildHash>[0];

function hash(build: Partial<Build> = {}): string {
  return buildHash({ context: "app", ...build }, directory);
}

/** Whether the hash is another one after the change. */
async function changes(change: () => Promise<unknown>, build: Partial<Build> = {}): Promise<boolean> {
  const old = hash(build);
  await change();
  return hash(build) !== old;
}

describe("the hash of a build changes", () => {
  test("with a file's content", async () => {
    assert.ok(await changes(() => write("app/src/main.py", "print(2)\n")));
  });

  test("with a file's name", async () => {
    assert.ok(
      await changes(async () => {
        await write("app/src/other.py", await readFile(join(directory, "app/src/main.py"), "utf8"));
        await rm(join(directory, "app/src/main.py"));
      }),
    );
  });

  test("with a new file, also an empty one", async () => {
    assert.ok(await changes(() => write("app/empty", "")));
  });

  test("with a file being made executable", async () => {
    assert.ok(await changes(() => chmod(join(directory, "app/src/main.py"), 0o755)));
  });

  test("with where a symbolic link leads", async () => {
    await symlink("src/main.py", join(directory, "app/link"));
    assert.ok(
      await changes(async () => {
        await rm(join(directory, "app/link"));
        await symlink("elsewhere", join(directory, "app/link"));
      }),
    );
  });

  test("with the Dockerfile", async () => {
    assert.ok(await changes(() => write("app/Dockerfile", "FROM alpine\n")));
  });

  test("with a Dockerfile outside the context, as the seed has them", async () => {
    await write("docker/app/Dockerfile", "FROM debian\n");
    const build = { dockerfile: "../docker/app/Dockerfile" };
    assert.ok(await changes(() => write("docker/app/Dockerfile", "FROM alpine\n"), build));
  });

  test("with the choice of the Dockerfile", () => {
    assert.notEqual(hash({ dockerfile: "Dockerfile.other" }), hash());
  });

  test("with the target and the arguments", () => {
    const hashes = [
      hash(),
      hash({ target: "a" }),
      hash({ target: "b" }),
      hash({ args: { A: "1" } }),
      hash({ args: { A: "2" } }),
    ];
    assert.equal(new Set(hashes).size, hashes.length);
  });
});

describe("the hash of a build stays the same", () => {
  test("when nothing changes but the time", async () => {
    assert.equal(await changes(() => write("app/src/main.py", "print(1)\n")), false);
  });

  test("wherever the checkout lies", async () => {
    const other = await mkdtemp(join(tmpdir(), "elsewhere-"));
    await cp(directory, other, { recursive: true });
    assert.equal(buildHash({ context: "app" }, other), hash());
    assert.equal(buildHash({ context: join(directory, "app") }, other), hash());
    await rm(other, { recursive: true });
  });

  test("with the order in which arguments are written", () => {
    assert.equal(hash({ args: { A: "1", B: "2" } }), hash({ args: { B: "2", A: "1" } }));
  });

  test("when a file beside the context changes", async () => {
    assert.equal(await changes(() => write("other/file", "x")), false);
  });

  test("when a file changes that the ignore file keeps from the builder", async () => {
    await write("app/.dockerignore", "**/__pycache__\n*.log\n");
    for (const path of ["app/src/__pycache__/main.pyc", "app/debug.log"]) {
      assert.equal(await changes(() => write(path, "x")), false, path);
    }
    assert.ok(await changes(() => write("app/src/debug.log", "x")), "*.log is the context's root only");
  });
});

describe("an ignore file", () => {
  test("may make exceptions", async () => {
    await write("app/.dockerignore", "*\n!src\n");
    assert.ok(await changes(() => write("app/src/main.py", "print(2)\n")));
    assert.equal(await changes(() => write("app/other", "x")), false);
  });

  test("of a Dockerfile's own wins over the context's", async () => {
    await write("app/.dockerignore", "src\n");
    await write("app/Dockerfile.other.dockerignore", "other\n");
    const build = { dockerfile: "Dockerfile.other" };
    assert.ok(await changes(() => write("app/src/main.py", "print(2)\n"), build));
    assert.equal(await changes(() => write("app/other", "x"), build), false);
  });

  test("cannot keep the Dockerfile from the builder", async () => {
    await write("app/.dockerignore", "*\n");
    assert.ok(await changes(() => write("app/Dockerfile", "FROM alpine\n")));
  });
});

describe("the hash of what a job works on by bind mounts", () => {
  const bound = (...volumes: readonly string[]) => {
    const mounts = volumes.map((volume) => {
      const [source = "", target = ""] = volume.split(":");
      return { type: "bind" as const, source, target };
    });
    return boundFilesHash({ volumes: mounts }, directory);
  };

  test("is none for a service that has no bind mounts", () => {
    assert.equal(boundFilesHash({}, directory), undefined);
    assert.equal(
      boundFilesHash({ volumes: [{ type: "volume", source: "data", target: "/data" }] }, directory),
      undefined,
    );
  });

  test("changes with a file in a directory, and with a file that is bound itself", async () => {
    for (const source of ["app", "app/src/main.py"]) {
      const old = bound(`${source}:/x`);
      await write("app/src/main.py", `print("${source}")\n`);
      assert.notEqual(bound(`${source}:/x`), old, source);
    }
  });

  test("stays the same when other files change", async () => {
    const old = bound("app/src:/x");
    await write("app/Dockerfile", "FROM alpine\n");
    assert.equal(bound("app/src:/x"), old);
  });

  test("is told also where a source is not on this machine, or is no file at all", () => {
    assert.equal(typeof bound("/nonexistent/file:/x"), "string");
    assert.equal(typeof bound("/dev/null:/x"), "string");
  });
});

describe("the hash of what a service is configured by", () => {
  const configured = () =>
    contentHashes(
      modelFrom({
        services: {
          web: { image: "nginx", configs: [{ source: "site", target: "/etc/nginx/conf.d/default.conf" }] },
          keeper: { image: "vault", secrets: [{ source: "key", target: "/run/secrets/key" }] },
        },
        configs: { site: { file: "app/src/main.py" } },
        secrets: { key: { file: "app/Dockerfile" } },
      }),
      directory,
    ).boundFilesHashes;

  test("changes with the file of a config", async () => {
    const { web } = configured();
    await write("app/src/main.py", "print(2)\n");
    assert.notEqual(configured().web, web);
  });

  test("knows of no secret", () => {
    assert.equal(configured().keeper, undefined);
  });
});
