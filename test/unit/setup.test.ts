import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, suite, test } from "node:test";
import { names, recipesNamedIn } from "../../scripts/images/named.mjs";
import { recipes } from "../../scripts/images/recipes.mjs";
import { NeedsAttention } from "../../components/cli/needs-attention.mjs";
import { repositoryRoot } from "../../scripts/paths.mjs";
import { choose, commandFor } from "../../components/cli/project.mjs";

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

await suite("what a script works on", () => {
  const choice = (...args: string[]) => {
    const { project, stack, others } = choose(args);
    return { project: project.name, stack, others };
  };

  test("is the repository's stack dev unless said otherwise", () => {
    assert.deepEqual(choice(), { project: "super-team", stack: "dev", others: [] });
    assert.deepEqual(choice("--yes"), { project: "super-team", stack: "dev", others: ["--yes"] });
    assert.deepEqual(choice("test", "--yes"), { project: "super-team", stack: "test", others: ["--yes"] });
  });

  test("is a stack of the project whose folder is named first", () => {
    assert.deepEqual(choice(folder, "prod", "--yes"), { project: "shop", stack: "prod", others: ["--yes"] });
  });

  test("is never a stack that nobody named and the project does not have", () => {
    assert.throws(
      () => choose([folder]),
      (error) =>
        error instanceof NeedsAttention && /has no stack dev; it has local, prod$/.test(error.message),
    );
  });

  test("is no folder without a Pulumi.yaml", () => {
    assert.throws(() => choose(["systems/nowhere", "dev"]), /systems\/nowhere is no project/);
  });

  test("is told as a person would call it", () => {
    const { project } = choose(["dev"]);
    assert.equal(commandFor("up", project, "dev"), "npm run up");
    assert.equal(commandFor("up", project, "test"), "npm run up -- test");
    const system = { ...project, folder: "systems/hercules" };
    assert.equal(commandFor("up", system, "dev"), "npm run up -- systems/hercules dev");
  });
});
