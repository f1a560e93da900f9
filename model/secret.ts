import type { Mistake } from "./mistake.ts";
import { filesOf } from "./files.ts";
import { placeholders } from "./placeholder.ts";
import type { Stack } from "./stack.ts";

/** The variable that a secret is known as in Compose files and in the environment: `dbPassword` is `DB_PASSWORD`. */
export function variableOf(secret: string): string {
  return secret.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** The variables of secrets for reading Compose files: each is its placeholder, which is filled much later. */
export function placeholderVariables(secrets: readonly string[]): Record<string, string> {
  return Object.fromEntries(secrets.map((secret) => [variableOf(secret), `\${${secret}}`]));
}

/**
 * A mistake for every secret that services of the stack use and that is set nowhere.
 *
 * @param file The stack's config, where it can be set.
 */
export function missingSecrets(stack: Stack, missing: readonly string[], file: string): Mistake[] {
  return missing.flatMap((secret) => {
    const uses = (part: unknown) => placeholders(JSON.stringify(part)).includes(secret);
    const users = Object.entries(stack.services).filter(
      ([, service]) => uses(service) || filesOf(service, stack).some(({ file }) => uses(file ?? {})),
    );
    if (users.length === 0) return [];
    const message = `is needed by ${users.map(([name]) => name).join(", ")} and set nowhere`;
    const fix = `npx pulumi config set --secret ${secret}, or set ${variableOf(secret)} in the environment`;
    return [{ file, path: secret, message, fix }];
  });
}
