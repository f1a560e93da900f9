import type { ContainerInspectInfo } from "dockerode";
import { dependenciesIn, type Connected } from "../model/connections.ts";
import { engine, isNotFound, messageOf } from "./engine.ts";
import { textOf } from "./frames.ts";
import { pullImage } from "./images.ts";
import { inspectContainers } from "./inventory.ts";

/** A container of a Compose project, made by this library or by Compose. */
export interface ProjectContainer extends Connected {
  readonly id: string;
  readonly running: boolean;
  /** Whether the container has ended with exit code 0, as a job does. */
  readonly completed: boolean;
}

/** The containers of a Compose project, one for each service, because replicas are alike. */
export async function projectContainers(project: string): Promise<ProjectContainer[]> {
  const label = [
    `com.docker.compose.project=${project}`,
    "com.docker.compose.container-number=1",
    "com.docker.compose.oneoff=False",
  ];
  const found = await engine.listContainers({ all: true, filters: { label } });
  return (await inspectContainers(found))
    .map(projectContainer)
    .sort((one, other) => one.service.localeCompare(other.service, "en"));
}

function projectContainer({
  Id,
  Name,
  Config,
  State,
  NetworkSettings,
}: ContainerInspectInfo): ProjectContainer {
  const service = Config.Labels["com.docker.compose.service"] ?? "";
  const aliases = Object.values(NetworkSettings.Networks).flatMap((network) => [
    ...((network.Aliases as string[] | null) ?? []),
  ]);
  return {
    id: Id,
    service,
    names: [...new Set([service, Name.slice(1), ...aliases])],
    environment: Object.fromEntries(
      Config.Env.map((entry): [string, string] => {
        const [name = "", ...value] = entry.split("=");
        return [name, value.join("=")];
      }),
    ),
    dependsOn: dependenciesIn(Config.Labels["com.docker.compose.depends_on"] ?? ""),
    ports: Object.keys((Config.ExposedPorts as object | undefined) ?? {}).flatMap((port) =>
      port.endsWith("/tcp") ? [Number.parseInt(port)] : [],
    ),
    running: State.Running && !State.Restarting,
    completed: State.Status === "exited" && State.ExitCode === 0,
  };
}

/** Seconds to wait for a connection that is neither made nor refused. */
const patience = 5;

/** The exit code of `probe` in an image without a program that can connect. */
const noTool = 125;

/** Connects to $0:$1 with a program of the image, and prints why that failed. */
const probe = `
if command -v python3 >/dev/null; then
  exec python3 -c 'import socket, sys
try: socket.create_connection((sys.argv[1], int(sys.argv[2])), ${patience})
except OSError as error: sys.exit(error.strerror or str(error))' "$0" "$1"
elif command -v bash >/dev/null && command -v timeout >/dev/null; then
  exec timeout ${patience} bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$0" "$1"
elif command -v nc >/dev/null; then
  exec nc -z -w ${patience} "$0" "$1"
fi
exit ${noTool}`;

/** An image with bash. Its container shares the network of a container whose image has no program to connect. */
const probeImage = "debian:bookworm-slim";

/**
 * Opens a TCP connection from inside a container, with a program of its image. Without such a program, the connection
 * comes from a short-lived container in the same network namespace.
 *
 * @returns Why the connection failed; `undefined` after a success.
 */
export async function whyNoConnection(
  containerId: string,
  host: string,
  port: number,
): Promise<string | undefined> {
  const command = ["sh", "-c", probe, host, String(port)];
  const own = await execute(containerId, command);
  // 126 and 127: the image has no shell.
  const answer = [noTool, 126, 127].includes(own.code) ? await runBeside(containerId, command) : own;
  if (answer.code === 0) return undefined;
  const [said = ""] = answer.output.trim().split("\n").slice(-1);
  return said.replace(/^.*: /, "").trim() || `no answer within ${patience} s`;
}

interface Answer {
  readonly code: number;
  readonly output: string;
}

async function execute(containerId: string, command: readonly string[]): Promise<Answer> {
  const options = { Cmd: [...command], AttachStdout: true, AttachStderr: true };
  try {
    const exec = await engine.getContainer(containerId).exec(options);
    const output = await textOf((await exec.start({})) as AsyncIterable<Buffer>);
    const { ExitCode: code } = await exec.inspect();
    return { code: code ?? -1, output };
  } catch (error) {
    return { code: -1, output: messageOf(error) };
  }
}

async function runBeside(containerId: string, command: readonly string[]): Promise<Answer> {
  const options = {
    Image: probeImage,
    Cmd: [...command],
    HostConfig: { NetworkMode: `container:${containerId}` },
  };
  const container = await engine.createContainer(options).catch(async (error: unknown) => {
    if (!isNotFound(error)) throw error;
    await pullImage(probeImage, undefined, {});
    return engine.createContainer(options);
  });
  try {
    await container.start();
    const { StatusCode: code } = (await container.wait()) as { StatusCode: number };
    const output = await textOf([await container.logs({ stdout: true, stderr: true, follow: false })]);
    return { code, output };
  } finally {
    await container.remove({ force: true, v: true });
  }
}
