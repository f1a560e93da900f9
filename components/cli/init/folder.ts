import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { parseEnv } from "node:util";
import type { Definitions } from "../../compose-spec/definitions.ts";
import { placeholderVariables, secretKeyOf } from "../../model/secret.ts";
import { looksSecret } from "../../model/looks-secret.ts";
import { describeProject, readComposeFiles, valuesOf } from "../../reader/compose-config.ts";
import { defaultFiles, defaultNames } from "../../reader/default-files.ts";
import { NeedsAttention } from "../needs-attention.ts";
import { reachOf, servicesInClear, variablesIn, type Reach } from "./secret-variables.ts";

/** A folder with a Compose project, as `init` finds it. */
export interface Folder {
  readonly directory: string;
  /** The Compose files, later ones over earlier ones. */
  readonly files: readonly string[];
  /** Whether the files are those that Compose finds by itself. */
  readonly foundByCompose: boolean;
  /** Further files of the folder that look like Compose files and that Compose does not read by itself. */
  readonly otherFiles: readonly string[];
  /** Compose project name. */
  readonly name: string;
  /** Every profile that a service has. */
  readonly profiles: readonly string[];
  /** The project with the services of every profile. */
  readonly definitions: Definitions;
  /** Whether there is a `.env`. */
  readonly hasEnv: boolean;
}

/** A variable that can be kept as a secret. */
export interface SecretVariable {
  readonly variable: string;
  /** Key of stack config. */
  readonly key: string;
  /** What Compose has for it; `undefined` where it is set nowhere. */
  readonly value: string | undefined;
  readonly reach: Reach;
  /** Services that get the same value past the stack's config, by `env_file`. */
  readonly inClear: readonly string[];
}

/** Services of every profile are read. */
const everyProfile = ["*"];

/**
 * Finds the Compose project of a folder.
 *
 * @param named Compose files that a person names, in place of those that Compose finds.
 * @param environment Variables over those of `.env`.
 * @throws NeedsAttention where there is no Compose project, or Compose refuses it.
 */
export function readFolder(
  directory: string,
  named: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Folder {
  for (const file of named) {
    if (dirname(normalize(file)) === ".") continue;
    throw new NeedsAttention(
      `${file} lies in another folder, and Compose counts the paths in it from there`,
      `Run init there: npx pulumi-compose init --cwd ${dirname(file)}`,
    );
  }
  const files = named.length > 0 ? named : defaultFiles(directory);
  if (files.length === 0) {
    throw new NeedsAttention(
      `there is no Compose file in ${directory}: looked for ${defaultNames.join(", ")}`,
      "Run init in the folder that has the Compose files, or name them: --file stack.yaml",
    );
  }
  const project = { files, directory, profiles: everyProfile, environment };
  const { definitions, mistakes } = readComposeFiles({ ...project, project: "init" });
  const [mistake] = mistakes;
  // What else is wrong with the project, a preview tells, all of it at once.
  if (mistake !== undefined && Object.keys(definitions.services ?? {}).length === 0)
    throw new NeedsAttention(`${mistake.file ?? ""}: ${mistake.message}`, mistake.fix);
  const { name, profiles } = describeProject(project);
  return {
    directory,
    files,
    foundByCompose: named.length === 0 || String(named) === String(defaultFiles(directory)),
    otherFiles: otherComposeFiles(directory, files),
    name,
    profiles,
    definitions,
    hasEnv: existsSync(join(directory, ".env")),
  };
}

/** `compose.prod.yaml`, `docker-compose.test.yml` and their like. */
function otherComposeFiles(directory: string, files: readonly string[]): string[] {
  return readdirSync(directory)
    .filter((name) => /^(docker-)?compose[.-].*ya?ml$/.test(name) && !files.includes(name))
    .sort();
}

/** The variables of the project that look like secrets and that a stack can keep as secrets. */
export function proposedSecrets(folder: Folder): SecretVariable[] {
  const variables = knownVariables(folder);
  const values = valuesOf(variables, projectOf(folder));
  return variables
    .filter((variable) => looksSecret(variable, values[variable] ?? ""))
    .flatMap((variable) => {
      const secret = readSecret(variable, values[variable], folder);
      return secret === undefined || secret.reach.services.length === 0 || secret.reach.refused.length > 0
        ? []
        : [secret];
    });
}

/** Every variable that the project's files refer to, and every variable of its `.env`. */
export function knownVariables({ directory, files }: Folder): string[] {
  const env = join(directory, ".env");
  const text = (file: string) => readFileSync(join(directory, file), "utf8");
  const inEnv = existsSync(env) ? Object.keys(parseEnv(readFileSync(env, "utf8"))) : [];
  return [...new Set([...files.flatMap((file) => variablesIn(text(file))), ...inEnv])];
}

/**
 * Reads the project with a placeholder for one variable, to see where it goes.
 *
 * @returns `undefined` for a variable that no key of stack config leads to, or that Compose wants a number of.
 */
export function readSecret(
  variable: string,
  value: string | undefined,
  folder: Folder,
): SecretVariable | undefined {
  const key = secretKeyOf(variable);
  if (key === undefined) return undefined;
  const project = { ...projectOf(folder), environment: placeholderVariables([key]) };
  const { definitions } = readComposeFiles(project);
  if (Object.keys(definitions.services ?? {}).length === 0) return undefined;
  const reach = reachOf(key, definitions);
  return { variable, key, value, reach, inClear: servicesInClear(variable, value ?? "", definitions) };
}

/** What Compose has for a variable: its value in the environment, else in `.env`. */
export function valueOf(variable: string, folder: Folder): string | undefined {
  return valuesOf([variable], projectOf(folder))[variable];
}

function projectOf({ files, directory, name }: Folder) {
  return { files, directory, project: name, profiles: everyProfile, environment: {} };
}
