import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import type { Mistake } from "./model/mistake.ts";
import { suggestion } from "./model/nearest.ts";
import { parse } from "./model/parse.ts";
import { projectName } from "./model/project-name.ts";
import { projectSchema } from "./model/project.ts";
import type { Override } from "./model/stack.ts";

/**
 * The keys of `Pulumi.<stack>.yaml`. `Pulumi.yaml` declares them to Pulumi with their types, defaults and
 * descriptions; here stands what Pulumi does not check.
 */
const settingsSchema = z.object({
  logLevel: z.enum(["debug", "info", "warning", "error"]),
  keepVolumes: z.boolean(),
  dashboard: z.boolean(),
  routing: z.enum(["file", "labels"]),
  generatedFile: z.string(),
  dbUser: z.string(),
  dbName: z.string(),
});
const secretKeys = ["dbPassword"] as const;
const keys: readonly string[] = [
  ...Object.keys(settingsSchema.shape),
  ...secretKeys,
  "services",
  "networks",
  "reset",
];

/** What a stack says of itself. */
export interface StackConfig extends z.infer<typeof settingsSchema> {
  /** Compose project name: `super-team` for the stack dev, `super-team-<stack>` for any other. */
  readonly project: string;
  /** What is laid over the definitions. */
  readonly override: Override;
  /** Flat secrets, by the name that placeholders in environment values have. */
  readonly secrets: Readonly<Record<(typeof secretKeys)[number], pulumi.Output<string>>>;
}

/** What is read in place of a wrong value, so that the rest of the stack can still be checked. */
const fallback: z.infer<typeof settingsSchema> = {
  logLevel: "info",
  keepVolumes: true,
  dashboard: false,
  routing: "file",
  generatedFile: "",
  dbUser: "",
  dbName: "",
};

/** Reads the stack's config, and every mistake in it. The only place that does. */
export function readConfig(): { readonly config: StackConfig; readonly mistakes: readonly Mistake[] } {
  const config = new pulumi.Config();
  const stack = pulumi.getStack();
  const file = `Pulumi.${stack}.yaml`;
  const settings = parse(
    settingsSchema.partial(),
    {
      logLevel: config.require("logLevel"),
      keepVolumes: config.requireBoolean("keepVolumes"),
      dashboard: config.requireBoolean("dashboard"),
      routing: config.require("routing"),
      generatedFile: config.require("generatedFile"),
      dbUser: config.require("dbUser"),
      dbName: config.require("dbName"),
    },
    "",
    file,
    {},
  );
  const services = { services: config.requireObject("services"), networks: config.requireObject("networks") };
  const project = parse(projectSchema, services, "", file, {});
  const reset = config.requireObject<string[]>("reset");
  return {
    mistakes: [
      ...unknownKeys(config.name, file),
      ...secretObjects(config.name, file),
      ...emptyPassphrase(config.name, file),
      ...settings.mistakes,
      ...project.mistakes,
    ],
    config: {
      ...fallback,
      ...settings.value,
      project: projectName(stack),
      override: { file, project: project.value, reset },
      secrets: { dbPassword: config.requireSecret("dbPassword") },
    },
  };
}

/** Pulumi takes any key of the project's for good. */
function unknownKeys(namespace: string, file: string): Mistake[] {
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
function secretObjects(namespace: string, file: string): Mistake[] {
  return ["services", "networks", "reset"]
    .filter((key) => secretConfigKeys.includes(`${namespace}:${key}`))
    .map((key) => ({
      file,
      path: `${namespace}:${key}`,
      message: "holds a `secure:` value",
      fix: `set the secret as a key of its own (${secretKeys.join(", ")}) and refer to it as \${${secretKeys[0]}}`,
    }));
}

/** The empty passphrase of dev and test hides nothing: everybody who has the checkout has it. */
function emptyPassphrase(namespace: string, file: string): Mistake[] {
  const secret = secretConfigKeys.filter((key) => key.startsWith(`${namespace}:`));
  if (secret.length === 0 || process.env.PULUMI_CONFIG_PASSPHRASE !== "") return [];
  // A stack whose secrets a key service keeps, or Pulumi Cloud, has no passphrase at all.
  const stackFile = parseYaml(readFileSync(file, "utf8")) as Readonly<Record<string, unknown>>;
  if (stackFile.encryptionsalt === undefined || stackFile.secretsprovider !== undefined) return [];
  return [
    {
      file,
      path: secret.join(", "),
      message: "is a secret, and this stack's secrets are locked with the empty passphrase",
      fix: `choose one: npm run pulumi -- stack change-secrets-provider passphrase --stack ${pulumi.getStack()}`,
    },
  ];
}
