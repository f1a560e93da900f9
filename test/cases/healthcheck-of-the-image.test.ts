import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inspectContainer } from "../fixture/docker.ts";
import { sameAsCompose } from "./case.ts";

sameAsCompose("healthcheck-of-the-image", {
  canWait: false,
  whileUp: async ({ stack, folder }) => {
    const [resolver, mail] = await Promise.all(
      ["resolver", "mail"].map((service) => inspectContainer(`${stack.project}-${service}-1`)),
    );
    assert.ok(resolver !== undefined && mail !== undefined);
    const [earlier, later] = [resolver, mail].map(({ State: { StartedAt: at } }) => new Date(at).getTime());
    // The resolver's own second, before which its image's check fails.
    assert.ok(Number(later) - Number(earlier) >= 1000, "mail has waited for the image's check");

    // Where nothing has a health check, the wait is one that never ends.
    const file = join(folder, "compose.yaml");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace(", required: false", ""));
    const { code, output } = await stack.pulumi("preview");
    assert.notEqual(code, 0);
    assert.match(output, /`mail` waits until `cache` is healthy, but `cache` has no health check/);
    await writeFile(file, text);
  },
});
