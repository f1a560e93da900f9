import { appendFileSync } from "node:fs";

/** The variable by which `pulumi-compose config` names the file that it wants projects written to. */
export const askedConfig = "PULUMI_COMPOSE_CONFIG";

/** Writes a project down, a line of JSON, where `pulumi-compose config` runs the program; does nothing otherwise. */
export function writeAskedConfig(project: object): void {
  const file = process.env[askedConfig];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(project)}\n`);
}
