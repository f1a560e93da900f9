/** A piece of the output of a process without a terminal. */
export interface Frame {
  readonly from: "stdout" | "stderr";
  readonly content: Buffer;
}

/**
 * Takes the engine's stream of a process without a terminal apart. A frame has a byte for the stream, three zero bytes and
 * four bytes for the length (https://docs.docker.com/reference/api/engine/version/v1.45/#tag/Container/operation/ContainerAttach).
 */
export async function* frames(stream: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<Frame, void> {
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

/** The text of both streams, as a terminal would show it. */
export async function textOf(stream: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<string> {
  let text = "";
  for await (const { content } of frames(stream)) text += content.toString("utf8");
  return text;
}
