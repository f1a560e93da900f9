import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { givenPassphrase } from "./local/passphrase.ts";
import { pulumiCommandLine } from "./local/pulumi-command.ts";
import { describeMistakes } from "./findings/describe.ts";
import { mistake, type Finding } from "./findings/finding.ts";
import { nearest, suggestion } from "./findings/nearest.ts";
import { parse } from "./compose-spec/parse.ts";
import { dotEnvOf } from "./reader/dot-env.ts";
import { projectName } from "./plan/project-name.ts";
import { definitionsSchema, type Definitions } from "./compose-spec/definitions.ts";
import { ownPassphrase, variableOf } from "./model/secret.ts";
import type { Override } from "./model/model.ts";
import { placeholders } from "./model/placeholder.ts";
import type { RegistryLogins } from "./model/registry-login.ts";
import { commonSchema, overrideKeys } from "./stack-keys.ts";

/** Of a program without keys of its own. */
export const noSettings = z.object({});

/** A secret that a program's services need. */
export interface SecretDefinition {
  /**
   * A well-known value, for machines that nobody else reaches. Without a default, a stack whose services use the secret
   * has to set it. An empty value in the stack's config or in the environment counts as not set, unless the default is
   * empty too.
   */
  readonly default?: string;
}

export interface ConfigArgs<Settings extends z.ZodObject> {
  /**
   * The program's own keys in stack config; a boolean is a `flag`. A stack has to set a key that has no default. Default:
   * none.
   */
  readonly settings?: Settings;
  /**
   * Secrets by their key. A Compose file knows `dbPassword` as the variable `DB_PASSWORD`. A secret that the stack's
   * config does not have is looked for under that name in the environment, then in `.env`. A secret that is locked in the
   * stack's config (`pulumi config set --secret dbPassword`) needs no entry here. Default: none.
   */
  readonly secrets?: Readonly<Record<string, SecretDefinition>>;
  /** Absolute path of the Compose project's folder, whose `.env` is read. Default: the program's folder. */
  readonly directory?: string;
}

/** What a stack says of itself. */
export interface StackConfig extends z.infer<typeof commonSchema> {
  /** Compose project name: the program's for the stacks dev and local, `<program>-<stack>` for any other. */
  readonly project: string;
  /** What is laid over the definitions. */
  readonly override: Override;
  /** Secrets by their key; `undefined` is a secret that is set nowhere. */
  readonly secrets: Readonly<Record<string, pulumi.Output<string> | undefined>>;
  /** Keys of the secrets from the environment that the empty passphrase would leave readable by anyone. */
  readonly exposed: readonly string[];
  /** Keys of the secrets of which the stack's file has another value than the terminal, or than `.env`. */
  readonly shadowed: readonly string[];
  /** Whether the stack is for development: it is dev or local, or everybody knows its passphrase, the empty one. */
  readonly development: boolean;
}

/**
 * Reads the stack's config, and finds every mistake in it. Nothing else reads the stack's config.
 *
 * @throws RunError with every mistake where a key of `settings` has no default and the stack has no value of it.
 *
 * @example
 * const { config, mistakes } = readConfig({ settings: z.object({ debug: flag.default(false) }) });
 * new Project(config.project, { ...config, mistakes, directory: import.meta.dirname, tiers: tiers(config.debug) });
 */
export function readConfig<Settings extends z.ZodObject = typeof noSettings>(
  args: ConfigArgs<Settings> = {},
): { readonly config: StackConfig & z.infer<Settings>; readonly mistakes: readonly Finding[] } {
  const { settings: ownKeys = noSettings, secrets: declared = {}, directory = process.cwd() } = args;
  const config = new pulumi.Config();
  const stack = pulumi.getStack();
  const file = `Pulumi.${stack}.yaml`;
  const objects = Object.fromEntries(
    [...overrideKeys, "profiles", "environment", "silence"].flatMap((key) => {
      const value = config.get(key);
      return value === undefined ? [] : [[key, parsed(value)]];
    }),
  );
  const { services = {}, networks = {}, volumes = {}, configs = {}, secrets = {}, reset = [] } = objects;
  const parts = { services, networks, volumes, configs, secrets };
  const project = parse(definitionsSchema, parts, "", file, {});
  const resets = parse(z.object({ reset: z.array(z.string()) }).partial(), { reset }, "", file, {});

  const schema = z.object({ ...commonSchema.shape, ...ownKeys.shape });
  const given = Object.fromEntries(
    Object.keys(schema.shape).flatMap((key) => {
      const text = config.get(key);
      const value = objects[key] ?? (text !== undefined && /^[[{]/.test(text) ? parsed(text) : text);
      return value === undefined ? [] : [[key, value]];
    }),
  );
  // A wrong value has the default in its place, so that the rest of the stack can still be checked.
  const settings = parse(schema.partial(), given, "", file, {});
  const keys = [...Object.keys(schema.shape), ...overrideKeys];
  // Placeholders name a secret by its key (`${dbPassword}`), which has letters, digits and `_` alone.
  const locked = secretKeys(config.name).filter((key) => !keys.includes(key) && /^[a-z]\w*$/i.test(key));
  const logins = Object.values(settings.value.registryAuth ?? {});
  const named = [...locked, ...logins.flatMap(({ password }) => placeholders(password))];
  const definitions = { ...Object.fromEntries(named.map((key) => [key, {}])), ...declared };
  const found = findSecrets(config, definitions, directory);
  const real = Object.keys(found).filter((key) => found[key]?.real);
  const values = { ...defaultsOf(schema), ...settings.value };
  const missing = missingKeys(config.name, file, schema, values);
  const mistakes = [
    ...unknownKeys(config.name, file, [...keys, ...Object.keys(definitions)]),
    ...secretObjects(config.name, file, Object.keys(definitions)),
    ...secretsInFile(config.name, file),
    ...missing.filter(({ key }) => given[key] === undefined).map(({ finding }) => finding),
    ...settings.mistakes,
    ...registryLogins(values, { name: config.name, file, found }),
    ...project.mistakes,
    ...resets.mistakes,
  ];
  // A program cannot go on without a value that it needs.
  if (missing.length > 0) throw new pulumi.RunError(describeMistakes(mistakes));
  return {
    mistakes,
    config: {
      ...(values as z.infer<typeof commonSchema> & z.infer<Settings>),
      project: projectName(pulumi.getProject(), stack),
      override: { file, definitions: withHome(project.value), reset: resets.value.reset ?? [] },
      secrets: asOutputs(found),
      exposed: real.length > 0 && hasEmptyPassphrase(file) ? real : [],
      shadowed: Object.keys(found).filter((key) => found[key]?.shadowed),
      development: ["dev", "local"].includes(stack) || hasEmptyPassphrase(file),
    },
  };
}

/** The values of the keys that have a default. */
function defaultsOf(schema: z.ZodObject): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(schema.shape).flatMap(([key, type]) => {
      const value: unknown = z.safeParse(type, undefined).data;
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

/** The keys without a default that have no value: they are not set, or their value was refused. */
function missingKeys(
  namespace: string,
  file: string,
  schema: z.ZodObject,
  values: Readonly<Record<string, unknown>>,
): { readonly key: string; readonly finding: Finding }[] {
  return Object.entries(schema.shape)
    .filter(([key, type]) => values[key] === undefined && !z.safeParse(type, undefined).success)
    .map(([key]) => {
      const place = { file, path: `${namespace}:${key}` };
      const fix = pulumiCommandLine("config", "set", key, "<value>");
      return { key, finding: mistake("missing-key", { ...place, message: "is not set", fix }) };
    });
}

/** A bind mount from the user's home directory, `~/.config/aws`, as Compose has it in its files. */
function withHome(definitions: Definitions): Definitions {
  const services = Object.entries(definitions.services ?? {}).map(([name, { volumes, ...service }]) => {
    const mounts = volumes?.map((mount) =>
      mount.type === "bind" && mount.source !== undefined
        ? { ...mount, source: mount.source.replace(/^~(?=\/|$)/, homedir()) }
        : mount,
    );
    return [name, { ...service, ...(mounts === undefined ? {} : { volumes: mounts }) }] as const;
  });
  return { ...definitions, services: Object.fromEntries(services) };
}

/** A value that is no JSON stays as it is: its schema refuses it. */
function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** The value of a secret, and where it is from. */
interface FoundSecret {
  readonly value: string | undefined;
  /** Whether the value comes from the environment or `.env`, and is not the well-known one. */
  readonly real: boolean;
  /** Whether the value comes from the stack's config, and the terminal or `.env` has another one. */
  readonly shadowed: boolean;
}

/** Looks for secrets in the stack's config, in the environment, in the folder's `.env`, and among the defaults. */
function findSecrets(
  config: pulumi.Config,
  definitions: Readonly<Record<string, SecretDefinition>>,
  directory: string,
): Record<string, FoundSecret> {
  const outside = [process.env, dotEnvOf(directory)];
  return Object.fromEntries(
    Object.entries(definitions).map(([key, { default: wellKnown }]): [string, FoundSecret] => {
      // An empty value is what a copied `.env` has, and nobody means it.
      const isSet = (value?: string) => value !== undefined && (value !== "" || wellKnown === "");
      const own = config.get(key);
      const given = outside.map((variables) => variables[variableOf(key)]).find(isSet);
      if (isSet(own))
        return [key, { value: own, real: false, shadowed: given !== undefined && given !== own }];
      const value = given ?? wellKnown;
      return [key, { value, real: value !== wellKnown, shadowed: false }];
    }),
  );
}

/**
 * The logins whose password is given: in the stack's config, in the environment or in the folder's `.env`, as a secret
 * is. They are for whoever asks registries before there is a plan; a plan has the passwords as secrets.
 *
 * @param directory Absolute path of the Compose project's folder.
 */
export function givenLogins(logins: RegistryLogins, directory: string): RegistryLogins {
  return Object.fromEntries(
    Object.entries(logins).flatMap(([address, { username, password: placeholder }]) => {
      const [key = ""] = placeholders(placeholder);
      const password = findSecrets(new pulumi.Config(), { [key]: {} }, directory)[key]?.value;
      return password === undefined ? [] : [[address, { username, password }]];
    }),
  );
}

function asOutputs(
  found: Readonly<Record<string, FoundSecret>>,
): Record<string, pulumi.Output<string> | undefined> {
  return Object.fromEntries(
    Object.entries(found).map(([key, { value }]) => [
      key,
      value === undefined ? undefined : pulumi.secret(value),
    ]),
  );
}

/** The keys of stack config that nobody reads: Pulumi itself refuses none of them. */
function unknownKeys(namespace: string, file: string, keys: readonly string[]): Finding[] {
  const secrets = secretKeys(namespace);
  return Object.keys(pulumi.runtime.allConfig())
    .filter((key) => key.startsWith(`${namespace}:`))
    .map((key) => key.slice(namespace.length + 1))
    .filter((key) => !keys.includes(key))
    .map((key) =>
      mistake("unknown-key", {
        file,
        path: `${namespace}:${key}`,
        message: `unknown key \`${key}\``,
        fix: secrets.includes(key)
          ? "give the secret a name of letters, digits and `_`, such as dbPassword"
          : `${suggestion(key, keys)}${nearest(key, keys) === undefined ? `, or lock a secret: ${pulumiCommandLine("config", "set", "--secret", key)}` : ""}`,
      }),
    );
}

/** The keys of a namespace whose values are locked in the stack's file: Pulumi names them in the environment only. */
function secretKeys(namespace: string): string[] {
  const keys = JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS ?? "[]") as string[];
  const prefix = `${namespace}:`;
  return keys.flatMap((key) => (key.startsWith(prefix) ? [key.slice(prefix.length)] : []));
}

/** One `secure:` value makes the whole object secret, and the program cannot tell which part is the secret. */
function secretObjects(namespace: string, file: string, secrets: readonly string[]): Finding[] {
  return [...overrideKeys, "environment"]
    .filter((key) => secretKeys(namespace).includes(key))
    .map((key) =>
      mistake("misplaced-secret", {
        file,
        path: `${namespace}:${key}`,
        message: "holds a `secure:` value",
        fix: `set the secret as a key of its own (${secrets.join(", ")}) and refer to it as \${${secrets[0] ?? ""}}`,
      }),
    );
}

/** The secrets that the stack's file holds, where its passphrase is the empty one. */
function secretsInFile(namespace: string, file: string): Finding[] {
  const secret = secretKeys(namespace);
  if (secret.length === 0 || !hasEmptyPassphrase(file)) return [];
  return [
    mistake("exposed-secret", {
      file,
      path: secret.map((key) => `${namespace}:${key}`).join(", "),
      message: "is a secret, and this stack's secrets are locked with the empty passphrase",
      fix: ownPassphrase(pulumiCommandLine("stack", "change-secrets-provider", "passphrase")),
    }),
  ];
}

/** What keeps the logins of registries from being used, or their passwords from staying hidden. */
function registryLogins(
  { registryAuth = {}, engine, target }: Partial<z.infer<typeof commonSchema>>,
  {
    name,
    file,
    found,
  }: {
    readonly name: string;
    readonly file: string;
    readonly found: Readonly<Record<string, FoundSecret>>;
  },
): Finding[] {
  return Object.entries(registryAuth).flatMap(([address, { password }]) => {
    const place = { file, path: `${name}:registryAuth.${address}` };
    const lock = (key: string) => pulumiCommandLine("config", "set", "--secret", key);
    const [key = "registryPassword"] = placeholders(password);
    if (engine === undefined && target !== "swarm") {
      const message =
        "only a swarm, and an engine that the key `engine` names, pull by a login of stack config";
      const fix = "name the engine, or take the login away and use `docker login`";
      return [mistake("invalid-value", { ...place, message, fix })];
    }
    if (password !== `\${${key}}`) {
      const fix = `${lock(key)}, and write \${${key}} here`;
      return [mistake("misplaced-secret", { ...place, message: "has its password in clear", fix })];
    }
    if (found[key]?.value === undefined) {
      const fix = `${lock(key)}, or set ${variableOf(key)} in the environment`;
      return [
        mistake("missing-secret", { ...place, message: `names \`${key}\`, which is set nowhere`, fix }),
      ];
    }
    if (!found[key].real || !hasEmptyPassphrase(file)) return [];
    const message = `has its password from ${variableOf(key)}, and the empty passphrase would hide the password from nobody`;
    const fix = ownPassphrase(pulumiCommandLine("stack", "change-secrets-provider", "passphrase"));
    return [mistake("exposed-secret", { ...place, message, fix })];
  });
}

/** The empty passphrase hides nothing: everybody who has the checkout has it. */
function hasEmptyPassphrase(file: string): boolean {
  if (givenPassphrase() !== "" || !existsSync(file)) return false;
  const text = readFileSync(file, "utf8");
  // A stack whose secrets a key service keeps, or Pulumi Cloud, has no passphrase at all.
  return /^encryptionsalt:/m.test(text) && !/^secretsprovider:/m.test(text);
}
