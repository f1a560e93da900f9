import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { containerIds, docker, inspectContainer } from "../fixture/docker.ts";
import { assertNoChanges, assertNoDrift } from "../fixture/no-changes.ts";
import { Case } from "./case.ts";

test("what befell containers outside of Pulumi is told by a preview, and mended by up", async () => {
  const project = await Case.create("drift");
  const { stack } = project;
  const external = `${stack.project}-outside`;
  const container = (service: string) => `${stack.project}-${service}-1`;
  const network = (key: string) => `${stack.project}_${key}`;
  const up = () => stack.command("up", "--yes");
  try {
    const file = join(project.folder, "compose.yaml");
    await writeFile(file, (await readFile(file, "utf8")).replace("case-external", external));
    await docker("network", "create", external);
    // Pulumi's own `up` notes nothing, and so the first of the command looks at everything.
    await stack.up();
    assert.match((await up()).output, /^Refreshing /m);
    assert.doesNotMatch((await up()).output, /^Refreshing /m);
    const ids = await containerIds(stack.project);

    await docker("network", "disconnect", network("n2"), container("two"));
    await docker("network", "disconnect", network("n1"), container("named"));
    await docker("network", "connect", network("n1"), container("named"));
    await docker("network", "connect", network("n1"), container("closed"));
    await docker("kill", container("outside"));
    await docker("network", "rm", external);
    await docker("network", "create", external);
    await docker("kill", container("owner"));
    await docker("update", "--memory", "32m", "--memory-swap", "32m", container("free"));

    const preview = await stack.pulumi("preview");
    const mended = await up();
    assert.equal(mended.code, 0, mended.output);
    assert.match(mended.output, /^Refreshing /m);
    for (const { output } of [preview, mended]) {
      assert.match(output, /two is not connected to network `\S+_n2`/);
      assert.match(output, /named is not called .*`its-name` on network `\S+_n1`/);
      assert.match(output, /closed is connected to network `\S+_n1`, which its definition does not name/);
      assert.match(output, /outside is connected to a network `\S+-outside` that is gone/);
    }
    const { free, ...others } = await containerIds(stack.project);
    const { free: limited, ...before } = ids;
    assert.deepEqual(others, before, "they are the same containers");
    assert.notEqual(free, limited, "the engine takes a limit off in no other way");
    assert.deepEqual(await aliases("two", network("n2")), [container("two"), "two"]);
    assert.deepEqual(await aliases("named", network("n1")), ["its-name", container("named"), "named"].sort());
    const { NetworkSettings: closed } = await inspectContainer(container("closed"));
    assert.deepEqual(Object.keys(closed.Networks), [network("inside")]);
    for (const service of ["outside", "owner", "sharer", "watcher"])
      assert.match(await docker("exec", container(service), "cat", "/proc/net/route"), /^eth0/m, service);
    await assertNoDrift(stack);

    // A container that is paused is no slow one.
    await docker("pause", container("paused"));
    const { code, output } = await up();
    assert.notEqual(code, 0);
    assert.match(output, /paused is paused\n\s*→ docker unpause \S+-paused-1$/m);
    const warned = await stack.pulumi("preview");
    assert.match(warned.output, /services\.paused: .* \(docker unpause \S+-paused-1\) \[paused-container\]/);
    await docker("unpause", container("paused"));
    await docker("restart", container("owner"));
    assert.match((await stack.pulumi("preview")).output, /sharer has lost the network of \S+-owner-1/);
    await stack.up();
    assert.match(await docker("exec", container("sharer"), "cat", "/proc/net/route"), /^eth0/m);
    await assertNoChanges(stack);
  } finally {
    await project.remove().finally(() => docker("network", "rm", external));
  }

  async function aliases(service: string, on: string): Promise<string[]> {
    const { NetworkSettings: settings } = await inspectContainer(container(service));
    const aliases = settings.Networks[on]?.Aliases as string[] | undefined;
    return [...(aliases ?? [])].sort();
  }
});
