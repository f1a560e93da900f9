import { dump } from "js-yaml";

/** The names that `pulumi` itself keeps config under: a program of one of these could have no config of its own. */
const takenNames = ["pulumi", "docker"];

/**
 * What is wrong with a program's name.
 *
 * @returns `undefined` for a name that Compose and Pulumi both take.
 */
export function wrongName(name: string): string | undefined {
  if (!/^[a-z0-9][a-z0-9_-]*$/.test(name))
    return "a Compose project's name has small letters, digits, `-` and `_`, and begins with a letter or a digit";
  if (name.length > 100) return "Pulumi takes a name of at most 100 characters";
  if (takenNames.includes(name)) return `Pulumi keeps config of its own under \`${name}:\``;
  return undefined;
}

/** What is wrong with a stack's name, likewise. The name is a part of a Compose project's name. */
export function wrongStack(stack: string): string | undefined {
  if (!/^[a-z0-9][a-z0-9_-]*$/.test(stack))
    return "a stack's name is part of a Compose project's name: small letters, digits, `-` and `_`, with a letter or a digit first";
  if (stack.length > 40) return "a stack's name is part of every container's name: at most 40 characters";
  return undefined;
}

/** Texts that YAML readers take for something else, such as `on` or `1e3`, are quoted. */
function yaml(value: unknown, forceQuotes = false): string {
  return dump(value, { lineWidth: -1, noRefs: true, forceQuotes });
}

/** `Pulumi.yaml`. */
export function pulumiYaml({
  name,
  main,
  plugin,
}: {
  readonly name: string;
  readonly main: string;
  /** Path of the folder with the plugin. `undefined` leaves the plugin out. */
  readonly plugin?: string;
}): string {
  const plugins =
    plugin === undefined
      ? ""
      : `plugins:
  providers:
    # Makes the networks. The Docker provider would wait for 2 s at each.
    - name: pulumi-compose
      path: ${plugin}
`;
  // Pulumi's reader takes more for a number than others do: `12_3`.
  return `${yaml({ name, description: `The Compose project ${name}` }, /^\d/.test(name))}main: ${main}
runtime:
  name: nodejs
  options:
    # Node.js itself runs TypeScript.
    typescript: false
    # Loaded before the program: a program then starts in half the time, with half the memory.
    nodeargs: --require pulumi-compose/preload --max-semi-space-size=8
${plugins}backend:
  # State is kept in this folder, without a second file beside each one: a killed pulumi then leaves a readable state.
  url: file://./.state?metadata=skip
`;
}

/** The program: `index.ts`. */
export function programText({ files }: { readonly files: readonly string[] | undefined }): string {
  const args =
    files === undefined ? "" : `{ files: [${files.map((file) => JSON.stringify(file)).join(", ")}] }`;
  const read =
    files === undefined
      ? "// compose.yaml and its override, .env, and Pulumi.<stack>.yaml laid over them.\n"
      : "";
  return `import { composeProject } from "pulumi-compose";

${read}export const { services } = composeProject(${args});
`;
}

/** The file that editors check a stack's file against. */
const schemaFile = "node_modules/pulumi-compose/pulumi-stack.schema.json";

/** What Pulumi keeps in a stack's file by itself. */
export interface PulumiPart {
  readonly encryptionsalt?: string;
  readonly secretsprovider?: string;
  readonly encryptedkey?: string;
  /** Secrets by `<program>:<key>`. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/**
 * `Pulumi.<stack>.yaml`.
 *
 * @param config The stack's own keys, without the program's name before them.
 * @param kept What Pulumi has written: the salt of the passphrase, and secrets.
 */
export function stackText(
  { name, stack, example }: { readonly name: string; readonly stack: string; readonly example: string },
  config: Readonly<Record<string, unknown>>,
  kept: PulumiPart,
): string {
  const { config: secrets, ...rest } = kept;
  const own = Object.fromEntries(Object.entries(config).map(([key, value]) => [`${name}:${key}`, value]));
  const all = { ...own, ...secrets };
  const head = [
    `# yaml-language-server: $schema=${schemaFile}`,
    `# What the stack ${stack} has of its own: it is laid over the Compose files as an override file is. For example:`,
    `#   ${name}:services:`,
    `#     ${example}: { environment: { LOG_LEVEL: debug } }`,
  ];
  return `${head.join("\n")}\n${yaml({ ...(Object.keys(all).length === 0 ? {} : { config: all }), ...rest })}`;
}

/** Names of keys of a `package.json` that npm writes by itself when it installs into an empty folder. */
const writtenByNpm = ["dependencies", "devDependencies", "optionalDependencies", "private"];

/** What is to be done to a `package.json`. */
export interface PackageChange {
  readonly text: string;
  /** What was added, for people. */
  readonly added: readonly string[];
}

interface Manifest extends Readonly<Record<string, unknown>> {
  readonly type?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/**
 * What a program needs of `package.json`. One that an application has keeps its `type`; Node.js then finds out by itself
 * that the program is an ES module.
 *
 * @param text Of the file; `undefined` where there is none.
 * @param version Of this package, for a file that does not name it.
 * @returns `undefined` where nothing is missing.
 */
export function packageChange(text: string | undefined, version: string): PackageChange | undefined {
  const given = text === undefined ? {} : (JSON.parse(text) as Manifest);
  const isOurs = Object.keys(given).every((key) => writtenByNpm.includes(key));
  const added: string[] = [];
  let manifest: Manifest = given;
  if (isOurs) {
    manifest = { private: true, type: "module", engines: { node: ">=22.18" }, ...manifest };
    added.push('"type": "module"', '"engines"');
  }
  const { dependencies = {}, devDependencies = {} } = manifest;
  if (dependencies["pulumi-compose"] === undefined && devDependencies["pulumi-compose"] === undefined) {
    manifest = { ...manifest, dependencies: { ...dependencies, "pulumi-compose": version } };
    added.push(`the dependency pulumi-compose ${version}`);
  }
  if (added.length === 0) return undefined;
  const indent = /^([ \t]+)"/m.exec(text ?? "")?.[1] ?? "  ";
  return { text: `${JSON.stringify(manifest, null, indent)}\n`, added };
}

/** The program's file: `index.mts` in a package that says that its files are CommonJS. */
export function mainFile(packageText: string | undefined): string {
  const { type } = packageText === undefined ? {} : (JSON.parse(packageText) as Manifest);
  return type === "commonjs" ? "index.mts" : "index.ts";
}

/**
 * Lines that are missing from an ignore file.
 *
 * @param text Of the file; `undefined` where there is none.
 */
export function missingLines(text: string | undefined, wanted: readonly string[]): string[] {
  const bare = (line: string) => line.trim().replace(/^\//, "").replace(/\/$/, "");
  const present = new Set((text ?? "").split("\n").map(bare));
  return wanted.filter((line) => !present.has(bare(line)));
}

/** The file with further lines at its end. */
export function withLines(text: string | undefined, lines: readonly string[]): string {
  const before = text === undefined || text === "" || text.endsWith("\n") ? (text ?? "") : `${text}\n`;
  return `${before}${lines.join("\n")}\n`;
}
