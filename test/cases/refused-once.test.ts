import assert from "node:assert/strict";
import { test } from "node:test";
import { composes } from "../fixture/compose-oracle/composes.ts";
import { mistakesIn } from "../fixture/output.ts";
import { Case } from "./case.ts";

test("a key that the provider cannot set is refused once, with the reason, whichever Compose reads the file", async () => {
  for (const { version, environment } of await composes("", () => undefined)) {
    const project = await Case.create("refused-once", { engine: false, environment });
    try {
      const { code, output } = await project.stack.pulumi("preview");
      assert.notEqual(code, 0, output);
      assert.deepEqual(
        mistakesIn(output).map(({ place, message, name }) => `${place}: ${message} [${name}]`),
        [
          "compose.yaml: services.agent.uts: `uts` is not supported: the Docker provider cannot set it [refused-key]",
          "compose.yaml: services.db.post_start: `post_start` is not supported: the Docker provider starts no second command [refused-key]",
          "compose.yaml: services.db.pre_stop: `pre_stop` is not supported: the Docker provider starts no second command [refused-key]",
        ],
        `Compose ${version}`,
      );
    } finally {
      await project.remove();
    }
  }
});
