import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { networksOfPlugin } from "../../components/local/stack-state.ts";

describe("who makes a network", () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "program-"));
    const resource = (type: string, name: string) => ({ type, urn: name, inputs: { name } });
    const resources = [
      resource("docker:index/network:Network", "earlier"),
      resource("pulumi-compose:index:Network", "own"),
      resource("docker:index/volume:Volume", "data"),
    ];
    const state = join(directory, ".state", ".pulumi", "stacks", "shop", "dev.json");
    await mkdir(dirname(state), { recursive: true });
    await writeFile(state, JSON.stringify({ version: 3, checkpoint: { latest: { resources } } }));
  });
  after(() => rm(directory, { recursive: true }));

  test("is whoever has made it, whatever Pulumi.yaml says", async () => {
    for (const named of [true, false]) {
      const isOfPlugin = await byPulumiYaml(named);
      assert.deepEqual(["earlier", "own"].map(isOfPlugin), [false, true]);
    }
  });

  test("of a new network is the plugin where Pulumi.yaml names it, and the Docker provider otherwise", async () => {
    assert.equal((await byPulumiYaml(true))("new"), true);
    assert.equal((await byPulumiYaml(false))("new"), false);
    assert.equal((await byPulumiYaml(true))("data"), true);
  });

  async function byPulumiYaml(named: boolean): Promise<(name: string) => boolean> {
    const plugins = "plugins: { providers: [{ name: pulumi-compose, path: bin }] }\n";
    const text = `name: shop\nbackend: { url: "file://./.state?metadata=skip" }\n${named ? plugins : ""}`;
    await writeFile(join(directory, "Pulumi.yaml"), text);
    return networksOfPlugin("shop", "dev", directory);
  }
});
