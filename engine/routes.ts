import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import type { DynamicConfiguration } from "../model/route.ts";

/**
 * Gives Traefik's file provider a route. The file is written beside its place and then renamed into it: written in
 * place, Traefik would read half a file and answer 404 in between.
 *
 * @param directory Directory that the gateway watches.
 */
export async function writeRouteFile(
  directory: string,
  name: string,
  configuration: DynamicConfiguration,
): Promise<void> {
  const path = join(directory, `${name}.yml`);
  const text = stringify(configuration);
  if ((await readFile(path, "utf8").catch(() => "")) === text) return;
  await mkdir(directory, { recursive: true });
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

/** Milliseconds a gateway is given to take up a new route; it watches its files and Docker's events itself. */
const patience = 10_000;

/**
 * Waits until the gateway no longer answers with its own "404 page not found" for a path.
 *
 * @param url A path of the routed service, through the gateway.
 * @returns Whether it came to that in time.
 */
export async function untilRouted(url: string): Promise<boolean> {
  const deadline = Date.now() + patience;
  while (Date.now() < deadline) {
    if (await isRouted(url)) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

async function isRouted(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(patience) });
    const body = await answer.text();
    return answer.status !== 404 || body !== "404 page not found\n";
  } catch {
    // The gateway does not take connections yet.
    return false;
  }
}
