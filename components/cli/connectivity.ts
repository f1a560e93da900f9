import type { Command } from "commander";
import { projectContainers, whyNoConnection, type ProjectContainer } from "../engine/connectivity.ts";
import { commandFor } from "../local/command-for.ts";
import { connectionsOf, type Connection } from "../model/connections.ts";
import { projectName } from "../plan/project-name.ts";
import type { Target } from "./choose-stack.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { engine, need } from "./requirements.ts";
import { stackCommand, targetOf } from "./stack-command.ts";
import { table } from "./table.ts";

/**
 * Opens a TCP connection from every service of a stack to every other that it depends on or has the URL of, from inside
 * its container, and prints which could be made.
 */
export function connectivityCommand(): Command {
  return stackCommand(
    "connectivity",
    "connect from every service to those it needs, and show which answer",
  ).action(async (_options: object, command: Command) => {
    const target = await targetOf(command);
    await need(engine);
    process.exitCode = await connect(target);
  });
}

/** @returns 1 when a connection could not be made. */
async function connect({ program, stack }: Target): Promise<number> {
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
  const results = await Promise.all(
    connections.map((connection) =>
      verify(connection, byService.get(connection.from), byService.get(connection.to)),
    ),
  );
  const rows = results.map(({ connection: { from, to }, port, reason }) => [
    from,
    to,
    port,
    reason === undefined ? "✓ verified" : `✗ ${reason}`,
  ]);
  console.log(table([["FROM", "TO", "PORT", "VERIFIED"], ...rows]));
  const failed = results.filter(({ reason }) => reason !== undefined).length;
  console.log(`\n${results.length - failed} verified, ${failed} failed`);
  return failed > 0 ? 1 : 0;
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
