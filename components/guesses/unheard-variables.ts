import { namedFiles } from "../compose-spec/named-files.ts";
import { own } from "../compose-spec/own.ts";
import type { WrittenFile } from "../compose-spec/written.ts";
import { warning, type Finding } from "../findings/finding.ts";
import { usesIn, type Use } from "../model/interpolated.ts";
import type { Model } from "../model/model.ts";
import { servicesUsing, variableOf } from "../model/secret.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** What a stack says of itself, and what its surroundings say. */
export interface Said {
  /** The environment that the program was started with. */
  readonly terminal: Variables;
  /** The project's `.env`. The terminal wins over it. */
  readonly dotEnv: Variables;
  /** The stack's own values of variables. */
  readonly environment: Readonly<Record<string, string>>;
  /** Profiles that the stack wants. */
  readonly profiles: readonly string[];
  /** Secrets of which the stack's file has another value than the terminal or `.env`. */
  readonly shadowed: readonly string[];
  readonly stackFile: string;
  /** How a person calls Pulumi on the stack. */
  readonly command: (...words: readonly string[]) => string;
}

/**
 * Variables that somebody has set in the terminal or in `.env`, that Compose or its files use, and that have no effect,
 * because the stack's file or the program says otherwise. Each is told once. A value is never told: it may be a secret.
 */
export function unheardVariables(files: readonly WrittenFile[], model: Model, said: Said): Finding[] {
  const uses = files.flatMap(({ services, secrets, others }) => [
    ...Object.entries(services)
      .filter(([name]) => own(model.services, name) !== undefined)
      .flatMap(([name, service]) =>
        usesIn(service, ["services", name]).map((use) => ({ ...use, path: pathOf(use, service) })),
      ),
    ...usesIn({ secrets, ...others }, []),
  ]);
  const variables = [...new Set(uses.map(({ variable }) => variable))];
  return [
    ...variables.flatMap((variable) =>
      unheard(
        variable,
        uses.filter((use) => use.variable === variable),
        model,
        said,
      ),
    ),
    ...said.shadowed
      .filter((secret) => servicesUsing(secret, model).length > 0)
      .map((secret) => {
        const fix = `change the stack's value: ${said.command("config", "set", "--secret", secret)}`;
        return finding(variableOf(secret), secret, said, fix);
      }),
    ...composeFile(files, said),
    ...composeProfiles(said),
  ];
}

function unheard(variable: string, uses: readonly Use[], model: Model, said: Said): Finding[] {
  const value = valueOf(variable, said);
  if (value === undefined || value === "") return [];
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

/** `COMPOSE_FILE` names the files where neither the program nor the stack's file does. */
function composeFile(files: readonly WrittenFile[], said: Said): Finding[] {
  const named = namedFiles({ ...said.dotEnv, ...said.terminal });
  if (named.length === 0 || files.every(({ file }) => named.includes(file))) return [];
  const why = "the program, or the key `files`, names the files";
  return [finding("COMPOSE_FILE", "files", said, "name the files there", why)];
}

/** `COMPOSE_PROFILES` chooses the profiles where the stack has none of its own. */
function composeProfiles(said: Said): Finding[] {
  const wanted = (valueOf("COMPOSE_PROFILES", said) ?? "").split(",").filter((profile) => profile !== "");
  const unheard = wanted.filter((profile) => !said.profiles.includes(profile));
  if (said.profiles.length === 0 || unheard.length === 0) return [];
  const fix = `add to the key: ${unheard.join(", ")}`;
  return [finding("COMPOSE_PROFILES", "profiles", said, fix, "the stack has profiles of its own")];
}

/** As Compose has it: the terminal's, also an empty one, else that of `.env`. */
function valueOf(variable: string, { terminal, dotEnv }: Said): string | undefined {
  return own(terminal, variable) ?? own(dotEnv, variable);
}

function finding(
  variable: string,
  path: string,
  { terminal, stackFile }: Said,
  fix: string,
  why = "the stack's file has another value",
): Finding {
  const from = (own(terminal, variable) ?? "") === "" ? "`.env`" : "the terminal";
  const message = `${variable} of ${from} has no effect: ${why}`;
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
