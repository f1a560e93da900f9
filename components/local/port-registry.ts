import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { mistake, type Finding } from "../findings/finding.ts";
import type { MistakeName } from "../findings/names.ts";
import { parse } from "../compose-spec/parse.ts";
import { portRegistrySchema, type PortRegistry } from "../checks/port-registry.ts";

/**
 * Reads a registry of ports.
 *
 * @param file Path of the file, absolute, below the home directory (`~/…`), or relative to `directory`.
 */
export function readPortRegistry(
  file: string,
  directory: string,
): { readonly value: PortRegistry | undefined; readonly mistakes: readonly Finding[] } {
  const refused = (name: MistakeName, message: string, fix: string) => ({
    value: undefined,
    mistakes: [mistake(name, { file, path: "(the file)", message, fix })],
  });
  let text: string;
  try {
    text = readFileSync(resolve(directory, file.replace(/^~(?=\/)/, homedir())), "utf8");
  } catch {
    return refused(
      "missing-file",
      "cannot be read",
      "correct the path of the port registry, or make the file",
    );
  }
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    return refused(
      "invalid-value",
      `is no JSON: ${error instanceof Error ? error.message : ""}`,
      "mend the file",
    );
  }
  const { value, mistakes } = parse<PortRegistry | undefined>(
    portRegistrySchema,
    content,
    "",
    file,
    undefined,
  );
  return mistakes.length > 0 ? { value: undefined, mistakes } : { value, mistakes };
}
