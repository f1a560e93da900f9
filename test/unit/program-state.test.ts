import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { routesDirectory } from "../../components/local/program-state.ts";

describe("the folder of a program's route files", () => {
  const began = process.cwd();
  let repository: string;
  let program: string;
  before(async () => {
    repository = await realpath(await mkdtemp(join(tmpdir(), "repository-")));
    program = join(repository, "systems", "shop");
    await mkdir(program, { recursive: true });
    process.chdir(program);
  });
  after(async () => {
    process.chdir(began);
    await rm(repository, { recursive: true });
  });

  test("lies in the program's folder, and is made where it is missing", async () => {
    const folder = routesDirectory("shop");
    assert.equal(folder, join(program, ".state", "routes", "shop"));
    assert.deepEqual(await readdir(folder), []);
  });

  test("begins with the routes that version 0.1 kept in the repository", async () => {
    const earlier = join(repository, ".state", "routes", "shop-test");
    await mkdir(earlier, { recursive: true });
    await writeFile(join(earlier, "web.yml"), "http: {}\n");
    assert.deepEqual(await readdir(routesDirectory("shop-test")), ["web.yml"]);

    // From then on they are the program's.
    await writeFile(join(earlier, "api.yml"), "http: {}\n");
    assert.deepEqual(await readdir(routesDirectory("shop-test")), ["web.yml"]);
  });
});
