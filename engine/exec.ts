import { engine } from "./engine.ts";

/** A command in a container that ended badly; its message is what it wrote to its standard error. */
export class CommandFailed extends Error {}

/**
 * Runs a command in a running container and gives what it writes to its standard output, no faster than it is read.
 *
 * @throws CommandFailed after its last output, when its exit code is not 0.
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

/**
 * Takes apart what the engine sends of a command without a terminal: frames with a byte for the stream, three of zero,
 * four for the length (https://docs.docker.com/reference/api/engine/version/v1.45/#tag/Container/operation/ContainerAttach).
 */
export async function* frames(
  stream: AsyncIterable<Buffer>,
): AsyncGenerator<{ readonly from: "stdout" | "stderr"; readonly content: Buffer }, void> {
  let pending: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (pending.length >= 8) {
      const end = 8 + pending.readUInt32BE(4);
      if (pending.length < end) break;
      yield { from: pending[0] === 2 ? "stderr" : "stdout", content: pending.subarray(8, end) };
      pending = pending.subarray(end);
    }
  }
}
