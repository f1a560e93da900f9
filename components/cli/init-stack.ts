import { existsSync } from "node:fs";
import { Command } from "commander";
import { definitionsSchema } from "../compose-spec/definitions.ts";
import { stacksIn } from "../local/stacks.ts";
import { projectName } from "../plan/project-name.ts";
import { readFolder } from "./init/folder.ts";
import { freePorts } from "./init/free-ports.ts";
import { listed } from "./init/listed.ts";
import { choosePassphrase, exportPassphrase } from "./init/new-passphrase.ts";
import { chooseProfiles, collected } from "./init/options.ts";
import { fixedHostPorts, keptApart } from "./init/ports.ts";
import { wrongStack } from "./init/program-files.ts";
import { makeStack, readSecretOf, readStackFile, stackFile } from "./init/stack-file.ts";
import { terminalHere, type Terminal } from "./init/terminal.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { needPassphrase } from "./passphrase.ts";
import { findProgram, type Program } from "./program.ts";

interface Options {
  readonly file: readonly string[];
  readonly profile: readonly string[];
  /** `false` by `--no-secrets`. */
  readonly secrets: boolean;
}

/** Makes a further stack of a program. */
export function initStackCommand(): Command {
  return new Command("stack")
    .summary("make a further stack of this program")
    .description("Makes a further stack of this program, which can be up beside the others.")
    .argument("<name>", "name of the stack")
    .option(
      "-f, --file <file>",
      "a Compose file of this stack; once for each (default: as the first stack)",
      collected,
    )
    .option("--profile <profile>", "a Compose profile of this stack; once for each", collected)
    .option("--no-secrets", "copy no secret of the first stack")
    .option("-C, --cwd <folder>", "work in this folder")
    .addHelpText(
      "after",
      `
Writes Pulumi.<name>.yaml. Services get host ports that are free and that no other stack has. What a Compose file gives
a fixed name on the engine (container_name, name) gets another name.

The first stack is dev, where there is one. Its secrets are copied, so PULUMI_CONFIG_PASSPHRASE has to be its passphrase,
which is the new stack's passphrase too. With --no-secrets the new stack has a passphrase of its own, and init says
which secrets are to be set.`,
    )
    .action(async (stack: string, _own: object, command: Command) => {
      // `init` has options of the same names, and its parser comes first: what was typed behind `stack` is there.
      const given = command.optsWithGlobals<Partial<Options> & { readonly cwd?: string }>();
      refuseOptionsOfInit(command);
      const options = { file: [], profile: [], secrets: true, ...given };
      await run(findProgram(given.cwd), stack, options, terminalHere());
    });
}

function refuseOptionsOfInit(command: Command): void {
  const own = command.options.map((option) => option.attributeName());
  const others = command.parent?.options.filter((option) => !own.includes(option.attributeName())) ?? [];
  const strange = others.find(
    (option) => command.parent?.getOptionValue(option.attributeName()) !== undefined,
  );
  if (strange !== undefined) command.error(`error: unknown option '${strange.long ?? ""}'`);
}

async function run(
  program: Program,
  stack: string,
  options: Options,
  terminal: Terminal | undefined,
): Promise<void> {
  const { name, directory } = program;
  const stacks = stacksIn(directory);
  mustBePossible(program, stack, stacks);
  const first = stacks.includes("dev") ? "dev" : stacks[0];
  const { files, environment, secrets } = firstStack(program, first);
  const named = options.file.length > 0 ? options.file : files;
  const folder = readFolder(directory, named, environment);
  const profiles = await chooseProfiles(folder, options.profile, stack, terminal);

  const published = fixedHostPorts(folder.definitions);
  const ports = await freePorts(
    published.map(({ port }) => Number(port.published)),
    stacks.flatMap((other) => configuredPorts(configOf(program, other))),
  );
  const isCopied = options.secrets && secrets.length > 0 && first !== undefined;
  if (isCopied) await needPassphrase({ program, stack: first });
  const isTyped = !isCopied && secrets.length > 0 && (await choosePassphrase(stack, terminal));
  await makeStack({
    ...{ directory, name, stack, selected: false },
    config: withoutEmpty({
      files: named,
      profiles,
      environment,
      ...keptApart(folder.definitions, stack, ports),
    }),
    secrets: async () => {
      const values: Record<string, string> = {};
      if (isCopied)
        for (const key of secrets) values[key] = await readSecretOf(first, key, { directory, stack });
      return values;
    },
    example: Object.keys(folder.definitions.services ?? {})[0] ?? "web",
  });

  const copied = isCopied ? `, with the secrets of ${first}: ${listed(secrets)}` : "";
  const moved = published.map(
    ({ service, port }, index) =>
      `  ${service} on host port ${ports[index] ?? ""}, in place of ${port.published}`,
  );
  const steps = [
    ...(isTyped ? [exportPassphrase] : []),
    ...(isCopied ? [] : secrets.map((key) => `npx pulumi config set --secret ${key} --stack ${stack}`)),
    `npx pulumi-compose up --stack ${stack}`,
    `docker compose -p ${projectName(name, stack)} ps`,
  ];
  console.log([`Wrote Pulumi.${stack}.yaml${copied}`, ...moved].join("\n"));
  console.log(`\nNext:\n${steps.map((step) => `  ${step}`).join("\n")}`);
}

function mustBePossible({ name, directory }: Program, stack: string, stacks: readonly string[]): void {
  const advice = "Choose another name.";
  const wrong = wrongStack(stack);
  if (wrong !== undefined) throw new NeedsAttention(`no stack can be called ${stack}: ${wrong}`, advice);
  if (existsSync(stackFile(directory, stack)))
    throw new NeedsAttention(`Pulumi.${stack}.yaml is there already`, advice);
  const project = projectName(name, stack);
  const same = stacks.find((other) => projectName(name, other) === project);
  if (same !== undefined)
    throw new NeedsAttention(
      `the stacks ${same} and ${stack} would both be the Compose project ${project}`,
      advice,
    );
}

type Config = Readonly<Record<string, unknown>>;

/** What a further stack takes from the first one: what the Compose files need to be read, and secrets by their key. */
function firstStack(
  program: Program,
  first: string | undefined,
): {
  readonly files: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
} {
  const config = first === undefined ? {} : configOf(program, first);
  const { files = [], environment = {} } = config as {
    readonly files?: readonly string[];
    readonly environment?: Readonly<Record<string, string>>;
  };
  return { files, environment, secrets: Object.keys(config).filter((key) => isSecret(config[key])) };
}

/** What a stack's file says, by keys without the program's name before them. */
function configOf({ name, directory }: Program, stack: string): Config {
  const { config = {} } = readStackFile(directory, stack);
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key.replace(`${name}:`, ""), value]),
  );
}

/** Pulumi writes a secret as `secure: <the encrypted value>`. */
function isSecret(value: unknown): boolean {
  return typeof value === "object" && value !== null && "secure" in value;
}

/** The host ports that a stack's file asks for. A mistake in the file of another stack is told by that stack. */
function configuredPorts({ services = {} }: Config): number[] {
  const { success, data } = definitionsSchema.safeParse({ services });
  return success ? fixedHostPorts(data).map(({ port }) => Number(port.published)) : [];
}

function withoutEmpty(config: Config): Config {
  return Object.fromEntries(
    Object.entries(config).filter(([, value]) => Object.keys(value as object).length > 0),
  );
}
