import type { Command } from "commander";
import { projectContainers, whyNoConnection, type ProjectContainer } from "../engine/connectivity.ts";
import { commandFor } from "../local/command-for.ts";
import { connectionsOf, type Connection } from "../model/connections.ts";
import { projectName } from "../plan/project-name.ts";
import type { Target } from "./target.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { engine, need } from "./requirements.ts";
import { stackCommand, targetOf } from "./stack-command.ts";
import { needOneEngine } from "./swarm.ts";
import { table } from "./table.ts";

/**
 * Opens a TCP connection from every service of a stack to every other that it depends on or has the URL of, from inside
 * its container, and prints which could be made.
 */
export function connectivityCommand(): Command {
  return stackCommand("connectivity", "connect from every service to those it needs, and show which answer")
    .option("--json", "print a list of connections as JSON")
    .action(async ({ json = false }: { readonly json?: boolean }, command: Command) => {
      const target = await targetOf(command);
      needOneEngine(target);
      await need(engine);
      const results = await connect(target);
      console.log(json ? JSON.stringify(results.map(forPrograms), undefined, 2) : tableOf(results));
      process.exitCode = results.some(({ reason }) => reason !== undefined) ? 1 : 0;
    });
}

async function connect({ program, stack }: Target): Promise<Result[]> {
  const containers = await projectContainers(projectName(program.name, stack));
  if (containers.length === 0) {
    throw new NeedsAttention(
      `nothing of the stack ${stack} of ${program.name} is on the engine`,
      `Bring it up: ${commandFor(program.directory, stack, "up")}`,
    );
  }
  const byService = new Map(containers.map((container) => [container.service, container]));
  // A job that has done its work has nothing left to connect from.
  const connections = connectionsOf(containers).filter(({ from }) => byService.get(from)?.completed !== true);
  return Promise.all(
    connections.map((connection) =>
      verify(connection, byService.get(connection.from), byService.get(connection.to)),
    ),
  );
}

function tableOf(results: readonly Result[]): string {
  const rows = results.map(({ connection: { from, to }, port, reason }) => [
    from,
    to,
    port,
    reason === undefined ? "✓ verified" : `✗ ${reason}`,
  ]);
  const failed = results.filter(({ reason }) => reason !== undefined).length;
  return (
    table([["FROM", "TO", "PORT", "VERIFIED"], ...rows]) +
    `\n\n${results.length - failed} verified, ${failed} failed`
  );
}

function forPrograms({ connection: { from, to, host }, port, reason }: Result) {
  return { from, to, host, port, verified: reason === undefined, reason: reason ?? null };
}

interface Result {
  readonly connection: Connection;
  readonly port: string;
  readonly reason?: string;
}

/** The first port that answers, or why the first does not. */
async function verify(
  connection: Connection,
  from: ProjectContainer | undefined,
  to: ProjectContainer | undefined,
): Promise<Result> {
  const port = connection.ports.join(", ") || "-";
  if (from?.running !== true) return { connection, port, reason: `${connection.from} is not running` };
  let reason: string | undefined;
  for (const candidate of connection.ports) {
    const refused = await whyNoConnection(from.id, connection.host, candidate);
    if (refused === undefined) return { connection, port: String(candidate) };
    reason ??= refused;
  }
  if (to === undefined) reason = `${connection.to} has no container`;
  else if (!to.running) reason = `${connection.to} is not running`;
  return { connection, port, reason: reason ?? "nothing to connect to" };
}
