import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { Command } from "commander";
import { projectName } from "../plan/project-name.ts";
import { initStackCommand } from "./init-stack.ts";
import { additionsTo, mayAdd, fileText, type Addition } from "./init/additions.ts";
import { chooseSecrets, type SecretOptions } from "./init/choose-secrets.ts";
import { proposedSecrets, readFolder, type Folder, type SecretVariable } from "./init/folder.ts";
import { listed } from "./init/listed.ts";
import { choosePassphrase, exportPassphrase } from "./init/new-passphrase.ts";
import { chooseProfiles, collected } from "./init/options.ts";
import { mainFile, programText, pulumiYaml, wrongName, wrongStack } from "./init/program-files.ts";
import { makeStack } from "./init/stack-file.ts";
import { terminalHere, type Terminal } from "./init/terminal.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { capture } from "./run.ts";

interface Options extends SecretOptions {
  readonly name?: string;
  readonly stack: string;
  readonly file: readonly string[];
  readonly profile: readonly string[];
  readonly main?: string;
}

/** Brings the Compose project of a folder under Pulumi. */
export function initCommand(): Command {
  return new Command("init")
    .summary("bring the Compose project of this folder under Pulumi")
    .description("Brings the Compose project of this folder under Pulumi.")
    .option("--name <name>", "name of the program (default: what Compose calls the project)")
    .option("--stack <name>", "name of the first stack (default: dev)")
    .option("-f, --file <file>", "a Compose file; once for each (default: what Compose finds)", collected)
    .option("--profile <profile>", "a Compose profile of the first stack; once for each", collected)
    .option("--secret <VARIABLE>", "a variable to keep as a secret; once for each", collected)
    .option("--no-secrets", "leave every value where Compose has it, in .env")
    .option("--main <file>", "name of the program's file (default: index.ts)")
    .option("-y, --yes", "take every proposal, ask nothing")
    .addHelpText(
      "after",
      `
Writes Pulumi.yaml, index.ts and Pulumi.<stack>.yaml. Adds what is missing to package.json, .gitignore and
.dockerignore. No file is overwritten. A file that is there is added to only after a question, or with --yes.

Secrets: the stack can keep a variable such as DB_PASSWORD in Pulumi.<stack>.yaml, encrypted with a passphrase that you
choose. No preview and no state then shows the value. init asks for the passphrase, or takes it from
PULUMI_CONFIG_PASSPHRASE. Every later command needs it there:
  export PULUMI_CONFIG_PASSPHRASE=…
With --no-secrets the values stay in .env alone, as Compose has them. They then stand in clear in previews and in the
state (.state/), and the passphrase is the empty one.
init leaves .env as it is, so docker compose goes on working in this folder.`,
    )
    .action(async (given: Partial<Options>, command: Command) => {
      const { cwd = "." } = command.optsWithGlobals<{ readonly cwd?: string }>();
      const options = { stack: "dev", file: [], profile: [], secret: [], secrets: true, ...given };
      await run(resolve(cwd), options, options.yes === true ? undefined : terminalHere());
    })
    .addCommand(initStackCommand());
}

async function run(directory: string, options: Options, terminal: Terminal | undefined): Promise<void> {
  const { stack, yes = false } = options;
  mustBePossible(directory, options);
  const folder = readFolder(directory, options.file);
  console.log(described(folder));
  const name = await chooseName(folder, options, terminal);
  const profiles = await chooseProfiles(folder, options.profile, stack, terminal);
  const main = await chooseMain(directory, options.main, terminal);
  const secrets = await chooseSecrets(folder, options, terminal);
  const additions = additionsTo(folder, main, secrets.length > 0 || proposedSecrets(folder).length > 0);
  await mayAdd(additions, yes, terminal);
  const isTyped = secrets.length > 0 && (await choosePassphrase(stack, terminal));

  await write(folder, { name, main, stack, profiles, secrets });
  for (const { file, text } of additions) writeFileSync(join(directory, file), text);
  console.log(`\n${written({ main, stack, secrets, additions })}`);
  for (const { variable, inClear } of secrets) {
    if (inClear.length === 0) continue;
    console.log(
      `\n${listed(inClear)} also gets ${variable} in clear, by env_file. To end that, write this under its environment:\n  ${variable}: \${${variable}}`,
    );
  }
  const isRunning = await runsUnderCompose(folder);
  const needsInstall = !existsSync(join(directory, "node_modules", "pulumi-compose"));
  const steps = nextSteps({ name, stack, directory, isTyped, isRunning, needsInstall });
  console.log(`\nNext:\n${steps.map((step) => `  ${step}`).join("\n")}`);
  if (secrets.length === 0)
    console.log('\nPlain pulumi commands also need: export PULUMI_CONFIG_PASSPHRASE=""');
}

/** What can be refused before the folder is read. */
function mustBePossible(directory: string, { stack, secret, secrets }: Options): void {
  if (secret.length > 0 && !secrets)
    throw new NeedsAttention("--secret and --no-secrets exclude each other", "Leave one of them out.");
  const wrong = wrongStack(stack);
  if (wrong !== undefined)
    throw new NeedsAttention(`no stack can be called ${stack}: ${wrong}`, "Choose another --stack.");
  if (existsSync(join(directory, "Pulumi.yaml"))) {
    throw new NeedsAttention(
      "Pulumi.yaml is there already",
      "This folder has a program. A further stack of it: npx pulumi-compose init stack <name>",
    );
  }
  if (existsSync(join(directory, `Pulumi.${stack}.yaml`))) {
    throw new NeedsAttention(
      `Pulumi.${stack}.yaml is there already`,
      "Move it away, or name another first stack: --stack <name>",
    );
  }
}

function described({ files, otherFiles, definitions, profiles, name }: Folder): string {
  const services = Object.keys(definitions.services ?? {});
  return [
    `Found ${listed(files)}: the Compose project ${name}, with ${listed(services)}.`,
    ...(otherFiles.length === 0
      ? []
      : [`Not read, because Compose does not read it by itself: ${listed(otherFiles)} (to read it: --file)`]),
    ...(profiles.length === 0 ? [] : [`Profiles: ${listed(profiles)}.`]),
  ].join("\n");
}

async function chooseName(folder: Folder, options: Options, terminal: Terminal | undefined): Promise<string> {
  const asks = options.name === undefined && terminal !== undefined;
  const name = asks ? await terminal.text("Name", folder.name) : (options.name ?? folder.name);
  const wrong = wrongName(name);
  if (wrong !== undefined)
    throw new NeedsAttention(
      `no program can be called \`${name}\`: ${wrong}`,
      "Choose a name: --name <name>",
    );
  if (name !== folder.name) {
    const project = projectName(name, options.stack);
    console.log(
      `Compose calls this project ${folder.name}. To see the stack: docker compose -p ${project} ps`,
    );
  }
  return name;
}

async function chooseMain(
  directory: string,
  named: string | undefined,
  terminal: Terminal | undefined,
): Promise<string> {
  const main = named ?? mainFile(fileText(directory, "package.json"));
  if (!/^[\w.-]+\.m?ts$/.test(main)) {
    throw new NeedsAttention(
      `${main} cannot be the program's file`,
      "Name a file of this folder that ends with .ts or .mts: --main stack.ts",
    );
  }
  if (!existsSync(join(directory, main))) return main;
  if (terminal === undefined)
    throw new NeedsAttention(
      `${main} is there already`,
      "Name another file for the program: --main stack.ts",
    );
  return chooseMain(
    directory,
    await terminal.text(`${main} is there already. Another file`, "stack.ts"),
    terminal,
  );
}

/** Where the package's plugin is, from the program's folder: npm may keep the packages of several folders in one above. */
function pluginFolder(directory: string): string {
  const installed = join("node_modules", "pulumi-compose", "bin");
  for (let folder = directory; folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, installed);
    if (existsSync(path) || isWorkspaceRoot(folder)) return relative(directory, path);
  }
  return installed;
}

/** Whether npm keeps the packages of the folders below in this folder. */
function isWorkspaceRoot(folder: string): boolean {
  return /"workspaces"\s*:/.test(fileText(folder, "package.json") ?? "");
}

interface Chosen {
  readonly name: string;
  readonly main: string;
  readonly stack: string;
  readonly profiles: readonly string[];
  readonly secrets: readonly SecretVariable[];
}

/** All of it, or nothing. */
async function write(folder: Folder, { name, main, stack, profiles, secrets }: Chosen): Promise<void> {
  const { directory, definitions, foundByCompose, files } = folder;
  const whole = "Pulumi.yaml.new";
  const texts = {
    // The packages may not be installed yet, and Pulumi makes no stack where the plugin is missing.
    "Pulumi.yaml": pulumiYaml({ name, main }),
    [whole]: pulumiYaml({ name, main, plugin: pluginFolder(directory) }),
    [main]: programText({ files: foundByCompose ? undefined : files }),
  };
  for (const [file, text] of Object.entries(texts))
    writeFileSync(join(directory, file), text, { flag: "wx" });
  try {
    await makeStack({
      ...{ directory, name, stack, selected: true },
      config: profiles.length === 0 ? {} : { profiles },
      secrets: () => Promise.resolve(Object.fromEntries(secrets.map(({ key, value = "" }) => [key, value]))),
      example: Object.keys(definitions.services ?? {})[0] ?? "web",
    });
    renameSync(join(directory, whole), join(directory, "Pulumi.yaml"));
  } catch (error) {
    for (const file of Object.keys(texts)) rmSync(join(directory, file), { force: true });
    throw error;
  }
}

function written({
  main,
  stack,
  secrets,
  additions,
}: Pick<Chosen, "main" | "stack" | "secrets"> & { readonly additions: readonly Addition[] }): string {
  const kept = secrets.map(({ variable }) => variable);
  const rows = [
    ["Pulumi.yaml", "the program"],
    [main, "what the program brings up"],
    [
      `Pulumi.${stack}.yaml`,
      `the stack ${stack}${kept.length === 0 ? "" : `, with ${listed(kept)} encrypted`}`,
    ],
    ...additions.map(({ file, added }) => [file, `added ${added.join(", ")}`]),
  ];
  const width = Math.max(...rows.map(([file = ""]) => file.length));
  return ["Wrote:", ...rows.map(([file = "", what = ""]) => `  ${file.padEnd(width)}  ${what}`)].join("\n");
}

/** Whether `docker compose` has the project up now. Without an engine nothing is. */
async function runsUnderCompose({ name, directory }: Folder): Promise<boolean> {
  const filter = `label=com.docker.compose.project=${name}`;
  const { code, stdout } = await capture("docker", ["ps", "--quiet", "--filter", filter], { cwd: directory });
  return code === 0 && stdout !== "";
}

function nextSteps(made: {
  readonly name: string;
  readonly stack: string;
  readonly directory: string;
  readonly isTyped: boolean;
  readonly isRunning: boolean;
  readonly needsInstall: boolean;
}): string[] {
  const { name, stack } = made;
  const folder = relative(process.cwd(), made.directory);
  const project = projectName(name, stack);
  return [
    ...(folder === "" ? [] : [`cd ${folder}`]),
    ...(made.needsInstall ? ["npm install"] : []),
    ...(made.isRunning ? ["docker compose down            # keeps the volumes; up takes them over"] : []),
    ...(made.isTyped ? [exportPassphrase] : []),
    `npx pulumi-compose up${stack === "dev" ? "" : ` --stack ${stack}`}`,
    `docker compose ${project === name ? "" : `-p ${project} `}ps`,
  ];
}
