import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { readComposeFiles } from "../../components/reader/compose-config.ts";
import { composes } from "../fixture/compose-oracle/composes.ts";
import { mistakesIn } from "../fixture/output.ts";
import { Case } from "./case.ts";

const refused = [
  "services.agent.uts: `uts` is not supported: the Docker provider cannot set it",
  "services.db.post_start: `post_start` is not supported: the Docker provider starts no second command",
  "services.db.pre_stop: `pre_stop` is not supported: the Docker provider starts no second command",
];

test("a key that the provider cannot set is refused once, with the reason", async () => {
  const project = await Case.create("refused-once", { engine: false });
  try {
    const { code, output } = await project.stack.pulumi("preview");
    assert.notEqual(code, 0, output);
    assert.deepEqual(
      mistakesIn(output).map(({ place, message, name }) => `${place}: ${message} [${name}]`),
      refused.map((said) => `compose.yaml: ${said} [refused-key]`),
    );
  } finally {
    await project.remove();
  }
});

test("the same is refused whichever Compose reads the file", async () => {
  const directory = join(import.meta.dirname, "refused-once");
  for (const { version, environment } of await composes("", () => undefined)) {
    const read = { files: ["compose.yaml"], project: "any", directory, environment };
    const { mistakes } = readComposeFiles(read);
    assert.deepEqual(
      mistakes.map(({ path, message }) => `${path}: ${message}`),
      refused,
      `Compose ${version}`,
    );
  }
});
