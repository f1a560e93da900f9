import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { runCommand } from "../fixture/command.ts";
import { docker, inspectContainer, inspectNetwork, leftOf } from "../fixture/docker.ts";
import { assertNoChanges, assertNoDrift } from "../fixture/no-changes.ts";
import { freeSubnet } from "../fixture/subnets.ts";
import { until } from "../fixture/until.ts";
import { Case } from "./case.ts";

describe("networks of the package's own plugin", () => {
  let project: Case;
  let prefix: string;
  before(async () => {
    project = await Case.create("networks");
    prefix = await freeSubnet();
    await rewrite((text) => text.replaceAll("10.231.300", prefix));
    await project.stack.up();
  });
  after(() => project.remove());

  test("are on the engine as they are defined, and none differs after a refresh", async () => {
    const { Internal, Attachable, Options, Labels, IPAM } = await inspectNetwork(network("addressed"));
    assert.deepEqual(
      { Internal, Attachable, Options },
      { Internal: true, Attachable: true, Options: { "com.docker.network.driver.mtu": "1400" } },
    );
    assert.deepEqual(IPAM?.Config, [
      { Subnet: `${prefix}.0/24`, IPRange: `${prefix}.128/25`, Gateway: `${prefix}.254` },
    ]);
    assert.equal(Labels?.["org.example.team"], "shop");
    assert.equal(Labels["com.docker.compose.network"], "addressed");
    await assertNoDrift(project.stack);
  });

  test("stand in the state without a path of this machine", async () => {
    const resources = await stateOf("pulumi-compose:index:Network");
    assert.equal(resources.length, 2);
    assert.doesNotMatch(JSON.stringify(resources), /\/components\/|node_modules/);
  });

  test("are made anew under their name when they are defined otherwise, with the containers in them", async () => {
    const { Id: before } = await inspectNetwork(network("addressed"));
    const { Id: plain } = await inspectNetwork(network("plain"));
    await rewrite((text) => text.replace('"1400"', '"1300"'));
    const preview = await project.stack.pulumi("preview");
    assert.match(preview.output, /addressed/);
    await project.stack.up();
    const { Id: now, Options } = await inspectNetwork(network("addressed"));
    assert.notEqual(now, before);
    assert.equal(Options?.["com.docker.network.driver.mtu"], "1300");
    assert.equal((await inspectNetwork(network("plain"))).Id, plain);
    const { NetworkSettings } = await inspectContainer(`${project.stack.project}-cache-1`);
    assert.equal(NetworkSettings.Networks[network("addressed")]?.NetworkID, now);
    await assertNoChanges(project.stack);
  });

  test("end with a Pulumi that is killed, as far as the plugin is concerned", async () => {
    await rewrite((text) => text.replace("interval: 2s", "interval: 3s"));
    const update = project.stack.start("up", "--yes", "--skip-preview");
    const ended = new Promise((resolve) => update.once("exit", resolve));
    const plugins = await until("the plugin", async () => {
      const found = await pluginsOf(update.pid ?? 0);
      return found.length > 0 && found;
    });
    process.kill(-(update.pid ?? 0), "SIGKILL");
    await ended;
    await until("the plugin's end", async () => {
      const { output } = await runCommand("ps", ["-o", "pid=", "-p", plugins.join(",")], { cwd: "." });
      return output.trim() === "";
    });
    await project.stack.recover();
  });

  test("stay as long as somebody else's container is in them, and destroy says who", async () => {
    const stranger = `${project.stack.project}-stranger`;
    await docker("run", "--detach", "--init", "--name", stranger, "--network", network("plain"), ...sleeping);
    try {
      const refused = await project.stack.command("destroy", "--yes");
      assert.notEqual(refused.code, 0);
      assert.match(
        refused.output,
        new RegExp(`the network ${network("plain")} has containers .*: ${stranger}\\. Remove`),
      );
    } finally {
      await docker("rm", "--force", "--volumes", stranger);
    }
    const { code, output } = await project.stack.command("destroy", "--yes");
    assert.equal(code, 0, output);
    assert.deepEqual(await leftOf(project.stack.project), []);
  });

  function network(key: string): string {
    return `${project.stack.project}_${key}`;
  }

  async function rewrite(change: (text: string) => string): Promise<void> {
    const file = join(project.folder, "compose.yaml");
    await writeFile(file, change(await readFile(file, "utf8")));
  }

  async function stateOf(type: string): Promise<readonly object[]> {
    const { output } = await project.stack.pulumi("stack", "export");
    const { deployment } = JSON.parse(output) as {
      readonly deployment: { readonly resources: readonly { readonly type: string }[] };
    };
    return deployment.resources.filter((resource) => resource.type === type);
  }
});

const sleeping = ["--entrypoint", "sleep", "redis:7-alpine", "infinity"];

/** Processes of the plugin that a Pulumi has started. */
async function pluginsOf(pulumi: number): Promise<number[]> {
  const { output } = await runCommand("ps", ["-A", "-o", "pid=,ppid=,args="], { cwd: "." });
  return output.split("\n").flatMap((line) => {
    const [, pid, parent] = /^ *(\d+) +(\d+) .*pulumi-resource-pulumi-compose\.mjs /.exec(line) ?? [];
    return Number(parent) === pulumi ? [Number(pid)] : [];
  });
}
