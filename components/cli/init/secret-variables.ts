import type { Definitions } from "../../compose-spec/definitions.ts";
import { placeholders } from "../../model/placeholder.ts";

/** Where the value of a secret ends up. */
export interface Reach {
  /** Services that get the secret. */
  readonly services: readonly string[];
  /** Keys that a secret cannot fill, such as `services.api.build`. */
  readonly refused: readonly string[];
}

/** The keys of a service in which a secret is filled in. */
const filledKeys: readonly string[] = ["environment", "command", "entrypoint", "healthcheck", "labels"];

/**
 * Finds where secrets end up in a project that was read with a placeholder for each of them.
 *
 * @param definitions As Compose printed the project, with `${dbPassword}` in place of the value.
 */
export function reachOf(key: string, definitions: Definitions): Reach {
  const names = (part: unknown) => placeholders(JSON.stringify(part ?? null)).includes(key);
  const files = { ...definitions.configs, ...definitions.secrets };
  const secretFiles = Object.keys(files).filter((name) => names(files[name]));
  const services = Object.entries(definitions.services ?? {}).map(([name, service]) => {
    const keys = Object.entries(service).flatMap(([part, value]) => (names(value) ? [part] : []));
    const references = [...(service.configs ?? []), ...(service.secrets ?? [])];
    const hasFile = references.some(({ source }) => secretFiles.includes(source));
    return { name, keys, gets: hasFile || keys.length > 0 };
  });
  return {
    services: services.filter(({ gets }) => gets).map(({ name }) => name),
    refused: [
      ...services.flatMap(({ name, keys }) =>
        keys.filter((part) => !filledKeys.includes(part)).map((part) => `services.${name}.${part}`),
      ),
      ...["networks", "volumes"].filter((part) => names(definitions[part as "networks" | "volumes"])),
    ],
  };
}

/** Services that get a variable's value past the stack's config, by `env_file` or as a value written into the file. */
export function servicesInClear(variable: string, value: string, definitions: Definitions): string[] {
  if (value === "") return [];
  return Object.entries(definitions.services ?? {})
    .filter(([, { environment = {} }]) => environment[variable] === value)
    .map(([name]) => name);
}

/** The variables that Compose files refer to: `${DB_PASSWORD:-x}`, `$DB_PASSWORD`, `environment: DB_PASSWORD`. */
export function variablesIn(text: string): string[] {
  const references = text
    .replaceAll("$$", "")
    .matchAll(/\$\{?([A-Za-z_]\w*)|^\s*environment:\s*["']?([A-Za-z_]\w*)["']?\s*$/gm);
  return [...new Set([...references].map(([, one, other]) => one ?? other ?? ""))];
}
