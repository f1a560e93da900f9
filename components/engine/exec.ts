import { engine } from "./engine.ts";
import { frames } from "./frames.ts";

/** A command in a container failed. The message is the command's standard error. */
export class CommandFailed extends Error {}

/**
 * Runs a command in a running container, and yields its standard output as fast as the caller reads it.
 *
 * @throws CommandFailed after the last output, when the exit code is not 0.
 */
export async function* outputOf(
  containerId: string,
  command: readonly string[],
  user: string,
): AsyncGenerator<Buffer, void> {
  const exec = await engine.getContainer(containerId).exec({
    Cmd: [...command],
    User: user,
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = (await exec.start({})) as AsyncIterable<Buffer>;
  let errors = "";
  for await (const { from, content } of frames(stream)) {
    if (from === "stdout") yield content;
    else errors += content.toString("utf8");
  }
  const { ExitCode: code } = await exec.inspect();
  if (code !== 0) throw new CommandFailed(errors.trim() || `exited with code ${code ?? "unknown"}`);
}
