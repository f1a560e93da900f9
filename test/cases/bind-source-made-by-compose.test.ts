import assert from "node:assert/strict";
import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readComposeFiles } from "../../components/reader/compose-config.ts";
import { composes } from "../fixture/compose-oracle/composes.ts";
import { docker } from "../fixture/docker.ts";
import { assertNoChanges } from "../fixture/no-changes.ts";
import { sameAsCompose } from "./case.ts";

sameAsCompose("bind-source-made-by-compose", {
  // What is said of a directory is the same whether it is there or not, and where it is not, the engine makes it.
  whileUp: async ({ stack, folder }) => {
    const made = ["blog-data", "drafts", "long-data"];
    for (const name of made) await rm(join(folder, name), { recursive: true });
    const { output } = await stack.pulumi("preview");
    for (const name of made)
      assert.match(
        output,
        new RegExp(`services\\.blog\\.volumes\\.\\d: .*\`${name}\` does not exist.*\\[missing-directory\\]`),
      );
    await assertNoChanges(stack);
    const container = `${stack.project}-blog-1`;
    await docker("rm", "--force", container);
    await stack.up("--refresh");
    for (const name of made) assert.ok((await stat(join(folder, name))).isDirectory(), name);
    assert.equal(
      (await docker("ps", "--all", "--quiet", "--filter", `name=${container}-directories`)).trim(),
      "",
    );
  },
});

test("each version of Compose is understood when it says who makes a bind mount's source", async () => {
  const directory = join(import.meta.dirname, "bind-source-made-by-compose");
  for (const { version, environment } of await composes("", () => undefined)) {
    const { definitions } = readComposeFiles({
      ...{ files: ["compose.yaml"], project: "any", directory, environment },
    });
    const binds = Object.values(definitions.services ?? {}).flatMap(({ volumes = [] }) =>
      volumes.map(({ target, bind }) => [target, bind]),
    );
    const made = { create_host_path: true };
    assert.deepEqual(
      Object.fromEntries(binds),
      {
        "/var/lib/blog": made,
        "/srv/uploads": made,
        "/etc/blog.conf": made,
        "/srv/drafts": { ...made, propagation: "private" },
        "/srv/long": undefined,
        "/etc/app.conf": { ...made, selinux: "Z" },
        "/var/lib/labelled": { ...made, selinux: "z" },
        "/var/lib/db": { selinux: "Z" },
        "/etc/long.conf": { selinux: "z" },
      },
      `Compose ${version}`,
    );
  }
});
