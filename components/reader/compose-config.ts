import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";
import { CORE_SCHEMA, load } from "js-yaml";
import { mistake } from "../findings/finding.ts";
import type { MistakeName } from "../findings/names.ts";
import { parse } from "../compose-spec/parse.ts";
import { withFolders } from "../compose-spec/build.ts";
import { isOutside } from "../compose-spec/paths.ts";
import {
  definitionsSchema,
  withVariables,
  type File,
  type Definitions,
} from "../compose-spec/definitions.ts";
import type { Mount } from "../compose-spec/service.ts";
import { mapValues } from "../model/compose-file.ts";
import type { ComposeFiles, ComposeFilesArgs } from "./compose-files.ts";
import { excessiveFiles } from "./excessive.ts";

/**
 * Reads Compose files through the reference implementation, `docker compose config`, which does merging,
 * interpolation, short forms, `extends` and `include`. It needs Docker's command line and no engine.
 *
 * Whether services and networks that the files name exist is left to the checks of the whole stack.
 *
 * @returns The project with every mistake in it. Compose itself stops at the first it meets; its message is passed on.
 */
export function readComposeFiles(args: ComposeFilesArgs): ComposeFiles {
  // Without a file Compose would look for one of its own choosing.
  if (args.files.length === 0) return { definitions: {}, mistakes: [], warnings: [] };
  const file = args.files.join(", ");
  const missing = args.files.filter((name) => !existsSync(resolve(args.directory, name)));
  if (missing.length > 0) {
    const fix = "create the file, or correct the path, which is relative to the project";
    const mistakes = missing.map((name) =>
      mistake("missing-file", { file: name, path: "(the file)", message: "the file does not exist", fix }),
    );
    return { definitions: {}, mistakes, warnings: [] };
  }
  const excessive = excessiveFiles(args);
  if (excessive.length > 0) return { definitions: {}, mistakes: excessive, warnings: [] };
  const refused = ({ name, ...said }: Failure): ComposeFiles => ({
    definitions: {},
    mistakes: [mistake(name, { file, path: "docker compose config", ...said })],
    warnings: [],
  });
  const output = compose(args);
  if ("failure" in output) return refused(output.failure);
  const printed = readable(output.text);
  if (printed === undefined) return refused(unreadable);
  const { services, networks, volumes, configs, secrets } = mayLackNewlines(output.text)
    ? withFirstNewlines(printed, args)
    : printed;
  const given = Object.entries({ services, networks, volumes, configs, secrets }).filter(
    ([, value]) => value !== undefined,
  );
  const { value, mistakes } = parse(definitionsSchema, Object.fromEntries(given), "", file, {});
  const named = relativeTo(args.directory, withoutDefaultNames(value, args.project));
  const definitions = withCreatedPaths(named, () => printsCreated(args));
  const whole = withContents(withEmptyContents(definitions), args);
  return { definitions: whole, mistakes, warnings: output.warnings };
}

/** Compose prints no content that is empty, and refuses a config that says nothing of its content. */
function withEmptyContents({ configs, ...others }: Definitions): Definitions {
  if (configs === undefined) return others;
  const whole = mapValues(configs, (config): File => {
    const { file, content, environment, external } = config;
    const says = [file, content, environment].some((source) => source !== undefined) || external === true;
    return says ? config : { ...config, content: "" };
  });
  return { ...others, configs: whole };
}

/**
 * Compose prints a config's or a secret's variable by its name. What it stands for is asked of Compose as well, by a
 * file that interpolates it: nobody else reads its `.env`.
 */
function withContents(definitions: Definitions, args: ComposeFilesArgs): Definitions {
  const files = [...Object.values(definitions.configs ?? {}), ...Object.values(definitions.secrets ?? {})];
  const variables = files.flatMap(({ environment }) => (environment === undefined ? [] : [environment]));
  if (variables.length === 0) return definitions;
  return withVariables(definitions, valuesOf(variables, args));
}

/**
 * Says of every bind mount in one way whether the engine is to make its source: by `create_host_path`, or by no `bind` at
 * all, of which Compose 5 makes the source, and Compose 2.26 does not.
 * Compose 2.26 prints the key where it is `true`, and Compose 5 where it is `false`, so that an empty `bind` of the one is
 * the opposite of the other's.
 *
 * @param printsTrue Whether this Compose prints the key where it is `true`; asked where no mount tells.
 */
function withCreatedPaths(definitions: Definitions, printsTrue: () => boolean): Definitions {
  const services = Object.entries(definitions.services ?? {});
  const printed = services.flatMap(([, { volumes = [] }]) => volumes.flatMap(({ bind }) => bind ?? []));
  if (printed.length === 0) return definitions;
  const told = printed.find(({ create_host_path: created }) => created !== undefined)?.create_host_path;
  const unsaid = !(told ?? printsTrue());
  const withCreated = ({ bind, ...mount }: Mount): Mount => {
    if (bind === undefined) return mount;
    const { create_host_path: created = unsaid, ...options } = bind;
    const isEmpty = Object.keys(options).length === 0;
    if (mount.type !== "bind") return isEmpty ? mount : { ...mount, bind: options };
    if (created) return { ...mount, bind: { ...options, create_host_path: true } };
    return { ...mount, bind: isEmpty ? { create_host_path: false } : options };
  };
  return {
    ...definitions,
    services: Object.fromEntries(
      services.map(([name, { volumes, ...service }]) => [
        name,
        volumes === undefined ? service : { ...service, volumes: volumes.map(withCreated) },
      ]),
    ),
  };
}

/** Whether Compose prints that the engine is to make a host path, which a short form says. */
function printsCreated(args: ComposeFilesArgs): boolean {
  const input = JSON.stringify({ services: { any: { image: "any", volumes: ["./any:/any"] } } });
  const output = compose({ ...args, files: ["-"] }, { prints: ["--format", "json"], input });
  return "text" in output && output.text.includes('"create_host_path"');
}

/** What Compose has for variables: their values in the environment, else in `.env`. Unset variables are left out. */
export function valuesOf(variables: readonly string[], args: ComposeFilesArgs): Record<string, string> {
  const values = Object.fromEntries(variables.map((name) => [name, [`\${${name}+set}`, `\${${name}-}`]]));
  const input = JSON.stringify({ services: {}, "x-values": values });
  const output = compose({ ...args, files: ["-"] }, { prints: ["--format", "json"], input });
  if ("failure" in output) return {};
  const { "x-values": found = {} } = read(output.text, JSON.parse) as {
    "x-values"?: Record<string, [string, string]>;
  };
  const set = Object.entries(found).filter(([, [isSet]]) => isSet === "set");
  return Object.fromEntries(set.map(([name, [, value]]) => [name, value]));
}

/** What a project is called, as `docker compose ps` has it, and every profile that a service of the project has. */
export function describeProject(args: Omit<ComposeFilesArgs, "project">): {
  readonly name: string;
  readonly profiles: readonly string[];
} {
  const printed = compose({ ...args, project: undefined });
  if ("failure" in printed) return { name: "", profiles: [] };
  const listed = compose({ ...args, project: undefined }, { prints: ["--profiles"] });
  const { name } = readable(printed.text) ?? {};
  const profiles = "failure" in listed ? [] : listed.text.split("\n").filter((line) => line !== "");
  return { name: typeof name === "string" ? name : "", profiles };
}

interface Failure {
  readonly name: MistakeName;
  readonly message: string;
  readonly fix: string;
}

type Output = { readonly text: string; readonly warnings: string[] } | { readonly failure: Failure };

/** It holds the program up, which has nothing to do before it knows the answer: a component cannot wait. */
function compose(
  {
    files,
    profiles = [],
    project,
    directory,
    environment,
  }: Omit<ComposeFilesArgs, "project"> & { readonly project: string | undefined },
  {
    prints = ["--format", "yaml"],
    input,
  }: { readonly prints?: readonly string[]; readonly input?: string } = {},
): Output {
  const options = [
    ...(project === undefined ? [] : ["-p", project]),
    ...["--project-directory", directory],
    ...files.flatMap((file) => ["-f", file]),
    ...profiles.flatMap((profile) => ["--profile", profile]),
  ];
  const { pid, error, status, stdout, stderr } = spawnSync(
    ...bounded("docker", ["--host", nowhere, "compose", ...options, "config", "--no-consistency", ...prints]),
    {
      cwd: directory,
      // As a shell in that directory has it, whoever started the program, and where.
      env: { ...process.env, PWD: directory, ...environment },
      encoding: "utf8",
      input,
      maxBuffer: mostPrinted,
      timeout: longestRun,
      killSignal: "SIGKILL",
      // A process group of its own, so that the plugin ends with the command. The types do not know the option.
      ...({ detached: true } as object),
    },
  );
  const code = error !== undefined && "code" in error ? error.code : undefined;
  if (code === "ETIMEDOUT" || code === "ENOBUFS") {
    endGroup(pid);
    return { failure: code === "ETIMEDOUT" ? endless : tooLong };
  }
  if (error !== undefined) return { failure: failureOf(error.message, code === "ENOENT") };
  // 127 is a shell's for a command that is not there.
  if (status !== 0) return { failure: failureOf(stderr, status === 127) };
  const lines = stderr.split("\n").filter((line) => line !== "");
  return { text: stdout, warnings: lines.map(messageOf) };
}

/** Milliseconds that Compose may take for what takes it 50, also on a machine under load; */
const longestRun = 8000;
/** bytes that it may print, */
const mostPrinted = 16 * 1024 ** 2;
/** and kibibytes of memory that it may use. It uses some 50,000 for a project of a hundred services. */
const mostMemory = 768 * 1024;

/** The command with a limit of memory, where the system has one. */
function bounded(command: string, args: readonly string[]): [string, readonly string[]] {
  if (process.platform === "win32") return [command, args];
  const limited = `ulimit -d ${mostMemory} 2>/dev/null; exec "$0" "$@"`;
  return ["sh", ["-c", limited, command, ...args]];
}

/** Ends what a command has left running when it was cut off. */
function endGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // Nothing is left, or the system has no groups.
  }
}

/** Compose asks every engine first whether it is Docker Desktop's, also where it only reads files. */
const nowhere =
  process.platform === "win32" ? "npipe:////./pipe/not-connected" : "unix:///not-connected.sock";

const endless: Failure = {
  name: "compose",
  message: `\`docker compose config\` has no end within ${longestRun / 1000} s`,
  fix: "look for aliases of aliases, for an `include` or `extends` that has to be fetched, and for a file that has no end",
};

const tooLong: Failure = {
  name: "compose",
  message: `\`docker compose config\` prints more than ${mostPrinted / 1024 ** 2} MiB`,
  fix: "write less, or fewer aliases and ranges of ports",
};

const tooMuchMemory: Failure = {
  name: "compose",
  message: `\`docker compose config\` needs more than ${mostMemory / 1024} MiB of memory`,
  fix: endless.fix,
};

const unreadable: Failure = {
  name: "compose",
  message:
    "`docker compose config` prints what cannot be read back, such as values that are nested too deeply",
  fix: "write the files flatter",
};

function failureOf(messages: string, noCommand: boolean): Failure {
  // A program in Go tells nothing else when it ends so.
  if (/^(?:fatal error|runtime): .*(?:out of memory|cannot allocate)/m.test(messages)) return tooMuchMemory;
  const crash = /^(?:fatal error|panic|runtime): .*/m.exec(messages)?.[0];
  if (crash !== undefined)
    return {
      name: "compose",
      message: `\`docker compose config\` broke down: ${crash}`,
      fix: "correct the file",
    };
  // Without its plugin, the docker command takes Compose's options for its own.
  const noPlugin = /unknown (shorthand )?flag|is not a docker command/.test(messages);
  if (noCommand || noPlugin) {
    const what = noPlugin ? "the Compose plugin of Docker's command line" : "Docker's command line";
    return {
      name: "compose-missing",
      message: `${what} is not installed`,
      fix: "`npx pulumi-compose doctor` says how to get it",
    };
  }
  const lines = messages.split("\n").filter((line) => line !== "" && !line.includes("level=warning"));
  const message = lines.map(messageOf).join(" ");
  return { name: "compose", message: shortened(message), fix: "correct the file" };
}

/** Of a message in which Compose repeats what it was given, the beginning. */
function shortened(message: string): string {
  const most = 2000;
  return message.length <= most ? message : `${message.slice(0, most)} …`;
}

/** Compose logs as `time="…" level=warning msg="…"`. */
function messageOf(line: string): string {
  const quoted = /msg=("(?:[^"\\]|\\.)*")/.exec(line)?.[1];
  return quoted === undefined ? line : (JSON.parse(quoted) as string);
}

type Printed = Readonly<Record<string, unknown>>;

/** Reads what Compose printed, in YAML unless another parser is given. */
function read(text: string, parser: (text: string) => unknown = loadYaml): Printed {
  // Compose prints every `$` twice, in keys as well, so that its output can be its input.
  return parser(text.replaceAll("$$", "$")) as Printed;
}

/** What Compose printed; `undefined` where that is nested deeper than a reader follows. */
function readable(text: string): Printed | undefined {
  try {
    return read(text);
  } catch {
    return undefined;
  }
}

function loadYaml(text: string): unknown {
  return load(text, { schema: CORE_SCHEMA });
}

/** Compose writes down how far a text is indented when the text begins with white space: `|2-`. */
function mayLackNewlines(yaml: string): boolean {
  return /[|>]\d[-+]?$/m.test(yaml);
}

/**
 * A text that begins with a newline lacks that newline in Compose's YAML, and has it in its JSON. The YAML stays the
 * source of all else: the JSON has no `x-` keys of services, writes `Path` for a `path` and leaves out limits of 0.
 */
function withFirstNewlines(printed: Printed, args: ComposeFilesArgs): Printed {
  const output = compose(args, { prints: ["--format", "json"] });
  return "failure" in output ? printed : (completed(printed, read(output.text, JSON.parse)) as Printed);
}

function completed(value: unknown, exact: unknown): unknown {
  if (typeof value === "string") return exact === `\n${value}` ? exact : value;
  if (typeof value !== "object" || value === null || typeof exact !== "object" || exact === null)
    return value;
  if (Array.isArray(value)) return value.map((entry, index) => completed(entry, (exact as unknown[])[index]));
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, completed(entry, (exact as Printed)[key])]),
  );
}

/**
 * Compose names everything; a name it only derived must not win over the one a definition gives on purpose, nor stay
 * with what an override makes this project's own.
 */
function withoutDefaultNames(definitions: Definitions, name: string): Definitions {
  const without = <T extends { name?: string | undefined; external?: boolean | undefined }>(
    parts: Record<string, T> | undefined,
  ) =>
    Object.fromEntries(
      Object.entries(parts ?? {}).map(([key, part]) => {
        const { name: given, ...rest } = part;
        return [key, given === (part.external ? key : `${name}_${key}`) ? rest : part];
      }),
    );
  return { ...definitions, networks: without(definitions.networks), volumes: without(definitions.volumes) };
}

/** Compose makes every path absolute; one below the project is the project's wherever the checkout lies. */
function relativeTo(directory: string, definitions: Definitions): Definitions {
  const within = (path: string) => (isOutside(path, directory) ? path : relative(directory, path) || ".");
  const withinFiles = (files: Readonly<Record<string, File>> = {}) =>
    Object.fromEntries(
      Object.entries(files).map(([name, { file, ...rest }]) => [
        name,
        file === undefined ? rest : { ...rest, file: within(file) },
      ]),
    );
  return {
    ...definitions,
    ...(definitions.configs === undefined ? {} : { configs: withinFiles(definitions.configs) }),
    ...(definitions.secrets === undefined ? {} : { secrets: withinFiles(definitions.secrets) }),
    services: Object.fromEntries(
      Object.entries(definitions.services ?? {}).map(([name, { build, volumes, ...service }]) => [
        name,
        {
          ...service,
          ...(build === undefined ? {} : { build: withFolders(build, within) }),
          ...(volumes === undefined ? {} : { volumes: volumes.map((mount) => withinMount(mount, within)) }),
        },
      ]),
    ),
  };
}

function withinMount(mount: Mount, within: (path: string) => string): Mount {
  return mount.type === "bind" && mount.source !== undefined
    ? { ...mount, source: within(mount.source) }
    : mount;
}
