// @ts-check
// Which part of the repository may import which. The rule knows a file by its place and an import by what it names.
import { builtinModules } from "node:module";
import { dirname, join, relative, sep } from "node:path";

const root = import.meta.dirname;

/**
 * The library's folders, in the order of the data's way from a Compose file to a command. A folder imports from the
 * folders before it; folders of one step do not know each other. `.` is the library's own folder.
 */
const steps = [
  ["findings"],
  ["compose-spec"],
  ["model"],
  ["checks", "guesses"],
  ["plan"],
  ["changes"],
  ["reader", "engine", "local"],
  ["provider"],
  ["resources", "plugin"],
  ["."],
  ["rehearsal"],
  ["cli"],
];

/** Folders that think and do nothing: what they import from elsewhere does nothing either. */
const pure = ["findings", "compose-spec", "model", "checks", "guesses", "plan", "changes"];
const purePackages = ["zod", "leven", "node:path", "node:crypto", "node:zlib"];

/** A program uses the library as anybody's program does. */
const publicNames = ["pulumi-compose", "pulumi-compose/preload"];

/**
 * Why a file must not import something.
 *
 * @param {string} file from the repository's root
 * @param {string} source as the import names it
 * @returns {string | undefined}
 */
function refusal(file, source) {
  const target = source.startsWith(".") ? join(dirname(file), source).replaceAll(sep, "/") : undefined;
  if (file.startsWith("components/")) return refusalInLibrary(file, source, target);
  if (/^(systems|examples)\//.test(file) || file === "index.ts") return refusalInProgram(source, target);
  if (file.startsWith("scripts/") && file.endsWith(".mjs") && source.endsWith(".ts")) {
    return "Set-up runs on a Node.js that has no TypeScript: import a .mjs file.";
  }
  return undefined;
}

/**
 * @param {string} file
 * @param {string} source
 * @param {string | undefined} target
 */
function refusalInLibrary(file, source, target) {
  const folder = folderOf(file);
  if (target === undefined) {
    const name = builtinModules.includes(source) ? `node:${source}` : source;
    if (!pure.includes(folder) || purePackages.includes(name)) return undefined;
    return `${folder}/ only thinks: it imports ${purePackages.join(", ")}, and no ${source}.`;
  }
  if (!target.startsWith("components/")) return "The library imports nothing outside its own folder.";
  const other = folderOf(target);
  if (other === folder || stepOf(other) < stepOf(folder)) return undefined;
  return `${folder}/ comes before ${other}/, or beside it, and must not import from it.`;
}

/**
 * @param {string} source
 * @param {string | undefined} target
 */
function refusalInProgram(source, target) {
  const named = source.split("/")[0] === "pulumi-compose" && !publicNames.includes(source);
  if (!named && target?.startsWith("components/") !== true) return undefined;
  return `A program imports the library by its public name: ${publicNames.join(" or ")}.`;
}

/** @param {string} path of a file in `components/` */
function folderOf(path) {
  const parts = path.split("/");
  return parts.length > 2 ? (parts[1] ?? "") : ".";
}

/**
 * A folder that no step names comes after all others, so that nothing can import from it before it has a place.
 *
 * @param {string} folder
 */
function stepOf(folder) {
  const index = steps.findIndex((step) => step.includes(folder));
  return index < 0 ? steps.length : index;
}

/** @type {import("eslint").Rule.RuleModule} */
const imports = {
  meta: { type: "problem", schema: [] },
  create(context) {
    const file = relative(root, context.filename).replaceAll(sep, "/");
    /** @param {{ source?: unknown }} node */
    const check = ({ source }) => {
      const literal = /** @type {(import("eslint").Rule.Node & { value?: unknown }) | null | undefined} */ (
        source
      );
      if (typeof literal?.value !== "string") return;
      const message = refusal(file, literal.value);
      if (message !== undefined) context.report({ node: literal, message });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      TSImportType: check,
    };
  },
};

/** @type {import("eslint").Linter.Config[]} */
export default [
  { plugins: { boundaries: { rules: { imports } } }, rules: { "boundaries/imports": "error" } },
  {
    files: pure.map((folder) => `components/${folder}/**`),
    rules: {
      "no-restricted-globals": ["error", "process", "console", "fetch", "setTimeout", "setInterval"],
    },
  },
];
