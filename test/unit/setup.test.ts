import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, suite, test } from "node:test";
import { names, recipesNamedIn } from "../../scripts/images/named.mjs";
import { recipes } from "../../scripts/images/recipes.mjs";
import { repositoryRoot } from "../../scripts/paths.mjs";
import { isComplete } from "../../scripts/setup/packages.mjs";

const folder = await mkdtemp(join(tmpdir(), "super-team-project-"));
after(() => rm(folder, { recursive: true }));

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

const references = (chosen: readonly { readonly reference: string }[]) =>
  chosen.map(({ reference }) => reference);

await write({
  "Pulumi.yaml": "name: shop\n",
  "Pulumi.local.yaml": "config:\n  shop:services:\n    mail:\n      image: mailhog/mailhog:v1.0.1\n",
  "Pulumi.prod.yaml": "config: {}\n",
  "docker-compose.yml": 'services:\n  db:\n    image: "postgres:15-alpine" # not postgres:16-alpine\n',
  "front/Dockerfile": "FROM nginx:1.28-alpine AS web\nCOPY --from=debian:bookworm-slim /etc/motd /\n",
  "notes.md": "image: redis:7-alpine\n",
  "node_modules/other/compose.yaml": "services: { cache: { image: redis:7-alpine } }\n",
  "parts/inner/Pulumi.yaml": "name: inner\n",
  "parts/inner/docker-compose.yml": "services: { gateway: { image: traefik:v3.6 } }\n",
});

await suite("the images that a project needs", () => {
  test("are those its Compose files, stack config and Dockerfiles name, and their bases", async () => {
    assert.deepEqual(references(await recipesNamedIn(folder)), [
      "debian:bookworm-slim",
      "postgres:15-alpine",
      "nginx:1.28-alpine",
      "mailhog/mailhog:v1.0.1",
    ]);
  });

  test("are four for the repository's own", async () => {
    assert.deepEqual(references(await recipesNamedIn(repositoryRoot)), [
      "debian:bookworm-slim",
      "postgres:16-alpine",
      "redis:7-alpine",
      "traefik:v3.6",
    ]);
  });

  test("come after what they are built on", () => {
    recipes.forEach(({ reference, base }, index) => {
      if (base === undefined) return;
      const known = references(recipes.slice(0, index));
      assert.ok(known.includes(base), `${reference} before ${base}`);
    });
  });

  for (const { line, isNamed } of [
    { line: "    image: nginx:1.28-alpine", isNamed: true },
    { line: "FROM nginx:1.28-alpine", isNamed: true },
    { line: "    image: ${WEB_IMAGE:-nginx:1.28-alpine}", isNamed: true },
    { line: "ARG BASE=nginx:1.28-alpine", isNamed: true },
    { line: "    image: registry.example/nginx:1.28-alpine", isNamed: false },
    { line: "    image: my-nginx:1.28-alpine", isNamed: false },
    { line: "    image: nginx:1.28-alpine-slim", isNamed: false },
    { line: "    image: nginx:1928-alpine", isNamed: false },
  ]) {
    test(`${line.trim()} ${isNamed ? "names" : "does not name"} nginx:1.28-alpine`, () => {
      assert.equal(names(line, "nginx:1.28-alpine"), isNamed);
    });
  }
});

describe("npm's packages are complete", () => {
  const here = { os: [process.platform], cpu: [process.arch] };
  const packages = (entries: Readonly<Record<string, object>>) => new Map(Object.entries(entries));

  for (const [why, locked] of [
    ["with each in the locked version", {}],
    ["without an optional package for another platform", { fsevents: { optional: true, os: ["none"] } }],
    ["without what only such a package needs, which names no platform", { wasm: { optional: true } }],
    [
      "without an optional package for another C library",
      { musl: { optional: true, libc: ["musl"], ...here } },
    ],
  ] as const) {
    test(why, () => {
      const installed = packages({ zod: { version: "4.6.7" } });
      assert.equal(isComplete(packages({ zod: { version: "4.6.7" }, ...locked }), installed), true);
    });
  }

  for (const [why, name, locked] of [
    ["another version", "zod", { version: "4.7.0" }],
    ["a package that is missing", "leven", { version: "1.0.0" }],
    ["an optional package for this platform that is missing", "node", { optional: true, ...here }],
  ] as const) {
    test(`but not with ${why}`, () => {
      const wanted = packages({ zod: { version: "4.6.7" }, [name]: locked });
      assert.equal(isComplete(wanted, packages({ zod: { version: "4.6.7" } })), false);
    });
  }
});
