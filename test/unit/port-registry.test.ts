import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { checkPublishedPorts, portRegistrySchema } from "../../components/checks/port-registry.ts";
import { readPortRegistry } from "../../components/local/port-registry.ts";
import { modelOf } from "../../components/model/model.ts";
import { definitionsSchema } from "../../components/compose-spec/definitions.ts";

const registry = portRegistrySchema.parse({
  metadata: {
    port_ranges: { shared: { start: 9000, end: 9001 }, hercules: { start: 8090, end: 8093 } },
    maintainer: "the platform team",
  },
  allocations: {
    "8090": { system: "hercules", service: "gateway", since: "2024" },
    "8091": { system: "atlas", service: "web" },
    "9000": { system: "atlas" },
    "7000": { system: "hercules" },
  },
});

/** What is wrong with these ports of services, in the words of a preview. */
function mistakes(ports: Readonly<Record<string, readonly string[]>>): { message: string; fix: string }[] {
  const definitions = definitionsSchema.parse({
    services: Object.fromEntries(
      Object.entries(ports).map(([name, list]) => [name, { image: "x", ports: list }]),
    ),
  });
  const { model } = modelOf({
    tiers: [{ name: "all", definitions, file: "docker-compose.yml" }],
    secrets: [],
  });
  return checkPublishedPorts(model, { registry, file: "PORTS.json", owner: "hercules" }).map(
    ({ path, message, fix }) => {
      assert.match(path, /^services\.\w+\.ports\.\d+$/);
      return { message, fix };
    },
  );
}

describe("a registry of ports", () => {
  test("lets a system publish what is allocated to it, and what the engine chooses", () => {
    assert.deepEqual(mistakes({ gateway: ["8090:8000", "127.0.0.1::9"], other: ["80"] }), []);
  });

  test("refuses a port of another system, and names the one that the service has", () => {
    assert.deepEqual(mistakes({ gateway: ["8091:8000"] }), [
      {
        message: "host port 8091 is not allocated to hercules: PORTS.json allocates it to atlas (web)",
        fix: "publish 8090, which PORTS.json allocates to hercules (gateway)",
      },
    ]);
  });

  test("names the next free port of the system's own range, each only once", () => {
    const found = mistakes({ one: ["8091:1"], other: ["9000:1"], third: ["8091:2"] });
    assert.deepEqual(
      found.map(({ fix }) => fix),
      [
        'publish 8092, which is free, and allocate it in PORTS.json, "8092": {"system":"hercules","service":"one"}',
        'publish 8093, which is free, and allocate it in PORTS.json, "8093": {"system":"hercules","service":"other"}',
        'publish 9001, which is free, and allocate it in PORTS.json, "9001": {"system":"hercules","service":"third"}',
      ],
    );
  });

  test("refuses a port that nobody has, which only has to be allocated", () => {
    assert.deepEqual(mistakes({ web: ["8093:80"] }), [
      {
        message: "host port 8093 is not allocated to hercules: PORTS.json allocates it to nobody",
        fix: '8093 is free: allocate it in PORTS.json, "8093": {"system":"hercules","service":"web"}',
      },
    ]);
  });

  test("refuses a port outside the ranges, even one that is allocated", () => {
    const [found] = mistakes({ web: ["7000:80"] });
    assert.equal(
      found?.message,
      "host port 7000 is not allocated to hercules: PORTS.json has it in none of its ranges (shared 9000-9001, hercules 8090-8093)",
    );
    assert.match(found.fix, /^publish 8092,/);
  });

  test("says so when no port is left", () => {
    const found = mistakes({ one: ["8092:1", "8093:1", "9001:1", "7001:1"] });
    assert.equal(found.at(-1)?.fix, "widen a range of PORTS.json: every port of its ranges is allocated");
  });
});

describe("the file of a registry", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ports-"));
  });
  after(() => rm(folder, { recursive: true }));

  async function read(text: string) {
    await writeFile(join(folder, "PORTS.json"), text);
    return readPortRegistry("PORTS.json", folder);
  }

  test("is read with people's own keys in it", async () => {
    const { value, mistakes } = await read(JSON.stringify({ ...registry, version: 3 }));
    assert.deepEqual(mistakes, []);
    assert.equal(value?.allocations["8091"]?.system, "atlas");
  });

  for (const [what, text, path, message] of [
    ["is missing", undefined, "(the file)", /cannot be read/],
    ["is no JSON", "{", "(the file)", /is no JSON/],
    ["has no ranges", '{"metadata": {}, "allocations": {}}', "metadata.port_ranges", /is missing/],
    [
      "has an allocation without a system",
      '{"metadata": {"port_ranges": {}}, "allocations": {"80": {}}}',
      "allocations.80.system",
      /is missing/,
    ],
  ] as const) {
    test(`that ${what} is a mistake with its place`, async () => {
      const { value, mistakes } =
        text === undefined ? readPortRegistry("nowhere.json", folder) : await read(text);
      assert.equal(value, undefined);
      assert.deepEqual(
        mistakes.map((mistake) => [mistake.file, mistake.path]),
        [[text === undefined ? "nowhere.json" : "PORTS.json", path]],
      );
      assert.match(mistakes[0]?.message ?? "", message);
      assert.notEqual(mistakes[0]?.fix, "");
    });
  }
});
