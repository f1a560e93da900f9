import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { join } from "node:path";
import { ESLint } from "eslint";

const root = join(import.meta.dirname, "..", "..");

/** The rules alone that keep the parts of the repository apart, as `npm run lint` applies them. */
const eslint = new ESLint({
  cwd: root,
  // No rule of these asks for types.
  overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
  ruleFilter: ({ ruleId }) => ruleId.startsWith("boundaries/") || ruleId === "no-restricted-globals",
});

/** Lints a text in the place of a file that there is. */
async function said(file: string, text: string): Promise<string[]> {
  const [result] = await eslint.lintText(text, { filePath: join(root, file) });
  return result?.messages.map(({ message }) => message) ?? [];
}

describe("lint refuses", () => {
  const program =
    "A program imports the library by its public name: pulumi-compose or pulumi-compose/preload.";
  const outside = "The library imports nothing outside its own folder.";
  const thinks = (folder: string, source: string) =>
    `${folder}/ only thinks: it imports zod, leven, node:path, node:crypto, node:zlib, and no ${source}.`;
  for (const [file, text, ...messages] of [
    ["components/project.ts", 'import "../scripts/paths.mjs";', outside],
    ["components/plan/plan.ts", 'import "../../systems/super-agent-team/settings.ts";', outside],
    ["components/plan/plan.ts", 'export * from "@pulumi/pulumi";', thinks("plan", "@pulumi/pulumi")],
    ["components/model/model.ts", 'import "node:fs";', thinks("model", "node:fs")],
    ["components/checks/index.ts", 'await import("child_process");', thinks("checks", "child_process")],
    ["components/checks/index.ts", "process.exit();", "Unexpected use of 'process'."],
    [
      "components/compose-spec/service.ts",
      'import type { Model } from "../model/model.ts";',
      "compose-spec/ comes before model/, or beside it, and must not import from it.",
    ],
    [
      "components/plan/plan.ts",
      'let facts: import("../engine/facts.ts").Facts;',
      "plan/ comes before engine/, or beside it, and must not import from it.",
    ],
    [
      "components/engine/facts.ts",
      'import "../local/start-times.ts";',
      "engine/ comes before local/, or beside it, and must not import from it.",
    ],
    [
      "components/project.ts",
      'import "./cli/main.ts";',
      "./ comes before cli/, or beside it, and must not import from it.",
    ],
    ["systems/hercules/index.ts", 'import "../../components/index.ts";', program],
    ["systems/hercules/index.ts", 'import "pulumi-compose/plan/plan.ts";', program],
    ["index.ts", 'import "./components/index.ts";', program],
    [
      "scripts/setup.mjs",
      'import "./docs.ts";',
      "Set-up runs on a Node.js that has no TypeScript: import a .mjs file.",
    ],
  ] as const) {
    test(`${text} in ${file}`, async () => {
      assert.deepEqual(await said(file, text), messages);
    });
  }
});

describe("lint takes", () => {
  for (const [file, text] of [
    [
      "components/plan/plan.ts",
      'import "node:crypto"; import "zod"; import "../model/model.ts"; import "./gate.ts";',
    ],
    ["components/provider/process.ts", 'import "@pulumi/pulumi"; import "../engine/images.ts";'],
    ["components/cli/main.ts", 'import "node:fs"; import "../plan/plan.ts";'],
    ["systems/hercules/index.ts", 'import "pulumi-compose"; import "pulumi-compose/preload"; import "zod";'],
    ["scripts/docs.ts", 'import "../components/findings/names.ts";'],
  ] as const) {
    test(`${text} in ${file}`, async () => {
      assert.deepEqual(await said(file, text), []);
    });
  }
});
