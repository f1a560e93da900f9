import assert from "node:assert/strict";
import { test } from "node:test";
import { composeKeys } from "../../scripts/compose-keys.ts";

test("every key of a Compose project has a sentence that editors show", () => {
  const keys = composeKeys();
  const without = [...keys].filter(([, sentence]) => !/\.$/.test(sentence.trim())).map(([path]) => path);
  assert.deepEqual(without, []);
  // The walk goes down through lists, mappings and optional parts.
  assert.match(keys.get("services.*.ports.*.target") ?? "", /^Port inside the container/);
  assert.match(keys.get("services.*.healthcheck.start_period") ?? "", /do not count/);
  assert.match(keys.get("networks.*.ipam.config.*.subnet") ?? "", /^Addresses of the network/);
});
