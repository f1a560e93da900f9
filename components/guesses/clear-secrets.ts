import { own } from "../compose-spec/own.ts";
import type { WrittenFile } from "../compose-spec/written.ts";
import { warning, type Finding } from "../findings/finding.ts";
import { usesIn, type Use } from "../model/interpolated.ts";
import type { Model } from "../model/model.ts";
import { looksSecret, mayBeSecret } from "../model/looks-secret.ts";
import { secretKeyOf, variableOf } from "../model/secret.ts";

/**
 * Variables whose names say that they hold a secret, and that the stack knows as none: their values are in Pulumi's state,
 * in previews and in logs for anybody to read. Each is told once, where a file uses it first.
 *
 * @param command How a person calls Pulumi on the stack.
 */
export function clearSecrets(
  files: readonly WrittenFile[],
  model: Model,
  command: (...words: readonly string[]) => string,
): Finding[] {
  const told = new Set<string>();
  return files.flatMap((file) => {
    const services = Object.entries(file.services).filter(
      ([name]) => own(model.services, name) !== undefined,
    );
    const uses: readonly (Use & { readonly service?: string; readonly isSecret?: boolean })[] = [
      ...services.flatMap(([name, service]) =>
        usesIn(service, ["services", name]).map((use) => ({ ...use, service: name })),
      ),
      // What is made a file of is meant as a secret, whatever it is called.
      ...Object.entries(file.secrets).flatMap(([name, secret]) => {
        const variable = (secret as { readonly environment?: unknown } | null)?.environment;
        const isUsed = own(model.secretFiles, name) !== undefined;
        if (typeof variable !== "string" || !isUsed) return [];
        return [{ variable, path: `secrets.${name}.environment`, isSecret: true }];
      }),
    ];
    return uses.flatMap(({ variable, isSecret = false, ...place }) => {
      const value = file.variable(variable);
      if (told.has(variable) || value === undefined || !mayBeSecret(value)) return [];
      if (!isSecret && !looksSecret(variable, value)) return [];
      told.add(variable);
      const message = `the value of ${variable} is no declared secret: it is in clear in state and preview`;
      const fix = adviceFor(variable, command);
      return [warning("clear-secret", { ...place, file: file.file, message, fix })];
    });
  });
}

function adviceFor(variable: string, command: (...words: readonly string[]) => string): string {
  // Compose files know a secret by a name in capitals.
  const name = variableOf(variable);
  const set = command("config", "set", "--secret", secretKeyOf(name) ?? name);
  return name === variable ? set : `call the variable ${name}, and then: ${set}`;
}
