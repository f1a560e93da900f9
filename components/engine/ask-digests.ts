import type { AbsentImage } from "../model/facts.ts";
import { engine, isNotFound, messageOf } from "./engine.ts";

/*
 * A program of its own: asks for the digests of images, each in its registry, through the engine. Its argument is a list of
 * references in JSON. It prints a line of JSON for each image once the registry has answered.
 */

/** Milliseconds for all of them. An update waits that long for a registry that never answers. */
const patience = 10_000;

/** A reference with its digest, or with why it has none. */
export type DigestAnswer = readonly [reference: string, answer: string | AbsentImage];

async function ask(reference: string): Promise<DigestAnswer> {
  try {
    const { Descriptor: descriptor } = (await engine.getImage(reference).distribution()) as {
      readonly Descriptor: { readonly digest: string };
    };
    return [reference, descriptor.digest];
  } catch (error) {
    const status = Number((error as { readonly statusCode?: number }).statusCode);
    if (isNotFound(error)) return [reference, { registry: "missing" }];
    // A registry says so of an image that is not there, too.
    if ([401, 403].includes(status)) return [reference, { registry: "denied" }];
    return [reference, { registry: "unreached", reason: messageOf(error) }];
  }
}

setTimeout(() => process.exit(), patience).unref();
const references = JSON.parse(process.argv[2] ?? "[]") as readonly string[];
await Promise.all(
  references.map(async (reference) => {
    process.stdout.write(`${JSON.stringify(await ask(reference))}\n`);
  }),
);
