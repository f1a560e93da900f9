import { mistake, type Finding } from "../findings/finding.ts";
import { filesOf } from "./files.ts";
import { placeholders } from "./placeholder.ts";
import type { Model } from "./model.ts";

/**
 * The variable that a secret is known as in Compose files and in the environment: `dbPassword` is `DB_PASSWORD`, and
 * `DB_PASSWORD` is itself.
 */
export function variableOf(secret: string): string {
  return secret.replace(/([a-z\d])([A-Z])/g, "$1_$2").toUpperCase();
}

/**
 * The key of stack config that Compose files know as this variable: `DB_PASSWORD` is `dbPassword`.
 *
 * @returns `undefined` for a variable that no key leads to, such as one in small letters.
 */
export function secretKeyOf(variable: string): string | undefined {
  const camelCase = variable.toLowerCase().replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return [camelCase, variable].find((key) => /^[a-z]\w*$/i.test(key) && variableOf(key) === variable);
}

/** The variables of secrets for reading Compose files: each is its placeholder, which is filled much later. */
export function placeholderVariables(secrets: readonly string[]): Record<string, string> {
  return Object.fromEntries(secrets.map((secret) => [variableOf(secret), `\${${secret}}`]));
}

/**
 * A mistake for every secret that services of the stack use and that is set nowhere.
 *
 * @param config The stack's config, where it can be set, and the command that does.
 */
export function missingSecrets(
  model: Model,
  missing: readonly string[],
  config: { readonly file: string; readonly command: (secret: string) => string },
): Finding[] {
  return missing.flatMap((secret) => {
    const users = servicesUsing(secret, model);
    if (users.length === 0) return [];
    const message = `is needed by ${users.join(", ")} and set nowhere`;
    const fix = `${config.command(secret)}, or set ${variableOf(secret)} in the environment`;
    return [mistake("missing-secret", { file: config.file, path: secret, message, fix })];
  });
}

/**
 * A mistake for the secrets that services of the stack use and that would be locked with the empty passphrase.
 *
 * @param config The stack's config, and the command that gives the stack a passphrase of its own.
 */
export function exposedSecrets(
  model: Model,
  exposed: readonly string[],
  config: { readonly file: string; readonly command: string },
): Finding[] {
  const used = exposed.filter((secret) => servicesUsing(secret, model).length > 0);
  if (used.length === 0) return [];
  const message = `comes from ${used.map(variableOf).join(", ")} in the environment or \`.env\`, and the empty passphrase would hide it from nobody`;
  const fix = ownPassphrase(config.command);
  return [mistake("exposed-secret", { file: config.file, path: used.join(", "), message, fix })];
}

/** What to do about the empty passphrase. */
export function ownPassphrase(command: string): string {
  return `choose a passphrase, and set PULUMI_CONFIG_PASSPHRASE to it from then on: ${command}`;
}

/** Names of the services that a secret gets to. */
export function servicesUsing(secret: string, model: Model): string[] {
  const uses = (part: unknown) => placeholders(JSON.stringify(part)).includes(secret);
  return Object.entries(model.services)
    .filter(([, service]) => uses(service) || filesOf(service, model).some(({ file }) => uses(file ?? {})))
    .map(([name]) => name);
}
