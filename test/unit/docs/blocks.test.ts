import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, test } from "node:test";
import ts from "typescript";
import { load } from "js-yaml";
import { pages, type Block } from "../../fixture/markdown.ts";

const repository = join(import.meta.dirname, "..", "..", "..");
const blocks = pages().flatMap((page) => page.blocks);

/** The blocks that are read in one way, each with where it stands for a title. */
function blocksIn(...languages: readonly string[]): (readonly [where: string, block: Block])[] {
  return blocks
    .filter(({ language }) => languages.includes(language))
    .map((block) => [`${block.page}:${block.line}`, block]);
}

/** What a program printed to say what is wrong; nothing when it ended well. */
function complaintOf(program: string, args: readonly string[], input: string, env = process.env): string {
  const { status, stderr, error } = spawnSync(program, args, { input, env, encoding: "utf8" });
  if (error !== undefined) return error.message;
  return status === 0 ? "" : stderr || `exit code ${status ?? "?"}`;
}

test("a code block says what it is written in, and output is text", () => {
  const known = ["json", "mermaid", "python", "sh", "text", "ts", "yaml"];
  const others = blocks.filter(({ language }) => !known.includes(language));
  assert.deepEqual(
    others.map(({ page, line, language }) => `${page}:${line} ${language}`),
    [],
  );
});

describe("YAML is read:", () => {
  for (const [where, { code, file = "" }] of blocksIn("yaml")) {
    test(where, () => {
      const content: unknown = load(code);
      assert.ok(typeof content === "object" && content !== null, "it is no mapping");
    });
    if (!/compose[\w.-]*\.ya?ml$/.test(file)) continue;
    test(`${where}, by Compose`, () => {
      const args = ["compose", "--project-name", "shop", "--file", "-", "config", "--quiet"];
      assert.equal(complaintOf("docker", args, code, { ...process.env, DB_PASSWORD: "secret" }), "");
    });
  }
});

describe("JSON is read:", () => {
  for (const [where, { code }] of blocksIn("json")) test(where, () => void JSON.parse(code));
});

const hasPython = spawnSync("python3", ["--version"]).status === 0;

describe("Python is read:", { skip: hasPython ? false : "python3 is not installed" }, () => {
  const parse = "import ast, sys; ast.parse(sys.stdin.read())";
  for (const [where, { code }] of blocksIn("python")) {
    test(where, () => {
      assert.equal(complaintOf("python3", ["-c", parse], code), "");
    });
  }
});

describe("a picture begins with its kind, and what it opens is closed:", () => {
  const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;
  for (const [where, { code }] of blocksIn("mermaid")) {
    test(where, () => {
      assert.match(code, /^(?:flowchart (?:LR|TB|TD)|sequenceDiagram)\n/);
      assert.equal(count(code, /^\s*subgraph /gm), count(code, /^\s*end$/gm));
      const unquoted = code.replaceAll(/"[^"\n]*"/g, "");
      assert.doesNotMatch(unquoted, /"/);
      for (const [open, close] of [
        [/\[/g, /\]/g],
        [/\(/g, /\)/g],
        [/\{/g, /\}/g],
      ] as const)
        assert.equal(count(unquoted, open), count(unquoted, close));
    });
  }
});

describe("TypeScript is type-checked:", () => {
  const examples = new Map(
    // In the repository's root, from which a reader would start.
    blocksIn("ts").map(([where, block]) => [
      join(repository, `.${where.replaceAll(/\W/g, "-")}.ts`),
      { where, block },
    ]),
  );
  const { options } = ts.getParsedCommandLineOfConfigFile(
    join(repository, "tsconfig.json"),
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
        throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n"));
      },
    },
  ) ?? { options: {} };
  const disk = ts.createCompilerHost(options);
  const codeOf = (path: string) => examples.get(path)?.block.code;
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (path) => examples.has(path) || disk.fileExists(path),
    readFile: (path) => codeOf(path) ?? disk.readFile(path),
    getSourceFile: (path, version, ...others) => {
      const code = codeOf(path);
      return code === undefined
        ? disk.getSourceFile(path, version, ...others)
        : ts.createSourceFile(path, code, version);
    },
  };
  const program = ts.createProgram([...examples.keys()], options, host);
  for (const [path, { where }] of examples) {
    test(where, () => {
      const source = program.getSourceFile(path);
      const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
      assert.deepEqual(
        found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n")),
        [],
      );
    });
  }
});
