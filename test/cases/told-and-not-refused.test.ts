import assert from "node:assert/strict";
import { sameAsCompose } from "./case.ts";

sameAsCompose("told-and-not-refused", {
  known: [
    {
      kind: "container",
      path: /^(Config\.ExposedPorts|NetworkSettings\.Ports)(\..*)?$/,
      when: (_expected, actual) => actual === undefined,
      reason: "the provider has no argument for `expose`; a warning says so where a proxy looks there",
    },
  ],
  whileUp: async ({ stack }) => {
    const { code, output } = await stack.pulumi("preview");
    assert.equal(code, 0, output);
    const warned = [...output.matchAll(/: (services\.\S+): .* \[([a-z-]+)\]$/gm)];
    assert.deepEqual([...new Set(warned.map(([, place, name]) => `${place} ${name}`))].sort(), [
      "services.app.expose expose-not-set",
      "services.portal.deploy.update_config.order start-first-impossible",
    ]);
    assert.match(output, /start-first is impossible: .* host port 18547; the service is updated stop-first/);
    assert.match(output, /write VIRTUAL_PORT: "3000" below environment/);
  },
});
