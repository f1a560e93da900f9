import { engine } from "./engine.ts";

/** The last lines a container wrote to its standard output and error, oldest first. */
export async function lastLogLines(containerId: string, count: number): Promise<string[]> {
  const container = engine.getContainer(containerId);
  const { Config: config } = await container.inspect();
  const output = await container.logs({ stdout: true, stderr: true, tail: count, follow: false });
  const text = config.Tty ? output.toString("utf8") : withoutFrames(output);
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-count);
}

/**
 * Without a terminal the engine sends output in frames: a byte for the stream, three of zero, four for the length
 * (https://docs.docker.com/reference/api/engine/version/v1.45/#tag/Container/operation/ContainerAttach).
 */
export function withoutFrames(output: Buffer): string {
  const parts: string[] = [];
  for (let offset = 0; offset + 8 <= output.length;) {
    const end = offset + 8 + output.readUInt32BE(offset + 4);
    parts.push(output.toString("utf8", offset + 8, end));
    offset = end;
  }
  return parts.join("");
}
