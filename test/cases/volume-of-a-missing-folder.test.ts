import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { composes } from "../fixture/compose-oracle/composes.ts";
import { containerIds } from "../fixture/docker.ts";
import { mistakesIn } from "../fixture/output.ts";
import { Case } from "./case.ts";

test("a volume that is a folder which nobody makes is a mistake before anything is touched", async () => {
  const project = await Case.create("volume-of-a-missing-folder");
  const { stack, folder } = project;
  const missing = join(folder, "missing");
  try {
    const file = join(folder, "compose.yaml");
    await writeFile(file, (await readFile(file, "utf8")).replace("/case/missing", missing));
    for (const compose of await composes("", () => undefined)) {
      const { code, output } = await project.compose(compose, "up", "--detach");
      assert.notEqual(code, 0, `Compose ${compose.version}`);
      assert.match(output, /failed to mount local volume: .*no such file or directory/);
      await project.compose(compose, "down", "--volumes");
    }
    const { code, output } = await stack.pulumi("up", "--yes", "--skip-preview");
    assert.notEqual(code, 0);
    assert.deepEqual(
      mistakesIn(output).map(({ place, message, name }) => `${place}: ${message} [${name}]`),
      [
        `compose.yaml: volumes.data.driver_opts.device: the volume is the folder \`${missing}\` of the host, which does not exist, and then no container with the volume starts [missing-file]`,
      ],
    );
    assert.deepEqual(await containerIds(stack.project), {});

    await mkdir(missing);
    const mended = await stack.pulumi("preview");
    assert.equal(mended.code, 0, mended.output);
  } finally {
    await project.remove();
  }
});
