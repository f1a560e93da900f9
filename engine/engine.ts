import http from "node:http";
import https from "node:https";
import Docker from "dockerode";

const host = process.env.DOCKER_HOST ?? "";

/** The one connection to the Docker API: `DOCKER_HOST`, or the local socket. */
export const engine = connect();

function connect(): Docker {
  // docker-modem takes an agent; its types do not say so.
  const options: Docker.DockerOptions & { agent?: http.Agent | undefined } = { agent: agent() };
  return new Docker(options);
}

/** With keep-alive, Node.js' default, the program would stay for minutes after its last request. */
function agent(): http.Agent | undefined {
  if (host.startsWith("ssh:")) return undefined;
  const secure = process.env.DOCKER_TLS_VERIFY === "1" || host.endsWith(":2376");
  return secure ? new https.Agent({ keepAlive: false }) : new http.Agent({ keepAlive: false });
}

/** The name under which ports that the engine publishes are reached from here. */
export function engineHost(): string {
  return /^(?:tcp|https?|ssh):\/\/(?:[^@/]*@)?([^:/]+)/.exec(host)?.[1] ?? "localhost";
}

/** Whether the error is the engine's "no such container, network or volume". */
export function isNotFound(error: unknown): boolean {
  return typeof error === "object" && error !== null && "statusCode" in error && error.statusCode === 404;
}
