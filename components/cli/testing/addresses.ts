import { containersOf } from "../../engine/inventory.ts";
import { publishedPorts } from "../../engine/ports.ts";
import { projectName } from "../../plan/project-name.ts";
import type { Target } from "../target.ts";
import { addressesIn, exportState } from "../stack-state.ts";

/** A stack that is up, as `test --json` prints it and as the command of `test` finds it in `PULUMI_COMPOSE_TEST`. */
export interface RunningStack {
  readonly stack: string;
  /** Compose project name: `docker compose -p <project> ps` lists the stack. */
  readonly project: string;
  /** Absolute path of the program. */
  readonly directory: string;
  /** By name, those that have a container. */
  readonly services: Readonly<Record<string, RunningService>>;
}

export interface RunningService {
  /** The name of the service's first container. */
  readonly container: string;
  /** Addresses from this machine by the container's port: `{ "8000/tcp": "localhost:32768" }`. */
  readonly ports: Readonly<Record<string, string>>;
  /** The address through the gateway, or of the lowest published TCP port; `null` without either. */
  readonly url: string | null;
}

/** Asks the engine where the services of a stack are. */
export async function runningStack({ program, stack }: Target): Promise<RunningStack> {
  const project = projectName(program.name, stack);
  const [containers, state] = await Promise.all([containersOf(project), exportState({ program, stack })]);
  const routes = addressesIn(state);
  const found = await Promise.all(
    containers.map(async ({ Id: id, Names: [name = ""], Labels: labels }) => {
      const service = labels["com.docker.compose.service"] ?? "";
      const ports = await publishedPorts(id);
      const route = routes[service]?.includes("://") === true ? routes[service] : undefined;
      return [service, { container: name.slice(1), ports, url: route ?? urlOf(ports) }] as const;
    }),
  );
  // Of several containers, the first by its name stands for the service.
  const services = found.sort(([, one], [, other]) => other.container.localeCompare(one.container));
  return { stack, project, directory: program.directory, services: Object.fromEntries(services) };
}

/** Schemes by the container's port, where HTTP is not what is spoken there. */
const schemes: Readonly<Record<number, string>> = {
  25: "smtp",
  443: "https",
  1025: "smtp",
  3306: "mysql",
  5432: "postgresql",
  5672: "amqp",
  6379: "redis",
  8443: "https",
  27017: "mongodb",
};

export function urlOf(ports: RunningService["ports"]): string | null {
  const [first] = tcpPorts(ports);
  return first === undefined ? null : `${schemes[first.port] ?? "http"}://${first.address}`;
}

/** The published TCP ports, the lowest container port first. */
function tcpPorts(ports: RunningService["ports"]) {
  return Object.entries(ports)
    .flatMap(([key, address]) => {
      const [port, protocol] = key.split("/");
      return protocol === "tcp" ? [{ port: Number(port), address }] : [];
    })
    .sort((one, other) => one.port - other.port);
}

/**
 * The variables by which a command finds a stack: `WEB_HOST`, `WEB_PORT`, `WEB_URL` of the service `web`, and
 * `WEB_PORT_8080` of each of its published TCP ports.
 */
export function stackVariables(running: RunningStack): Record<string, string> {
  const services = Object.entries(running.services).flatMap(([name, { ports, url }]) => {
    const prefix = name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_");
    const published = tcpPorts(ports).map(({ port, address }) => {
      const colon = address.lastIndexOf(":");
      return { port, host: address.slice(0, colon), published: address.slice(colon + 1) };
    });
    const [first] = published;
    return [
      ...(first === undefined
        ? []
        : [
            [`${prefix}_HOST`, first.host],
            [`${prefix}_PORT`, first.published],
          ]),
      ...published.map(({ port, published: host }) => [`${prefix}_PORT_${port}`, host]),
      ...(url === null ? [] : [[`${prefix}_URL`, url]]),
    ] as [string, string][];
  });
  return {
    // A service `docker` would send Docker's command line to itself.
    ...Object.fromEntries(services.filter(([variable]) => variable !== "DOCKER_HOST")),
    PULUMI_COMPOSE_STACK: running.stack,
    PULUMI_COMPOSE_TEST: JSON.stringify(running),
  };
}
