import { engine } from "./engine.ts";
import { textOf } from "./frames.ts";

/** The last lines of a container's standard output and error, oldest first. */
export async function lastLogLines(containerId: string, count: number): Promise<string[]> {
  const container = engine.getContainer(containerId);
  const { Config: config } = await container.inspect();
  const output = await container.logs({ stdout: true, stderr: true, tail: count, follow: false });
  const text = config.Tty ? output.toString("utf8") : await textOf([output]);
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-count);
}
