import { brotliCompressSync, brotliDecompressSync } from "node:zlib";
import type { History } from "../changes/history.ts";

/**
 * Definitions of several updates as one text for the state. From one update to the next they are much the same, so that ten
 * of them take little more room than one.
 */
export function packed(definitions: History["definitions"]): string {
  return brotliCompressSync(JSON.stringify(definitions)).toString("base64");
}

/** What `packed` has made a text of. */
export function unpacked(text: string): History["definitions"] {
  return JSON.parse(brotliDecompressSync(Buffer.from(text, "base64")).toString()) as History["definitions"];
}
