import { existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { homedir } from "node:os";
import * as pulumi from "@pulumi/pulumi";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { pulumiCommand } from "./local/pulumi-command.ts";
import type { Mistake } from "./findings/mistake.ts";
import { suggestion } from "./compose-spec/nearest.ts";
import { parse } from "./compose-spec/parse.ts";
import { projectName } from "./plan/project-name.ts";
import { definitionsSchema, type Definitions } from "./compose-spec/definitions.ts";
import { ownPassphrase, variableOf } from "./model/secret.ts";
import { silenceSchema } from "./findings/silence.ts";
import type { Override } from "./model/model.ts";

/** The keys that hold what is laid over the definitions. */
const overrideKeys = ["services", "networks", "volumes", "reset"] as const;

/** Pulumi keeps every value as text. */
export const flag = z.stringbool({ truthy: ["true"], falsy: ["false"], error: "write true or false" });

/** The other keys that `Pulumi.<stack>.yaml` has in every program. */
const common = z.object({
  /** Compose profiles whose services are part of the stack. */
  profiles: z.array(z.string()).default([]),
  /** Variables that Compose files interpolate. */
  environment: z
    .record(
      z.string(),
      z
        .union([z.string(), z.number(), z.boolean()], "write a text, a number, true or false")
        .transform(String),
    )
    .default({}),
  /** Warnings that are not to be told any more, each with why. */
  silence: silenceSchema.default([]),
  /** Whether data volumes outlive `destroy`; a later `up` takes them up again. */
  keepVolumes: flag.default(true),
});

/** A secret that a program's services need. */
export interface SecretDefinition {
  /**
   * A well-known value, for machines that nobody else reaches; without one, a stack whose services use the secret has to
   * set it. Where it is empty, so may be what the stack or the environment says, which is otherwise as good as nothing.
   */
  readonly default?: string;
}

export interface ConfigDefinition<Settings extends z.ZodObject, Name extends string> {
  /** The program's own keys, with their defaults; a boolean is a `flag`. */
  readonly settings: Settings;
  /**
   * Secrets by their key. A Compose file knows `dbPassword` as the variable `DB_PASSWORD`, and so does the
   * environment, which is asked where the stack's config has none.
   */
  readonly secrets: Readonly<Record<Name, SecretDefinition>>;
}

/** What a stack says of itself. */
export interface StackConfig<Name extends string = string> extends z.infer<typeof common> {
  /** Compose project name: the program's for the stacks dev and local, `<program>-<stack>` for any other. */
  readonly project: string;
  /** What is laid over the definitions. */
  readonly override: Override;
  /** Secrets by their key; `undefined` is one that is set nowhere. */
  readonly secrets: Readonly<Record<Name, pulumi.Output<string> | undefined>>;
  /** Those that only their owner knows and that the empty passphrase would hide from nobody; not those of the config. */
  readonly exposed: readonly Name[];
}

/** Reads the stack's config, and every mistake in it. The only place that does. */
export function readConfig<Settings extends z.ZodObject, Name extends string>(
  definition: ConfigDefinition<Settings, Name>,
): { readonly config: StackConfig<Name> & z.infer<Settings>; readonly mistakes: readonly Mistake[] } {
  const config = new pulumi.Config();
  const stack = pulumi.getStack();
  const file = `Pulumi.${stack}.yaml`;
  const objects = Object.fromEntries(
    [...overrideKeys, "profiles", "environment", "silence"].flatMap((key) => {
      const value = config.get(key);
      return value === undefined ? [] : [[key, parsed(value)]];
    }),
  );
  const { services = {}, networks = {}, volumes = {}, reset = [] } = objects;
  const project = parse(definitionsSchema, { services, networks, volumes }, "", file, {});
  const resets = parse(z.object({ reset: z.array(z.string()) }).partial(), { reset }, "", file, {});

  const schema = z.object({ ...common.shape, ...definition.settings.shape });
  const given = Object.fromEntries(
    Object.keys(schema.shape).flatMap((key) => {
      const text = config.get(key);
      const value = objects[key] ?? (text?.startsWith("{") ? parsed(text) : text);
      return value === undefined ? [] : [[key, value]];
    }),
  );
  // A wrong value has the default in its place, so that the rest of the stack can still be checked.
  const settings = parse(schema.partial(), given, "", file, {});
  const keys = [...Object.keys(schema.shape), ...Object.keys(definition.secrets), ...overrideKeys];
  const secrets = Object.keys(definition.secrets) as Name[];
  const found = findSecrets(config, definition.secrets);
  const real = secrets.filter((key) => found[key].real);
  return {
    mistakes: [
      ...unknownKeys(config.name, file, keys),
      ...secretObjects(config.name, file, secrets),
      ...secretsInFile(config.name, file),
      ...settings.mistakes,
      ...project.mistakes,
      ...resets.mistakes,
    ],
    config: {
      ...(schema.parse({}) as z.infer<typeof common> & z.infer<Settings>),
      ...settings.value,
      project: projectName(pulumi.getProject(), stack),
      override: { file, definitions: withHome(project.value), reset: resets.value.reset ?? [] },
      secrets: asOutputs(found),
      exposed: real.length > 0 && hasEmptyPassphrase(file) ? real : [],
    },
  };
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

/** What is no object is left as it is, for its schema to refuse. */
function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** What a secret comes to. */
interface FoundSecret {
  readonly value: string | undefined;
  /** Whether it comes from outside and is no well-known one. */
  readonly real: boolean;
}

/** Looks for secrets in the stack's config, in the environment, in `.env`, and among the defaults. */
function findSecrets<Name extends string>(
  config: pulumi.Config,
  definitions: Readonly<Record<Name, SecretDefinition>>,
): Record<Name, FoundSecret> {
  const outside = [process.env, existsSync(".env") ? parseEnv(readFileSync(".env", "utf8")) : {}];
  return Object.fromEntries(
    Object.entries<SecretDefinition>(definitions).map(([key, { default: wellKnown }]) => {
      // Nobody means an empty one that a copied `.env` has.
      const isSet = (value?: string) => value !== undefined && (value !== "" || wellKnown === "");
      const own = config.get(key);
      if (isSet(own)) return [key, { value: own, real: false }];
      const value = outside.map((variables) => variables[variableOf(key)]).find(isSet) ?? wellKnown;
      return [key, { value, real: value !== wellKnown }];
    }),
  ) as Record<Name, FoundSecret>;
}

function asOutputs<Name extends string>(
  found: Readonly<Record<Name, FoundSecret>>,
): Record<Name, pulumi.Output<string> | undefined> {
  return Object.fromEntries(
    Object.entries<FoundSecret>(found).map(([key, { value }]) => [
      key,
      value === undefined ? undefined : pulumi.secret(value),
    ]),
  ) as Record<Name, pulumi.Output<string> | undefined>;
}

/** Pulumi takes any key of the project's for good. */
function unknownKeys(namespace: string, file: string, keys: readonly string[]): Mistake[] {
  return Object.keys(pulumi.runtime.allConfig())
    .filter((key) => key.startsWith(`${namespace}:`))
    .map((key) => key.slice(namespace.length + 1))
    .filter((key) => !keys.includes(key))
    .map((key) => ({
      file,
      path: `${namespace}:${key}`,
      message: `unknown key \`${key}\``,
      fix: suggestion(key, keys),
    }));
}

/** The keys whose values are locked in the stack's file; Pulumi tells a program through its environment only. */
const secretConfigKeys = JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS ?? "[]") as string[];

/** One `secure:` value makes the whole object secret, and Pulumi would then put the rest in clear into the state. */
function secretObjects(namespace: string, file: string, secrets: readonly string[]): Mistake[] {
  return [...overrideKeys, "environment"]
    .filter((key) => secretConfigKeys.includes(`${namespace}:${key}`))
    .map((key) => ({
      file,
      path: `${namespace}:${key}`,
      message: "holds a `secure:` value",
      fix: `set the secret as a key of its own (${secrets.join(", ")}) and refer to it as \${${secrets[0] ?? ""}}`,
    }));
}

/** The secrets that the stack's file holds, where its passphrase is the empty one. */
function secretsInFile(namespace: string, file: string): Mistake[] {
  const secret = secretConfigKeys.filter((key) => key.startsWith(`${namespace}:`));
  if (secret.length === 0 || !hasEmptyPassphrase(file)) return [];
  return [
    {
      file,
      path: secret.join(", "),
      message: "is a secret, and this stack's secrets are locked with the empty passphrase",
      fix: ownPassphrase(pulumiCommand("stack", "change-secrets-provider", "passphrase")),
    },
  ];
}

/** The empty passphrase of dev and test hides nothing: everybody who has the checkout has it. */
function hasEmptyPassphrase(file: string): boolean {
  if (passphrase() !== "" || !existsSync(file)) return false;
  // A stack whose secrets a key service keeps, or Pulumi Cloud, has no passphrase at all.
  const stackFile = parseYaml(readFileSync(file, "utf8")) as Readonly<Record<string, unknown>> | null;
  return stackFile?.encryptionsalt !== undefined && stackFile.secretsprovider === undefined;
}

/** Where Pulumi looks for it. What is typed at its prompt, nobody else is told. */
function passphrase(): string | undefined {
  const { PULUMI_CONFIG_PASSPHRASE: given, PULUMI_CONFIG_PASSPHRASE_FILE: file = "" } = process.env;
  return given ?? (existsSync(file) ? readFileSync(file, "utf8").trim() : undefined);
}
