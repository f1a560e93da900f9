import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { placesIn } from "../../components/reader/lines.ts";

const compose = `# The shop.
services:
  web:
    image: web:1
    ports:
      - "80:80"
      - target: 81
        published: 81
    labels: { a: b, traefik.http.enable: "true" }
    command: |
      one
      two
  db: &db
    image: postgres
    environment:
      POSTGRES_DB: shop
  copy:
    <<: *db
    volumes: !override
      - data:/data
`;

describe("the line of a key in a YAML file", () => {
  for (const [path, depth, line] of [
    ["services.web.image", 3, 4],
    ["services.web.ports.1.published", 3, 5],
    ["services.web.labels.traefik.http.enable", 6, 9],
    ["services.web.command", 3, 10],
    ["services.db.environment.POSTGRES_DB", 4, 16],
    ["services.db.environment.missing", 3, 15],
    ["services.copy.volumes.0", 3, 19],
  ] as const)
    test(`is that of the deepest key that the file has: ${path}`, () => {
      assert.deepEqual(placesIn(compose)(path), { depth, line });
    });

  test("is found below the program's name in a stack's file", () => {
    const stack =
      "encryptionsalt: v1\nconfig:\n  shop:keepVolumes: false\n  shop:services:\n    web: { init: 1 }\n";
    assert.deepEqual(placesIn(stack)("services.web.init"), { depth: 3, line: 5 });
    assert.deepEqual(placesIn(stack)("keepVolumes"), { depth: 1, line: 3 });
    assert.deepEqual(placesIn(stack)("shop:keepVolumes"), { depth: 1, line: 3 });
  });

  test("is not known of a key that the file does not have, or of a file that is no YAML", () => {
    assert.equal(placesIn(compose)("networks.front"), undefined);
    assert.equal(placesIn("a: [")("a"), undefined);
    assert.equal(placesIn("")("a"), undefined);
  });
});
