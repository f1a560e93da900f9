import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { commandLine } from "../../../components/cli/command-line.ts";
import { commands, pages } from "../../fixture/markdown.ts";

const repository = join(import.meta.dirname, "..", "..", "..");

const { scripts } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** The words of one simple command, without its variables in front and without quotes. */
function wordsOf(command: string): string[] {
  const words = [...command.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) =>
    word.replaceAll(/["']/g, ""),
  );
  return words.slice(words.findIndex((word) => !/^\w+=/.test(word)));
}

/** The simple commands of a line: what stands between `&&`, `|` and `;`, outside of quotes. */
function simpleCommands(line: string): string[] {
  return [...line.matchAll(/(?:[^"'&|;]|"[^"]*"|'[^']*')+/g)].map(([command]) => command.trim());
}

/** The value of an option, however it is written. */
function option(words: readonly string[], name: string): string | undefined {
  const index = words.indexOf(name);
  return index < 0
    ? words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1)
    : words[index + 1];
}

/** A folder of the repository is a program, and the stack has a file there. `init` is about to make one. */
function isStack(folder: string, stack: string | undefined): void {
  assert.ok(existsSync(join(repository, folder, "Pulumi.yaml")), `${folder} has no Pulumi.yaml`);
  if (stack === undefined) return;
  assert.ok(existsSync(join(repository, folder, `Pulumi.${stack}.yaml`)), `${folder} has no stack ${stack}`);
}

/** Takes the arguments apart as the command itself does, and does nothing. */
async function parsePulumiCompose(words: readonly string[]): Promise<void> {
  // The command's name alone stands for all of its commands.
  if (words.length === 0) return;
  const silence = (command: Awaited<ReturnType<typeof commandLine>>) => {
    command.action(() => undefined).exitOverride();
    command.configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
    for (const inner of command.commands) silence(inner);
  };
  const program = await commandLine(words[0]);
  silence(program);
  program.parse([...words], { from: "user" });
  if (words[0] === "pulumi") parsePulumi(words.slice(1));
}

/** What Pulumi says of its commands, each asked for once. */
const helps = new Map<string, string>();

function parsePulumi(words: readonly string[]): void {
  const [command = "", inner = ""] = words;
  const name =
    ["stack", "config"].includes(command) && !inner.startsWith("-") ? `${command} ${inner}` : command;
  const help =
    helps.get(name) ?? execFileSync("pulumi", [...name.split(" "), "--help"], { encoding: "utf8" });
  helps.set(name, help);
  const [, aliases = ""] = /^Aliases:\n(.+)$/m.exec(help) ?? [];
  const isThere =
    new RegExp(`^Usage:\n +pulumi ${name}\\b`, "m").test(help) || aliases.split(/\W+/).includes(inner);
  assert.ok(isThere, `pulumi has no command ${name}`);
  for (const [flag = ""] of words.filter((word) => word.startsWith("--")).map((word) => word.split("=")))
    assert.ok(help.includes(` ${flag}`), `pulumi ${name} has no ${flag}`);
}

async function parseNpm([command = "", ...words]: readonly string[]): Promise<void> {
  if (["ci", "install", "test"].includes(command)) return;
  if (command === "pack" || command === "publish") {
    assert.ok(existsSync(join(repository, "node_modules", option(words, "-w") ?? "?", "package.json")));
    return;
  }
  assert.equal(command, "run");
  const [script = "", ...args] = words;
  assert.ok(Object.hasOwn(scripts, script), `package.json has no script ${script}`);
  const given = args.filter((word) => word !== "--");
  if (script === "pulumi") parsePulumi(given);
  else if (/(?:^|&& )pulumi-compose |\/up\.mjs/.test(scripts[script] ?? ""))
    await parseNpx(["pulumi-compose", script, ...given]);
}

async function parseNpx([bin = "", ...words]: readonly string[]): Promise<void> {
  if (bin === "pulumi") parsePulumi(words);
  else if (bin === "pulumi-compose") await parsePulumiCompose(words);
  else assert.fail(`npx ${bin} is not known to this test`);
  const folder = option(words, "--cwd");
  if (folder !== undefined) isStack(folder, option(words, "--stack"));
}

/** What the pages use of this machine, as any shell would find it. */
const others = ["cd", "cp", "curl", "docker", "export", "pip", "pytest", "set", "sha256sum", "source", "ssh"];

async function parseCommand(command: string): Promise<void> {
  const [program = "", ...words] = wordsOf(command);
  if (program === "npm") await parseNpm(words);
  else if (program === "npx") await parseNpx(words);
  else if (program === "node") {
    const file = words.find((word) => /\.m?[jt]s$/.test(word)) ?? "";
    assert.ok(existsSync(join(repository, file)), `there is no ${file}`);
  } else assert.ok(others.includes(program), `${program} is not known to this test`);
}

describe("commands are there, and take their arguments:", () => {
  const blocks = pages().flatMap((page) => page.blocks.filter(({ language }) => language === "sh"));
  for (const block of blocks) {
    test(`${block.page}:${block.line}`, async () => {
      const { status, stderr } = spawnSync("bash", ["-n"], { input: block.code, encoding: "utf8" });
      assert.equal(status, 0, stderr);
      for (const command of commands(block).flatMap(simpleCommands)) await parseCommand(command);
    });
  }
});

describe("commands in the text are there, and take their arguments:", () => {
  for (const { path, prose } of pages()) {
    const spans = prose.flatMap((line, index) =>
      [...line.matchAll(/`((?:npm run|npx) [^`…<]+)`/g)].map(([, code = ""]) => ({ code, line: index + 1 })),
    );
    for (const { code, line } of spans) {
      test(`${path}:${line} ${code}`, async () => {
        for (const command of simpleCommands(code)) await parseCommand(command);
      });
    }
  }
});
