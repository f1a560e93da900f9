import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Case } from "../cases/case.ts";
import { environment, lines } from "../fixture/command.ts";
import { docker } from "../fixture/docker.ts";
import { OwnEngine, whyNoOwnEngine } from "../fixture/own-engine.ts";
import { directory } from "../fixture/stack.ts";

/*
 * A preview that builds, pulls or makes something is worse than none (docker/compose#14029). The engine is this file's own,
 * so that all that happens there is the preview's.
 */

describe("a preview touches nothing", { skip: whyNoOwnEngine() ?? false }, () => {
  let engine: OwnEngine;
  let registry: ChildProcess;
  let project: Case;
  before(async () => {
    engine = await OwnEngine.start(["debian:bookworm-slim", "redis:7-alpine"]);
    // For everything that this file runs.
    process.env.DOCKER_HOST = engine.host;
    const program = join(directory, "test", "fixture", "serve-registry.ts");
    const images = ["debian:bookworm-slim", "redis:7-alpine"];
    const [nsenter = "", ...network] = engine.onNetwork;
    registry = spawn(nsenter, [...network, process.execPath, ...process.execArgv, program, ...images], {
      stdio: ["ignore", "pipe", "inherit"],
      env: environment(),
    });
    const [address] = (await once(registry.stdout ?? registry, "data")) as [Buffer];
    project = await Case.create("untouched", { environment: { REGISTRY: address.toString().trim() } });
  });
  after(async () => {
    try {
      await project.remove();
    } finally {
      registry.kill();
      await engine.stop();
    }
  });

  test("of a stack that was never up, and whose images the engine does not have", async () => {
    for (const output of await untouched([], ["--markdown"], ["--json"]))
      assert.match(output, /3 services added, no data touched/);
  });

  test("of another image that is built, another one that is pulled, and new parts", async () => {
    await project.stack.up();
    const { folder } = project;
    const file = join(folder, "compose.yaml");
    const text = await readFile(file, "utf8");
    await writeFile(
      file,
      text
        .replace("debian:bookworm-slim", "redis:7-alpine")
        .replace("networks: { inner", "networks: { more: {}, inner")
        .replace("volumes: { data", "volumes: { more: {}, data")
        .replace(
          "services:",
          'services:\n  fresh: { <<: *base, build: ./app, networks: [more], volumes: ["more:/more", "./fresh:/fresh"] }',
        ),
    );
    await writeFile(join(folder, "app", "Dockerfile"), "FROM debian:bookworm-slim\nLABEL revision=2\n");
    const [plain = ""] = await untouched([], ["--markdown"], ["--diff", "built"]);
    assert.match(plain, /built is replaced .*; its image is built/);
    assert.match(plain, /fresh is added; its image is built/);
    assert.match(plain, /pulled is replaced /);
    assert.match(plain, /network more is new/);
    // All that was announced is what the engine tells of.
    const before = await seen();
    const happened = await eventsDuring(() => project.stack.up());
    for (const event of [/^image pull /, /^network create /, /^volume create /, /^container create /])
      assert.ok(
        happened.some((line) => event.test(line)),
        `${String(event)} in ${happened.join("\n")}`,
      );
    assert.notDeepEqual(await seen(), before);
  });

  /** Runs previews with these options each. @returns What each printed. */
  async function untouched(...previews: readonly (readonly string[])[]): Promise<readonly string[]> {
    const before = await seen();
    const printed: string[] = [];
    const happened = await eventsDuring(async () => {
      for (const words of previews) {
        const { code, output } = await project.stack.command("preview", "--exit-code", ...words);
        assert.equal(code, 2, `${words.join(" ")}: ${output}`);
        printed.push(output);
      }
    });
    assert.deepEqual(happened, []);
    assert.deepEqual(await seen(), before);
    return printed;
  }

  /** All that a preview could touch: on the engine, in the project's folder, and in the stack's file and state. */
  async function seen(): Promise<object> {
    const { folder, stack } = project;
    const list = async (...args: readonly string[]) => lines(await docker(...args)).toSorted();
    const state = join(directory, ".state", ".pulumi");
    const ofStack = async (...path: readonly string[]) => {
      const files = await readdir(join(state, ...path)).catch(() => []);
      const own = files.filter((file) => file.startsWith(stack.name)).toSorted();
      return Promise.all(
        own.map(async (file) => [file, await readFile(join(state, ...path, file), "utf8").catch(() => "")]),
      );
    };
    return {
      images: await list(
        "image",
        "ls",
        "--all",
        "--no-trunc",
        "--format",
        "{{.ID}} {{.Repository}}:{{.Tag}}",
      ),
      containers: await list("ps", "--all", "--no-trunc", "--format", "{{.ID}} {{.Names}} {{.State}}"),
      networks: await list("network", "ls", "--no-trunc", "--format", "{{.ID}} {{.Name}}"),
      volumes: await list("volume", "ls", "--format", "{{.Name}}"),
      cache: await list("system", "df", "--format", "{{.Type}} {{.TotalCount}} {{.Size}}"),
      folder: (await readdir(folder, { recursive: true })).toSorted(),
      state: [await ofStack("stacks", "cases"), await ofStack("history", "cases"), await ofStack("locks")],
      config: await readFile(
        join(directory, "test", "cases", "program", `Pulumi.${stack.name}.yaml`),
        "utf8",
      ),
    };
  }
});

/** Runs something. @returns What the engine tells of meanwhile, a line each. */
async function eventsDuring(run: () => Promise<unknown>): Promise<readonly string[]> {
  const since = new Date().toISOString();
  await run();
  const until = new Date().toISOString();
  const format = "{{.Type}} {{.Action}} {{.Actor.ID}}";
  return lines(await docker("events", "--since", since, "--until", until, "--format", format));
}
