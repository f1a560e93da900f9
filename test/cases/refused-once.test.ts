import assert from "node:assert/strict";
import { test } from "node:test";
import { composes, type Compose } from "../fixture/compose-oracle/composes.ts";
import { mistakesIn } from "../fixture/output.ts";
import { Case } from "./case.ts";

/** What a preview refuses of one of the case's files, read by this Compose. */
async function refused(file: string, { environment }: Compose): Promise<string[]> {
  const settings = { files: [file] };
  const project = await Case.create("refused-once", { engine: false, environment, settings });
  try {
    const { code, output } = await project.stack.pulumi("preview");
    assert.notEqual(code, 0, output);
    return mistakesIn(output).map(({ place, message, name }) => `${place}: ${message} [${name}]`);
  } finally {
    await project.remove();
  }
}

test("a key that the provider cannot set is refused once, with the reason", async () => {
  const [compose] = await composes("", () => undefined);
  assert.ok(compose !== undefined);
  assert.deepEqual(await refused("compose.yaml", compose), [
    "compose.yaml: services.agent.uts: `uts` is not supported: the Docker provider cannot set it [refused-key]",
  ]);
});

test("commands beside a container's own are refused once: by this program, or by a Compose that does not know them", async () => {
  for (const compose of await composes("", () => undefined)) {
    const found = await refused("hooks.yaml", compose);
    const version = `Compose ${compose.version}`;
    if (Number.parseInt(compose.version) < 5) {
      assert.equal(found.length, 1, version);
      assert.match(
        String(found),
        /^hooks\.yaml: docker compose config: .*post_start.* \[compose\]$/,
        version,
      );
    } else
      assert.deepEqual(
        found,
        ["post_start", "pre_stop"].map(
          (key) =>
            `hooks.yaml: services.db.${key}: \`${key}\` is not supported: the Docker provider starts no second command [refused-key]`,
        ),
        version,
      );
  }
});
