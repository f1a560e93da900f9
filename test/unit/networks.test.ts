import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { differingKeys, type NetworkInputs } from "../../components/engine/network-inputs.ts";

describe("a network that is defined otherwise", () => {
  const network: NetworkInputs = {
    name: "shop_default",
    driver: "bridge",
    ipamConfigs: [{ subnet: "10.1.0.0/24" }],
  };

  for (const [what, change] of Object.entries({
    "that is not internal": { internal: false },
    "that is not attachable": { attachable: false },
    "without IPv6": { ipv6: false },
    "without options": { options: {}, ipamOptions: {} },
    "whose addresses are managed as by default": { ipamDriver: "default" },
  } satisfies Record<string, Partial<NetworkInputs>>)) {
    test(`is the same to the engine as one ${what}`, () => {
      assert.deepEqual(differingKeys(network, { ...network, ...change }), []);
      assert.deepEqual(differingKeys({ ...network, ...change }, network), []);
    });
  }

  test("is another one by each key that the engine is told", () => {
    const other = {
      ...network,
      internal: true,
      options: { mtu: 1400 },
      ipamConfigs: [{ subnet: "10.2.0.0/24" }],
    };
    assert.deepEqual(differingKeys(network, other).sort(), ["internal", "ipamConfigs", "options"]);
  });
});
