import { appendFileSync } from "node:fs";

/** The variable by which `pulumi-compose preview` names the file that it wants changes and findings written to. */
const askedChanges = "PULUMI_COMPOSE_CHANGES";

/** Writes a project's changes down, a line of JSON, where `pulumi-compose preview` asks for them. */
export function writeAskedChanges(changes: object): void {
  const file = process.env[askedChanges];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(changes)}\n`);
}
