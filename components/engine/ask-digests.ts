import type { AbsentImage } from "../model/facts.ts";
import { absenceBy } from "./absence.ts";
import { engine } from "./engine.ts";
import { authconfigFor } from "./in-registry.ts";
import { loginsVariable, type RegistryLogins } from "../model/registry-login.ts";

/*
 * A program of its own: asks for the digests of images, each in its registry, through the engine. Its argument is a list of
 * references in JSON. It prints a line of JSON for each image once the registry has answered.
 */

/** Milliseconds for all of them. An update waits that long for a registry that never answers. */
const patience = 10_000;

/** The digest of an image, or why the image has none. */
export type DigestAnswer = string | AbsentImage;

async function ask(reference: string): Promise<readonly [reference: string, DigestAnswer]> {
  try {
    const authconfig = authconfigFor(reference, logins);
    const { Descriptor: descriptor } = (await engine.getImage(reference).distribution({ authconfig })) as {
      readonly Descriptor: { readonly digest: string };
    };
    return [reference, descriptor.digest];
  } catch (error) {
    return [reference, absenceBy(error)];
  }
}

const logins = JSON.parse(process.env[loginsVariable] ?? "{}") as RegistryLogins;
setTimeout(() => process.exit(), patience).unref();
const references = JSON.parse(process.argv[2] ?? "[]") as readonly string[];
await Promise.all(
  references.map(async (reference) => {
    process.stdout.write(`${JSON.stringify(await ask(reference))}\n`);
  }),
);
