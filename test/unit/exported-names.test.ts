import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import ts from "typescript";

const root = join(import.meta.dirname, "..", "..");

/** The functions that a file exports where it declares them. */
function functionsIn(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.Latest);
  return source.statements.flatMap((statement) => {
    const isExported =
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
    if (!isExported) return [];
    if (ts.isFunctionDeclaration(statement)) return statement.name === undefined ? [] : [statement.name.text];
    if (!ts.isVariableStatement(statement)) return [];
    return statement.declarationList.declarations.flatMap(({ name, initializer }) =>
      ts.isIdentifier(name) && initializer !== undefined && ts.isArrowFunction(initializer)
        ? [name.text]
        : [],
    );
  });
}

test("no two exported functions have one name", () => {
  const files = globSync("{components,scripts}/**/*.{ts,mjs}", {
    cwd: root,
    exclude: ["**/node_modules", "components/dist"],
  });
  const places = new Map<string, string[]>();
  for (const file of files) {
    for (const name of functionsIn(file)) places.set(name, [...(places.get(name) ?? []), file]);
  }
  assert.ok(places.size > 100, "the scan found the exported functions");
  const twice = [...places].filter(([, files]) => files.length > 1);
  assert.deepEqual(Object.fromEntries(twice), {});
});
