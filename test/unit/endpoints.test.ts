import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  endpointDrift,
  givenAliases,
  type Endpoint,
  type PresentEndpoint,
} from "../../components/plan/endpoints.ts";

const ids = { front: "f1", back: "b1" };

function planned(more: Partial<Endpoint> = {}): Endpoint {
  return { network: "front", aliases: ["shop-web-1", "web"], ...more };
}

function present(more: Partial<PresentEndpoint> = {}): PresentEndpoint {
  return { id: "f1", aliases: ["web", "shop-web-1"], ...more };
}

function drift(wanted: Endpoint, now: PresentEndpoint | undefined): string | undefined {
  const [found] = endpointDrift([wanted], now === undefined ? {} : { front: now }, ids);
  return found?.what;
}

describe("a container's place on a network", () => {
  test("is as planned, whatever the order of its aliases", () => {
    assert.equal(drift(planned(), present()), undefined);
    assert.equal(drift(planned({ ipv4_address: "10.0.0.2" }), present({ ipv4: "10.0.0.2" })), undefined);
  });

  test("is as planned where the container was never started, and the engine has noted no id", () => {
    assert.equal(drift(planned(), present({ id: "" })), undefined);
  });

  test("is missing", () => {
    assert.equal(drift(planned(), undefined), "is not connected to network `front`");
  });

  test("is on a network that was made anew under its name", () => {
    assert.match(drift(planned(), present({ id: "f0" })) ?? "", /`front` that is gone/);
  });

  test("has lost an alias, or has got one", () => {
    assert.equal(
      drift(planned(), present({ aliases: ["web"] })),
      "is not called `shop-web-1` on network `front`",
    );
    const more = present({ aliases: ["web", "shop-web-1", "db"] });
    assert.equal(drift(planned(), more), "is also called `db` on network `front`");
  });

  test("has another address than the one that is asked for", () => {
    for (const key of ["ipv4_address", "ipv6_address"] as const)
      assert.match(drift(planned({ [key]: "::2" }), present()) ?? "", /does not have the address ::2/);
  });
});

test("a network that the definition does not name is left before others are joined", () => {
  const found = endpointDrift([planned()], { back: { id: "b1", aliases: [] } }, ids);
  assert.deepEqual(
    found.map(({ network, wanted, isConnected }) => [network, wanted?.network, isConnected]),
    [
      ["back", undefined, true],
      ["front", "front", false],
    ],
  );
});

test("a container's short id is no name that was given, and a name that its id begins with is", () => {
  const id = "db3fa1c09be27d5544a7".padEnd(64, "0");
  assert.deepEqual(givenAliases(["shop-db-1", "db", "db3fa1c09be2"], id), ["shop-db-1", "db"]);
});
