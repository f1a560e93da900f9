import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Bytes that pass between two collections. */
const passing = 2 * 1024 * 1024;

/**
 * The same pieces, whose memory is given back while they pass.
 *
 * A piece lies outside of JavaScript's heap, where only a few bytes stand for the piece. JavaScript therefore sees little
 * to collect, and lets some 60 MB of read pieces wait. A collection of young objects takes half a millisecond.
 */
export async function* inLittleMemory(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  const collect = collection();
  let passed = 0;
  for await (const piece of pieces) {
    yield piece;
    passed += piece.length;
    if (passed < passing) continue;
    passed = 0;
    collect({ type: "minor" });
  }
}

/** Node.js has the function only for those who ask for it. */
function collection(): (options: { readonly type: "minor" }) => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as ReturnType<typeof collection>;
}
