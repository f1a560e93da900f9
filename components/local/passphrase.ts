import { existsSync, readFileSync } from "node:fs";

/**
 * The passphrase of the stack's secrets, from where Pulumi reads it. A passphrase that is typed at Pulumi's prompt stays
 * unknown.
 */
export function givenPassphrase(): string | undefined {
  const { PULUMI_CONFIG_PASSPHRASE: given, PULUMI_CONFIG_PASSPHRASE_FILE: file = "" } = process.env;
  return given ?? (existsSync(file) ? readFileSync(file, "utf8").trim() : undefined);
}
