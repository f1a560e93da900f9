import assert from "node:assert/strict";
import { chmod, cp, mkdir, mkdtemp, open, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
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

  test("with a file of a further context, as far as the builder gets to see the file", async () => {
    await write("shared/a.conf", "a\n");
    await write("shared/.dockerignore", "*.log\n");
    const build = { additional_contexts: ["shared=shared", "base=docker-image://debian"] };
    assert.notEqual(hash(build), hash());
    assert.ok(await changes(() => write("shared/a.conf", "b\n"), build));
    assert.ok(!(await changes(() => write("shared/a.log", "b\n"), build)));
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
    return boundFilesHash(volumes.map((volume) => resolve(directory, volume.split(":")[0] ?? ""))).hash;
  };

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
    ).boundFiles;

  test("changes with the file of a config", async () => {
    const { web } = configured();
    await write("app/src/main.py", "print(2)\n");
    assert.notEqual(configured().web?.hash, web?.hash);
  });

  test("knows of no secret", () => {
    assert.equal(configured().keeper, undefined);
  });
});

describe("what is read of files", () => {
  test("is what a job works on, without what the job has left there", async () => {
    const needs = { condition: "service_completed_successfully" as const };
    const model = modelFrom({
      services: {
        job: { image: "debian", volumes: ["./app:/app", "data:/data"] },
        other: { image: "debian", volumes: ["data:/data"] },
        web: { image: "nginx", volumes: ["./app:/app"], depends_on: { job: needs, other: needs } },
      },
      volumes: { data: null },
    });
    const { boundFiles: first } = contentHashes(model, directory);
    assert.deepEqual(Object.keys(first), ["job"]);
    const planned = first.job?.hash ?? "";
    await write("app/written.txt", "by the job\n");
    const left = boundFilesHash(first.job?.paths ?? []).hash;
    const now = () => contentHashes(model, directory, { job: { planned, left } }).boundFiles.job?.hash;
    assert.equal(now(), planned);
    await write("app/written.txt", "by a person\n");
    assert.notEqual(now(), planned);
    assert.notEqual(now(), left);
  });

  test("has a bound for a job, and a warning says so", () => {
    for (const source of ["/proc", "/usr"]) {
      const { boundFiles, findings } = contentHashes(
        modelFrom({
          services: {
            job: { image: "debian", volumes: [`${source}:/all:ro`] },
            web: { image: "nginx", depends_on: { job: { condition: "service_completed_successfully" } } },
          },
        }),
        directory,
      );
      assert.ok(boundFiles.job !== undefined);
      assert.deepEqual(
        findings.map(({ name, path, message }) => [name, path, message.slice(0, source.length + 31)]),
        [["large-job-mount", "services.job.volumes.0", `\`${source}\` has more than 10000 files or`]],
      );
    }
  });

  test("may be a file that Node.js cannot read at once", async () => {
    const large = await open(join(directory, "app/large"), "w");
    await large.truncate(2 * 1024 ** 3 + 1);
    await large.close();
    assert.ok(hash());
  });

  test("may be a link that leads nowhere", async () => {
    await symlink("nowhere", join(directory, "app/link"));
    assert.ok(hash());
  });

  test("is named with its place where a build cannot read it, unless the build does not want it", async () => {
    await chmod(directory, 0o755);
    for (const secret of ["app/key", "app/private/key"]) await write(secret, "x");
    await chmod(join(directory, "app/key"), 0);
    await chmod(join(directory, "app/private"), 0);
    const model = modelFrom({ services: { web: { build: "app" } } });
    const found = () => asNobody(() => contentHashes(model, directory).findings);
    assert.match(found()[0]?.message ?? "", /^`(private|key)` in the context cannot be read$/);
    assert.equal(found()[0]?.path, "services.web.build.context");
    await write("app/.dockerignore", "key\nprivate\n");
    assert.deepEqual(found(), []);
    await chmod(join(directory, "app/private"), 0o755);
  });
});

/** What a user sees who is not root, whom nothing is kept from. */
function asNobody<T>(look: () => T): T {
  if (process.geteuid?.() !== 0) return look();
  process.seteuid?.(65_534);
  try {
    return look();
  } finally {
    process.seteuid?.(0);
  }
}
