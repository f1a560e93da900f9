import assert from "node:assert/strict";
import { test } from "node:test";
import { composes } from "../fixture/compose-oracle/composes.ts";
import { Case } from "./case.ts";

test("what Compose runs is told of at most, and not refused", async () => {
  const project = await Case.create("told-and-not-refused", { engine: false });
  try {
    for (const compose of await composes("", () => undefined)) {
      const taken = await project.compose(compose, "config", "--quiet");
      assert.deepEqual(taken, { code: 0, output: "" }, `Compose ${compose.version}`);
    }
    const { code, output } = await project.stack.pulumi("preview");
    assert.equal(code, 0, output);
    const told = [...output.matchAll(/: (services\.\S+): (.*) \[([a-z-]+)\]$/gm)];
    assert.deepEqual([...new Set(told.map(([, place, , name]) => `${place} ${name}`))].sort(), [
      "services.app.expose expose-not-set",
      "services.portal.deploy.update_config.order start-first-impossible",
    ]);
    assert.match(output, /start-first is impossible: .* host port 18547; the service is updated stop-first/);
    assert.match(output, /write VIRTUAL_PORT: "3000" below environment/);
  } finally {
    await project.remove();
  }
});
