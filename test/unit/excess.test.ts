import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import fc from "fast-check";
import { dump } from "js-yaml";
import { check } from "../../components/checks/index.ts";
import { definitionsSchema } from "../../components/compose-spec/definitions.ts";
import { excessIn } from "../../components/compose-spec/excess.ts";
import { parse } from "../../components/compose-spec/parse.ts";
import type { Finding } from "../../components/findings/finding.ts";
import { readComposeFiles } from "../../components/reader/compose-config.ts";
import { located } from "../../components/reader/located.ts";
import { until } from "../fixture/until.ts";
import { said, modelFrom } from "./builders.ts";

/** Milliseconds: far more than any of this takes on a busy machine, and far less than what has no end. */
const patience = 60_000;

const directory = mkdtempSync(join(tmpdir(), "excess-"));
after(() => {
  rmSync(directory, { recursive: true });
});

/** The mistakes in a Compose file, with their lines. */
function mistakesIn(text: string): readonly Finding[] {
  writeFileSync(join(directory, "compose.yaml"), text);
  const begin = performance.now();
  const { mistakes } = readComposeFiles({
    files: ["compose.yaml"],
    project: "shop",
    directory,
    environment: {},
  });
  assert.ok(performance.now() - begin < patience);
  return located(mistakes, [directory]);
}

/** Where the only mistake is. */
function placeOf(text: string): string {
  const [mistake, ...others] = mistakesIn(text);
  assert.deepEqual(others, []);
  return `${mistake?.file ?? ""}:${mistake?.line ?? ""}: ${mistake?.path ?? ""}`;
}

/** A value that holds itself a number of times, level by level: ten levels of ten are 10,000,000,000 values. */
function bomb(levels: number, width: number): unknown {
  return Array.from({ length: levels }).reduce<unknown>((value) => Array<unknown>(width).fill(value), "x");
}

/** A value so many levels deep. */
function deep(levels: number, key: string): unknown {
  return Array.from({ length: levels }).reduce<unknown>(
    (value) => (key === "" ? [value] : { [key]: value }),
    1,
  );
}

/** A mapping that holds itself. */
function cyclic(): unknown {
  const value: Record<string, unknown> = { image: "a" };
  value.self = value;
  return value;
}

describe("a Compose file that would exhaust its reader is a mistake with its place", () => {
  test("aliases of aliases", () => {
    const text = dump({ "x-bomb": bomb(10, 10), services: { web: { image: "a" } } });
    assert.match(text, /\*ref_/);
    assert.match(placeOf(text), /^compose\.yaml:\d+: x-bomb/);
  });

  test("aliases of aliases in a file that another includes or extends", () => {
    mkdirSync(join(directory, "part"), { recursive: true });
    const bombs = dump({ "x-bomb": bomb(10, 10), services: { web: { image: "a" } } });
    writeFileSync(join(directory, "part", "bomb.yaml"), bombs);
    writeFileSync(join(directory, "part", "between.yaml"), "include: [{ path: [bomb.yaml] }]\n");
    for (const text of [
      "include: [part/bomb.yaml]\n",
      "include: [{ path: part/between.yaml }]\n",
      "services: { web: { extends: { file: part/bomb.yaml, service: web } } }\n",
    ])
      assert.match(placeOf(text), /^part\/bomb\.yaml:\d+: x-bomb/);
  });

  test("an alias of what stands around it", () => {
    assert.equal(
      placeOf("services:\n  web:\n    image: a\n    x-self: &self [*self]\n").replace(/(\.0)+$/, ""),
      "compose.yaml:4: services.web.x-self",
    );
  });

  test("thousands of levels", () => {
    assert.equal(
      placeOf(`services: {}\nx-deep: ${"[".repeat(3000)}${"]".repeat(3000)}\n`),
      "compose.yaml:2: (the file)",
    );
  });

  test("ports by the ten thousand", () => {
    assert.equal(
      placeOf('services:\n  web:\n    image: a\n    ports: ["80", "1-65535:1-65535"]\n'),
      "compose.yaml:4: services.web.ports.1",
    );
  });

  test("an end that never comes, of which no process stays", async () => {
    execFileSync("mkfifo", [join(directory, "endless")]);
    const begin = performance.now();
    const [mistake] = mistakesIn("services:\n  web:\n    image: a\n    env_file: ./endless\n");
    assert.ok(performance.now() - begin < patience);
    assert.equal(mistake?.file, "compose.yaml");
    assert.match(mistake.message, /has no end within \d+ s/);
    await until(
      "no process is left",
      () => {
        const running = execFileSync("ps", ["-A", "-o", "args"], { encoding: "utf8" });
        return Promise.resolve(!running.includes(directory));
      },
      patience,
    );
  });
});

describe("definitions that would exhaust their reader are a mistake with their place", () => {
  const excessive = fc.oneof(
    fc
      .record({ levels: fc.integer({ min: 20, max: 60 }), width: fc.integer({ min: 2, max: 20 }) })
      .map(({ levels, width }) => bomb(levels, width)),
    fc
      .record({ levels: fc.integer({ min: 200, max: 5000 }), key: fc.constantFrom("", "x-a", "services") })
      .map(({ levels, key }) => deep(levels, key)),
    fc.constant(cyclic()),
  );
  const places = [
    (value: unknown) => ({ services: { web: { image: "a", command: value } } }),
    (value: unknown) => ({ services: { web: { image: "a", "x-any": value } } }),
    (value: unknown) => ({ services: { web: value } }),
    (value: unknown) => ({ volumes: { data: { labels: value } } }),
    (value: unknown) => value,
  ];

  test("whatever they are, and wherever they stand", () => {
    fc.assert(
      fc.property(excessive, fc.constantFrom(...places), (value, put) => {
        const begin = performance.now();
        const { mistakes } = parse(definitionsSchema, put(value), "", "Pulumi.dev.yaml", {});
        assert.ok(performance.now() - begin < patience);
        assert.equal(mistakes.length, 1);
        assert.match(mistakes[0]?.message ?? "", /nested deeper|more than 200000 parts/);
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  test("and what is written once and used often is none", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        assert.equal(excessIn([value, value, { again: value }]), undefined);
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  test("twenty thousand replicas, and a range of thousands of ports", () => {
    const services = {
      many: { image: "a", deploy: { replicas: 20_000 } },
      wide: { image: "a", ports: ["1-65535:1-65535", "1-65535"] },
    };
    const { mistakes } = parse(definitionsSchema, { services }, "", "Pulumi.dev.yaml", {});
    assert.deepEqual(
      mistakes.map(({ path, fix }) => `${path}: ${fix}`),
      [
        "services.many.deploy.replicas: write 1000 or fewer: a network of the engine has room for 1023 containers",
        "services.wide.ports: publish 1000 ports or fewer, or set network_mode to host, which publishes none",
      ],
    );
  });

  test("thousands of mistakes, of which the first are told", () => {
    const volumes = Array.from({ length: 20_000 }, () => "a:b:c:d:e");
    const { mistakes } = parse(
      definitionsSchema,
      { services: { web: { image: "a", volumes } } },
      "",
      "a.yaml",
      {},
    );
    assert.ok(mistakes.length >= 200 && mistakes.length < 300, String(mistakes.length));
  });
});

describe("a large stack", () => {
  test("of more containers than an engine holds is a mistake at its largest service", () => {
    const services = Object.fromEntries(
      Array.from({ length: 6 }, (_, index) => [
        `app-${index}`,
        { image: "a", scale: index === 3 ? 1000 : 900 },
      ]),
    );
    assert.deepEqual(said(check(modelFrom({ services }), () => true)), [
      "services.app-3.scale: the stack has 5500 containers, 1000 of this service",
    ]);
  });

  test("of a thousand ports is checked at once", () => {
    const services = Object.fromEntries(
      ["one", "other"].map((name) => [name, { image: "a", ports: ["10000-10999:10000-10999"] }]),
    );
    const begin = performance.now();
    assert.equal(check(modelFrom({ services }), () => true).length, 1000);
    assert.ok(performance.now() - begin < patience / 2);
  });
});
