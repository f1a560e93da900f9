import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, relative } from "node:path";
import { after, before, describe, test } from "node:test";
import { environment, lines, runCommand, type Finished } from "../fixture/command.ts";
import { docker } from "../fixture/docker.ts";
import { assertReadable, mistakesIn } from "../fixture/output.ts";
import { OwnEngine, whyNoOwnEngine } from "../fixture/own-engine.ts";
import { directory, TestStack } from "../fixture/stack.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "commands-"));
});
after(() => rm(folder, { recursive: true }));

/** Runs `pulumi-compose <args>` in the checkout's root, or elsewhere. */
function command(args: readonly string[], env: Readonly<Record<string, string>> = {}, cwd = directory) {
  return runCommand("pulumi-compose", args, { cwd, env });
}

/** A PATH whose `docker` does something else first. @returns Its value. */
async function pathWithDocker(first: string): Promise<string> {
  const bin = await mkdtemp(join(folder, "bin-"));
  const real = execFileSync("which", ["docker"], { encoding: "utf8" }).trim();
  await writeFile(join(bin, "docker"), `#!/bin/sh\n${first}\nexec ${real} "$@"\n`);
  await chmod(join(bin, "docker"), 0o755);
  return [bin, environment().PATH].join(delimiter);
}

/** A command that refuses to work says so in a sentence or two, and shows no stack trace. */
function refuses({ code, output }: Finished, ...texts: readonly RegExp[]): void {
  assert.equal(code, 1, output);
  for (const text of texts) assert.match(output, text);
  assert.ok(output.trim().split("\n").length <= 2, output);
  assertReadable(output);
}

describe("pulumi-compose refuses", () => {
  for (const { title, args, text } of [
    { title: "an unknown option", args: ["up", "--yse"], text: /unknown option '--yse'\n.*--yes/ },
    { title: "an unknown command", args: ["stauts"], text: /unknown command 'stauts'\n.*status/ },
    { title: "an argument too many", args: ["status", "dev"], text: /too many arguments for 'status'/ },
    {
      title: "an up that nobody could answer",
      args: ["up"],
      text: /no terminal.*\n.*npx pulumi-compose up --yes/,
    },
    {
      title: "a destroy that nobody could answer",
      args: ["destroy"],
      text: /no terminal.*\n.*destroy --yes/,
    },
    { title: "a folder that is not there", args: ["status", "--cwd", "nowhere"], text: /no folder nowhere/ },
  ]) {
    test(title, async () => {
      refuses(await command(args), text);
    });
  }

  test("a mistyped stack, with the nearest name, and makes no file for it", async () => {
    for (const name of ["status", "preview"]) {
      refuses(await command([name, "--stack", "tset"]), /no stack tset.*\n.*Did you mean test\?/);
    }
    assert.ok(!(await readdir(directory)).includes("Pulumi.tset.yaml"));
  });

  test("a folder without a Pulumi.yaml, with the command that makes one", async () => {
    refuses(await command(["up", "--yes"], {}, folder), /no Pulumi\.yaml in .*\n.*npx pulumi-compose init/);
  });

  test("an up without an engine", async () => {
    const nowhere = { DOCKER_HOST: "unix:///nonexistent.sock" };
    refuses(await command(["up", "--yes"], nowhere), /no Docker Engine answers at unix:\/\/\/nonexistent/);
  });

  test("an up without Docker Compose", async () => {
    const PATH = await pathWithDocker('[ "$1" != compose ] || exit 1');
    refuses(await command(["up", "--yes"], { PATH }), /Docker Compose is not installed\n.*docs\.docker\.com/);
  });

  test("an up on an engine that is too old", async () => {
    const PATH = await pathWithDocker('[ "$1" != version ] || { echo 24.0.9; exit; }');
    const text = /Docker Engine 24\.0\.9 is too old: 25\.0 or newer is needed\n.*Upgrade Docker Engine/;
    refuses(await command(["up", "--yes"], { PATH }), text);
  });

  test("a Node.js that is too old", async (t) => {
    const node = await oldNode();
    if (node === undefined) {
      t.skip("this machine has no old Node.js");
      return;
    }
    const launcher = join(directory, "components", "bin", "pulumi-compose.mjs");
    const { code, output } = await runCommand(node, [launcher, "up"], { cwd: directory });
    assert.equal(code, 1, output);
    assert.match(output, /^pulumi-compose needs Node\.js 22\.18 or newer; this is Node\.js .*\.\n$/);
  });
});

describe("pulumi-compose tells a program as JSON what keeps it from its answer:", () => {
  for (const words of [["up", "--yes"], ["preview"], ["status"], ["config"], ["connectivity"]]) {
    test(words.join(" "), async () => {
      const line = ["pulumi-compose", ...words, "--json", "--stack", "tset", "2>/dev/null"].join(" ");
      const { code, output } = await runCommand("sh", ["-c", line], { cwd: directory });
      assert.equal(code, 1);
      const { failures, ...others } = JSON.parse(output) as { failures: { message: string }[] };
      assert.match(failures[0]?.message ?? "", /no stack tset.*\n→ Did you mean test\?/);
      const report = { stack: null, outcome: "failed", services: [] };
      assert.deepEqual(others, words[0] === "up" ? report : {});
    });
  }
});

test("a stack with a file is previewed at once in a fresh clone, and a secret that is missing is named", async () => {
  const place = join(folder, "clone", "systems", "contravento");
  await mkdir(place, { recursive: true });
  const files = execFileSync("git", ["ls-files", "systems/contravento"], {
    cwd: directory,
    encoding: "utf8",
  });
  for (const file of lines(files)) await cp(join(directory, file), join(folder, "clone", file));
  await symlink(join(directory, "node_modules"), join(folder, "clone", "node_modules"));
  const preview = ["preview", "--stack", "staging"];
  const machine = { DOCKER_HOST: "unix:///nonexistent.sock", PULUMI_CONFIG_PASSPHRASE: "correct horse" };
  const refused = await command(preview, machine, place);
  assert.equal(refused.code, 1, refused.output);
  assertReadable(refused.output);
  assert.deepEqual(
    mistakesIn(refused.output).map(({ place: at, message }) => `${at}: ${message}`),
    ["Pulumi.staging.yaml: postgresPassword: is needed by backend, postgres and set nowhere"],
  );
  assert.match(refused.output, /config set --secret postgresPassword --stack staging/);
  const shown = await command(preview, { ...machine, POSTGRES_PASSWORD: "a password" }, place);
  assert.equal(shown.code, 0, shown.output);
  assert.match(shown.output, /backend/);

  // Whoever looks first chooses nobody's passphrase.
  const file = join("systems", "contravento", "Pulumi.staging.yaml");
  const text = () => readFile(join(folder, "clone", file), "utf8");
  const asInGit = await readFile(join(directory, file), "utf8");
  assert.equal(await text(), asInGit);
  const { DOCKER_HOST } = machine;
  assert.equal((await command(preview, { DOCKER_HOST }, place)).code, 1);
  assert.equal(await text(), asInGit);
  const set = ["pulumi", "config", "set", "--secret", "postgresPassword", "a password", "--stack", "staging"];
  const told = await command(set, machine, place);
  assert.equal(told.code, 0, told.output);
  assert.equal((await command(preview, machine, place)).code, 0);
});

describe("pulumi-compose on a stack with a passphrase of its own", () => {
  const given: Record<string, string> = { PULUMI_CONFIG_PASSPHRASE: "correct horse" };
  let stack: TestStack;
  before(async () => {
    stack = await TestStack.create({ folder: "test/stack/restart", engine: false, environment: given });
  });
  after(() => stack.down());

  test("works with the passphrase, from the environment or from a file", async () => {
    const file = join(folder, "passphrase");
    await writeFile(file, "correct horse\n");
    const fromFile = (path: string) => [
      ...["-u", "PULUMI_CONFIG_PASSPHRASE"],
      `PULUMI_CONFIG_PASSPHRASE_FILE=${path}`,
    ];
    // A relative path counts from the terminal's folder, whatever the program's folder is.
    for (const args of [[], fromFile(file), fromFile(relative(directory, file))]) {
      const { code, output } = await previewWith(args);
      assert.equal(code, 0, output);
    }
  });

  test("refuses a wrong one and a missing one, by the name of the stack, before Pulumi starts", async () => {
    refuses(
      await previewWith(["PULUMI_CONFIG_PASSPHRASE=wrong"]),
      new RegExp(`PULUMI_CONFIG_PASSPHRASE is not the passphrase of the stack ${stack.name}\n.*export`),
    );
    refuses(
      await previewWith(["-u", "PULUMI_CONFIG_PASSPHRASE"]),
      new RegExp(`the stack ${stack.name} has a passphrase, and it is not set\n.*export`),
    );
  });

  function previewWith(env: readonly string[]): Promise<Finished> {
    const args = [...env, "pulumi-compose", "preview", ...stack.options];
    const DOCKER_HOST = "unix:///nonexistent.sock";
    return runCommand("env", args, { cwd: directory, env: { ...given, DOCKER_HOST } });
  }
});

describe("pulumi-compose doctor", () => {
  test("shows what is there", async () => {
    const { code, output } = await command(["doctor"]);
    assert.equal(code, 0, output);
    for (const row of [
      "Node.js",
      "Docker Engine",
      "Docker Compose",
      "Pulumi",
      "Docker provider",
      "passphrase",
    ]) {
      assert.match(output, new RegExp(`^✓ +${row} `, "m"));
    }
  });

  test("shows what is missing, and how to get it", async () => {
    const nothing = { DOCKER_HOST: "unix:///nonexistent.sock", PULUMI_HOME: folder };
    const { code, output } = await command(["doctor"], nothing, folder);
    assert.equal(code, 1, output);
    for (const row of ["Docker Engine", "Pulumi", "Docker provider", "program"]) {
      assert.match(output, new RegExp(`^✗ +${row} `, "m"));
    }
    for (const text of [/npx pulumi version/, /plugin install resource docker/, /npx pulumi-compose init/]) {
      assert.match(output, text);
    }
    assertReadable(output);
  });
});

describe("pulumi-compose on a Docker context", { skip: whyNoOwnEngine() ?? false }, () => {
  let engine: OwnEngine;
  let stack: TestStack;
  before(async () => {
    engine = await OwnEngine.start(["postgres:16-alpine", "redis:7-alpine", "debian:bookworm-slim"]);
    const config = await contextFor(engine.host);
    stack = await TestStack.create({
      folder: "test/stack/restart",
      environment: { DOCKER_CONFIG: config },
      settings: { keepVolumes: "true" },
    });
  });
  after(async () => {
    try {
      await stack.down();
    } finally {
      await engine.stop();
    }
  });

  test("has a plain pulumi refused, whose provider would work on another engine", async () => {
    const { code, output } = await stack.pulumi("preview");
    assert.notEqual(code, 0, output);
    assert.match(output, new RegExp(`works on ${engine.host} \\(Docker context elsewhere\\)`));
    assert.match(output, /provider would work on unix:\/\/\/var\/run\/docker\.sock \(Docker's default\)/);
    assert.match(output, new RegExp(`npx pulumi-compose up ${stack.options.join(" ")}`));
    assertReadable(output);
  });

  test("makes a state for a stack that has a file, and brings it up on the context's engine", async () => {
    const removed = await stack.pulumi("stack", "rm", "--yes", "--preserve-config");
    assert.equal(removed.code, 0, removed.output);
    const { code, output } = await stack.command("up", "--yes");
    assert.equal(code, 0, output);
    assert.match(output, /^TIER +SERVICE +CONTAINER +STATE +HEALTH +SINCE +PORTS +URL +REVISION$/m);
    assert.match(output, new RegExp(`^\\S+ +redis +${stack.project}-redis-1 +running +healthy`, "m"));
    const list = ["ps", "--quiet", `--filter=name=${stack.project}`];
    assert.equal(await docker(...list), "");
    assert.notEqual(await docker("--host", engine.host, ...list), "");
  });

  test("takes it down, and says which volumes are kept and how to remove them", async () => {
    const { code, output } = await stack.command("destroy", "--yes");
    assert.equal(code, 0, output);
    const volume = `${stack.project}_pgdata`;
    assert.match(output, new RegExp(`^Kept, with their data: .*${volume}`, "m"));
    assert.match(output, new RegExp(`docker volume rm .*${volume}`));
  });
});

/** A folder of Docker's settings in which a context is chosen. */
async function contextFor(host: string): Promise<string> {
  const config = await mkdtemp(join(folder, "docker-"));
  await writeFile(join(config, "config.json"), JSON.stringify({ currentContext: "elsewhere" }));
  const meta = join(config, "contexts", "meta", createHash("sha256").update("elsewhere").digest("hex"));
  await mkdir(meta, { recursive: true });
  const content = {
    Name: "elsewhere",
    Metadata: {},
    Endpoints: { docker: { Host: host, SkipTLSVerify: false } },
  };
  await writeFile(join(meta, "meta.json"), JSON.stringify(content));
  return config;
}

/** A Node.js on PATH that is older than 22.18. */
async function oldNode(): Promise<string | undefined> {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((path) => !path.includes("node_modules"));
  for (const path of folders) {
    const node = join(path, "node");
    const { output } = await runCommand(node, ["--version"], { cwd: directory }).catch(() => ({
      output: "",
    }));
    const [, major = "99", minor = "0"] = /^v(\d+)\.(\d+)/.exec(output) ?? [];
    if (Number(major) < 22 || (Number(major) === 22 && Number(minor) < 18)) return node;
  }
  return undefined;
}
