import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, beforeEach, describe, test } from "node:test";
import { networkMakers } from "../../components/local/stack-state.ts";

describe("who makes a network", () => {
  const folders: string[] = [];
  let directory: string;
  let state: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "program-"));
    folders.push(directory);
    state = join(directory, ".state", ".pulumi", "stacks", "shop", "dev.json");
    await mkdir(dirname(state), { recursive: true });
    await writeState(["docker:index/network:Network", "earlier"], ["pulumi-compose:index:Network", "own"]);
  });
  after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

  test("is whoever has made it, whatever it is called on the engine", async () => {
    await writeDefinition("Pulumi.yaml", true);
    const found = makers();
    assert.ok(found);
    assert.deepEqual(["earlier", "own"].map(found.isOfPlugin), [false, true]);
  });

  test("of a new network is the plugin where Pulumi.yaml names it, and the Docker provider otherwise", async () => {
    await writeDefinition("Pulumi.yaml", true);
    assert.equal(makers()?.isOfPlugin("new"), true);
    assert.equal(makers("another-project")?.isOfPlugin("earlier"), true);
    await writeDefinition("Pulumi.yaml", false);
    assert.equal(makers()?.isOfPlugin("new"), false);
  });

  test("is found from a folder below, and by the other name of the file", async () => {
    await writeDefinition("Pulumi.yml", true);
    const below = join(directory, "src");
    await mkdir(below);
    const found = networkMakers({ program: "shop", stack: "dev", project: "shop-dev" }, below);
    assert.ok(found);
    assert.deepEqual(["earlier", "own", "new"].map(found.isOfPlugin), [false, true, true]);
  });

  test("is missed where Pulumi.yaml no longer says where the plugin is", async () => {
    await writeDefinition("Pulumi.yaml", false);
    assert.equal(makers()?.lacksPlugin, true);
    await writeState(["docker:index/network:Network", "earlier"]);
    assert.equal(makers()?.lacksPlugin, false);
  });

  test("is not known where the state cannot be read, which a new stack's is not", async () => {
    await writeDefinition("Pulumi.yaml", true);
    await writeFile(state, "{");
    assert.equal(makers(), undefined);
    await rm(state);
    assert.equal(makers()?.isOfPlugin("new"), true);
  });

  function makers(project = "shop-dev") {
    return networkMakers({ program: "shop", stack: "dev", project }, directory);
  }

  async function writeState(...networks: readonly (readonly [type: string, key: string])[]): Promise<void> {
    const resources = networks.map(([type, key]) => ({
      ...{ type, urn: `urn:pulumi:dev::shop::${type}::${key}` },
      inputs: {
        name: `called-${key}`,
        labels: [
          { label: "com.docker.compose.project", value: "shop-dev" },
          { label: "com.docker.compose.network", value: key },
        ],
      },
    }));
    await writeFile(state, JSON.stringify({ version: 3, checkpoint: { latest: { resources } } }));
  }

  async function writeDefinition(file: string, named: boolean): Promise<void> {
    const plugins = "plugins: { providers: [{ name: pulumi-compose, path: bin }] }\n";
    const text = `name: shop\nbackend: { url: "file://./.state?metadata=skip" }\n${named ? plugins : ""}`;
    await writeFile(join(directory, file), text);
  }
});
