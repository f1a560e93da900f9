import { own } from "../compose-spec/own.ts";
import { placeholders } from "../model/placeholder.ts";
import { variableOf } from "../model/secret.ts";
import type { Service } from "../compose-spec/service.ts";
import type { Model } from "../model/model.ts";
import { warning, type Finding } from "../findings/finding.ts";

/** PostgreSQL's quotes end with a `$$` that no name follows. */
const quotes = /\$\$(?=[\s;,)'"]|$)/;

/**
 * Compose's `$$` where nothing makes one of two: in stack config and TypeScript. A shell takes it for its own process
 * id.
 */
export function doubledDollars({ healthcheck, command = [], entrypoint = [] }: Service): Finding[] {
  const words = { "healthcheck.test": healthcheck?.test ?? [], command, entrypoint };
  return Object.entries(words).flatMap(([path, list]) => {
    const text = list.join(" ");
    const name = quotes.test(text) ? undefined : /\$\$\{?([A-Za-z_]\w*)/.exec(text)?.[1];
    if (name === undefined) return [];
    const message = `a shell reads the $$ of $$${name} as its process id: only a Compose file needs \`$\` doubled`;
    return [warning("doubled-dollar", { path, message, fix: `write $${name}` })];
  });
}

/** The same in stack config's values, which no shell reads: the container gets both. */
export function doubledInValues(name: string, model: Model): Finding[] {
  return inStackConfig(name, model).flatMap(({ path, text }) =>
    /^(?:environment|labels)\./.test(path) && /\$\$[\w./{]/.test(text) && !quotes.test(text)
      ? [
          warning("doubled-dollar", {
            path,
            message: "the container gets both `$`: only a Compose file needs `$` doubled",
            fix: "write `$`",
          }),
        ]
      : [],
  );
}

/** Variables in stack config as Compose would fill them in, other than in commands, where they may be a shell's. */
export function notInterpolated(name: string, model: Model): Finding[] {
  return inStackConfig(name, model).flatMap(({ path, text }) => {
    if (/^(?:command|entrypoint|healthcheck\.test)\./.test(path)) return [];
    const variables = [...text.matchAll(/(?<!\$)\$\{([A-Za-z_]\w*)(?::?[-+?][^}]*)?\}/g)];
    const [, variable] = variables.find(([whole]) => !isSecret(whole, model)) ?? [];
    if (variable === undefined) return [];
    const secret = model.secrets.find((key) => variableOf(key) === variable);
    return [
      warning("not-interpolated", {
        path,
        message: `\${${variable}} reaches the container as it is: variables are replaced in Compose files only`,
        fix: secret === undefined ? "write the value" : `write the secret as \${${secret}}`,
      }),
    ];
  });
}

function isSecret(text: string, { secrets }: Model): boolean {
  return placeholders(text).some((name) => secrets.includes(name));
}

interface Leaf {
  /** Counts from the service, in the whole stack. */
  readonly path: string;
  readonly text: string;
}

/** The texts that stack config, the last that is laid over, gives a service. */
function inStackConfig(name: string, { services, sources }: Model): Leaf[] {
  return leavesOf(own(services, name), own(sources.at(-1)?.definitions.services, name), []);
}

function leavesOf(whole: unknown, part: unknown, path: readonly string[]): Leaf[] {
  if (typeof whole === "string") return whole === part ? [{ path: path.join("."), text: whole }] : [];
  if (!isObject(whole) || !isObject(part)) return [];
  return Object.entries(whole).flatMap(([key, entry]) => {
    // Entries of a list stand elsewhere in the whole than in the part.
    const text = JSON.stringify(entry);
    const same = Array.isArray(part)
      ? (part as unknown[]).find((other) => JSON.stringify(other) === text)
      : own(part, key);
    return leavesOf(entry, same, [...path, key]);
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
