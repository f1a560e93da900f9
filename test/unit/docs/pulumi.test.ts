import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { readConfig } from "../../../components/config.ts";
import { settings } from "../../../systems/super-agent-team/settings.ts";
import { pages, type Block } from "../../fixture/markdown.ts";

/*
 * Pulumi's own reader of YAML refuses some of what npm's readers take. So Pulumi itself reads its files in the pages.
 */

/** Blocks that show a file of such a name. */
function shown(name: RegExp): (readonly [where: string, block: Block])[] {
  return pages()
    .flatMap(({ blocks }) => blocks)
    .filter(({ file = "" }) => name.test(file))
    .map((block) => [`${block.page}:${block.line}`, block]);
}

/** What commands of Pulumi print in a folder with these files, a state of its own, and nothing else. */
async function askPulumi(
  files: Readonly<Record<string, string>>,
  ...commands: readonly (readonly string[])[]
): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "pulumi-compose-page-"));
  const env = {
    ...process.env,
    PULUMI_BACKEND_URL: `file://${folder}?metadata=skip`,
    PULUMI_CONFIG_PASSPHRASE: "",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  const answers: string[] = [];
  try {
    for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text);
    for (const args of commands) {
      const { stdout } = await promisify(execFile)("pulumi", [...args, "--non-interactive"], {
        cwd: folder,
        env,
      });
      answers.push(stdout);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  return answers;
}

/** The mistakes that a program would find in a stack's config, as `pulumi config --json` prints it. */
function mistakesIn(config: string, program: string, stack: string) {
  const values = JSON.parse(config) as Readonly<Record<string, { readonly value: string }>>;
  pulumi.runtime.setMocks({ newResource: () => ({ id: "", state: {} }), call: () => ({}) }, program, stack);
  pulumi.runtime.setAllConfig(
    Object.fromEntries(Object.entries(values).map(([key, { value }]) => [key, value])),
  );
  return readConfig(program === "super-team" ? { settings } : {}).mistakes;
}

describe("a stack's file is read by Pulumi, and has no mistake:", () => {
  for (const [where, { file = "", code }] of shown(/^Pulumi\..+\.yaml$/)) {
    test(where, async () => {
      const stack = file.replace(/^Pulumi\./, "").replace(/\.yaml$/, "");
      const program = /^ {2}"?([\w-]+):/m.exec(code)?.[1] ?? "";
      const files = { "Pulumi.yaml": `name: ${program}\nruntime: nodejs\n`, [file]: code };
      const [, config = ""] = await askPulumi(
        files,
        ["stack", "init", stack],
        ["config", "--json", "--stack", stack],
      );
      assert.notDeepEqual(JSON.parse(config), {});
      // A secret is set by a command beside the file.
      const mistakes = mistakesIn(config, program, stack).filter(({ name }) => name !== "missing-secret");
      assert.deepEqual(mistakes, []);
    });
  }
});

describe("a program's file is read by Pulumi:", () => {
  for (const [where, { code }] of shown(/^Pulumi\.yaml$/)) {
    test(where, async () => {
      const [stacks = ""] = await askPulumi({ "Pulumi.yaml": code }, ["stack", "ls", "--json"]);
      assert.deepEqual(JSON.parse(stacks), []);
    });
  }
});
