import http from "node:http";
import https from "node:https";
import { inspect } from "node:util";
// Before the client: says what of it is loaded when it is used.
import "./client-parts.ts";
import Docker from "dockerode";
// Settles DOCKER_HOST, which docker-modem reads.
import { engineAddress, workOn } from "./address.ts";

/** Milliseconds for which a connection is kept for the next request. */
const kept = 5_000;

/** The one client of the Docker API, on the engine of the stack, or of Docker's command line (`address.ts`). */
export let engine = connect();

/** Has everything work on the engine that stack config names. See `workOn`. */
export function workOnEngine(setting: string): void {
  try {
    workOn(setting);
  } finally {
    engine = connect();
  }
}

function connect(): Docker {
  const host = process.env.DOCKER_HOST ?? "";
  // docker-modem takes an agent; its types do not say so.
  const options: Docker.DockerOptions & { agent?: http.Agent | undefined } = {
    agent: agent(host),
    // Where the provider looks, too; docker-modem would prefer Docker Desktop's.
    ...(host === "" && process.platform !== "win32" ? { socketPath: "/var/run/docker.sock" } : {}),
  };
  return new Docker(options);
}

/**
 * A connection to an engine that may be far away serves one request after the other: a new connection takes as long as a
 * request. One that waits for a request does not hold the program, and is closed before anything on the way forgets it.
 * On this machine a connection costs nothing, and is kept for nobody.
 */
function agent(host: string): http.Agent | undefined {
  if (host.startsWith("ssh:")) return undefined;
  const secure = host.startsWith("tcp:") && (process.env.DOCKER_TLS_VERIFY === "1" || host.endsWith(":2376"));
  const isFar = /^(?:tcp|https?):/.test(host);
  const options = isFar ? { keepAlive: true, timeout: kept } : { keepAlive: false };
  const agent = secure ? new https.Agent(options) : new http.Agent(options);
  // docker-modem describes every request for its debug log, even when there is none: with the agent, all open sockets
  // and what hangs on them. Of fifty services that was more work than everything else.
  return Object.assign(agent, { [inspect.custom]: () => "Agent" });
}

/** The name under which ports that the engine publishes are reached from here. */
export function engineHost(): string {
  return /^(?:tcp|https?|ssh):\/\/(?:[^@/]*@)?([^:/]+)/.exec(engineAddress())?.[1] ?? "localhost";
}

/** What the engine, or the connection to it, says is wrong; without the rest of what its client knows of it. */
export function messageOf(error: unknown): string {
  if (typeof error === "object" && error !== null && "json" in error) {
    const { message } = (error.json ?? {}) as { message?: string };
    if (message !== undefined) return message;
  }
  return error instanceof Error ? error.message : String(error);
}

/** Whether the error is the engine's "no such container, network or volume". */
export function isNotFound(error: unknown): boolean {
  return typeof error === "object" && error !== null && "statusCode" in error && error.statusCode === 404;
}
