import { own } from "../compose-spec/own.ts";
import type { WrittenFile } from "../compose-spec/written.ts";
import { warning, type Finding } from "../findings/finding.ts";
import { usesIn, type Use } from "../model/interpolated.ts";
import type { Model } from "../model/model.ts";
import { servicesUsing, variableOf } from "../model/secret.ts";

/** What a stack says of itself, and what the terminal says. */
export interface Said {
  /** The environment that the program was started with. */
  readonly terminal: Readonly<Record<string, string | undefined>>;
  /** The stack's own values of variables. */
  readonly environment: Readonly<Record<string, string>>;
  /** Secrets of which the stack's file has another value than the terminal. */
  readonly shadowed: readonly string[];
  readonly stackFile: string;
  /** How a person calls Pulumi on the stack. */
  readonly command: (...words: readonly string[]) => string;
}

/**
 * Variables that somebody has set in the terminal, that Compose files use, and that have no effect, because the stack's
 * file says otherwise. Each is told once. A value is never told: it may be a secret.
 */
export function unheardVariables(files: readonly WrittenFile[], model: Model, said: Said): Finding[] {
  const uses = files.flatMap(({ services }) =>
    Object.entries(services)
      .filter(([name]) => own(model.services, name) !== undefined)
      .flatMap(([name, service]) =>
        usesIn(service, ["services", name]).map((use) => ({ ...use, path: pathOf(use, service) })),
      ),
  );
  const variables = [...new Set(uses.map(({ variable }) => variable))];
  return [
    ...variables.flatMap((variable) => {
      const value = own(said.terminal, variable);
      if (value === undefined || value === "") return [];
      return unheard(
        variable,
        value,
        uses.filter((use) => use.variable === variable),
        model,
        said,
      );
    }),
    ...said.shadowed
      .filter((secret) => servicesUsing(secret, model).length > 0)
      .map((secret) =>
        finding(
          variableOf(secret),
          secret,
          said,
          `change the stack's value: ${said.command("config", "set", "--secret", secret)}`,
        ),
      ),
  ];
}

function unheard(variable: string, value: string, uses: readonly Use[], model: Model, said: Said): Finding[] {
  const other = own(said.environment, variable);
  if (other !== undefined) {
    if (other === value) return [];
    const set = said.command("config", "set", "--path", `environment.${variable}`, "<value>");
    return [finding(variable, `environment.${variable}`, said, `change the stack's value: ${set}`)];
  }
  const over = model.sources.find(({ file }) => file === said.stackFile)?.definitions;
  const replaced = uses.map(({ path }) => ({ path, value: valueAt(over, path.split(".")) }));
  const [first] = replaced;
  if (first === undefined || replaced.some((use) => use.value === undefined || use.value === value))
    return [];
  return [finding(variable, first.path, said, "change it there, or remove the key")];
}

function finding(variable: string, path: string, { stackFile }: Said, fix: string): Finding {
  const message = `${variable} of the terminal has no effect: the stack's file has another value`;
  return warning("unheard-variable", { file: stackFile, path, message, fix });
}

/** `environment` may be a list, `LEVEL=${LEVEL}`, and is a mapping in the stack. */
function pathOf({ path }: Use, service: unknown): string {
  const [services, name, key, index, ...rest] = path.split(".");
  if (key !== "environment" || index === undefined || rest.length > 0) return path;
  const entry = valueAt(service, [key, index]);
  const variable = Array.isArray(valueAt(service, [key])) ? String(entry).split("=")[0] : index;
  return [services, name, key, variable].join(".");
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (part, key) =>
      typeof part === "object" && part !== null ? own(part as Record<string, unknown>, key) : undefined,
    value,
  );
}
