import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { load } from "js-yaml";
import type { WrittenFile } from "../compose-spec/written.ts";
import type { ComposeFilesArgs } from "./compose-files.ts";
import { dotEnvOf } from "./dot-env.ts";
import { writtenSchema } from "./written-yaml.ts";

/**
 * Reads Compose files as people wrote them, for what `docker compose config` no longer tells. What cannot be read is
 * left out: Compose itself says what is wrong with it.
 */
export function readWritten({ files, directory, environment }: ComposeFilesArgs): WrittenFile[] {
  const variables: Readonly<Record<string, string | undefined>> = {
    ...dotEnvOf(directory),
    ...process.env,
    ...environment,
  };
  return files.flatMap((file) => {
    const content = contentOf(resolve(directory, file));
    const { services, secrets, networks, volumes, configs, include } = (content ?? {}) as Readonly<
      Record<string, unknown>
    >;
    if (typeof services !== "object" || services === null) return [];
    const read = Object.entries(services).filter(
      ([, service]) => typeof service === "object" && service !== null,
    );
    return [
      {
        file,
        services: Object.fromEntries(read),
        secrets: typeof secrets === "object" && secrets !== null ? { ...secrets } : {},
        others: { networks, volumes, configs },
        includes: include !== undefined,
        variable: (name: string) => variables[name],
      },
    ];
  });
}

function contentOf(path: string): unknown {
  try {
    return load(readFileSync(path, "utf8"), { schema: writtenSchema });
  } catch {
    return undefined;
  }
}
