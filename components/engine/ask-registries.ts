import type { AbsentImage } from "../model/facts.ts";
import { absenceBy } from "./absence.ts";
import { engine, isNotFound } from "./engine.ts";
import { authconfigFor } from "./in-registry.ts";
import { loginsVariable, type RegistryLogins } from "../model/registry-login.ts";

/*
 * A program of its own: asks for images that the engine does not have, each in its registry, through the engine. Its
 * argument says, by an image's reference, whether the registry is to be asked. It prints a line of JSON for each image
 * that the engine does not have, and a second one once the registry has answered.
 */

/** Requests at one time. */
const atOnce = 16;
/** Milliseconds for all of them. A preview waits that long for a registry that never answers. */
const patience = 4_000;

const logins = JSON.parse(process.env[loginsVariable] ?? "{}") as RegistryLogins;
const waiting = Object.entries(JSON.parse(process.argv[2] ?? "{}") as Record<string, boolean>);

async function askInTurn(): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const [reference, isPulled] = next;
    if (await isOnEngine(reference)) continue;
    say(reference, { registry: "unasked" });
    if (isPulled) say(reference, await inRegistry(reference));
  }
}

/** An engine that does not say counts as one that has the image: `up` will tell. */
async function isOnEngine(reference: string): Promise<boolean> {
  return engine
    .getImage(reference)
    .inspect()
    .then(() => true)
    .catch((error: unknown) => !isNotFound(error));
}

async function inRegistry(reference: string): Promise<AbsentImage> {
  const authconfig = authconfigFor(reference, logins);
  try {
    await engine.getImage(reference).distribution({ authconfig });
    return { registry: "there" };
  } catch (error) {
    const answer = absenceBy(error);
    return authconfig === undefined ? answer : { ...answer, login: authconfig.serveraddress };
  }
}

function say(reference: string, answer: AbsentImage): void {
  process.stdout.write(`${JSON.stringify([reference, answer])}\n`);
}

setTimeout(() => process.exit(), patience).unref();
await Promise.all(Array.from({ length: atOnce }, askInTurn));
