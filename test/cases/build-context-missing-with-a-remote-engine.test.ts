import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { mistakesIn } from "../fixture/output.ts";
import { Case } from "./case.ts";

test("a build that cannot be read on this machine is a mistake, wherever the engine is", async () => {
  // Without an engine on this machine, what lies outside of the project may be another machine's.
  const project = await Case.create("build-context-missing-with-a-remote-engine", { engine: false });
  try {
    const { code, output } = await project.stack.pulumi("preview");
    assert.notEqual(code, 0);
    assert.doesNotMatch(output, /ENOENT|node:internal/);
    assert.deepEqual(
      mistakesIn(output).map(({ place, message }) => `${place}: ${message}`),
      [
        "compose.yaml: services.app.build.dockerfile: `nowhere/Dockerfile` does not exist in `.`",
        "compose.yaml: services.file.build.context: the context `compose.yaml` is no directory",
        `compose.yaml: services.outside.build.context: the context \`${join(dirname(project.folder), "no-such-folder")}\` does not exist`,
      ],
    );
  } finally {
    await project.remove();
  }
});
