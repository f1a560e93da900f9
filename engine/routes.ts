import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Plan } from "../model/plan.ts";
import { routeName, type DynamicConfiguration } from "../model/route.ts";
import { containersOf } from "./inventory.ts";

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

/**
 * Takes back the routes that lead nowhere, before anything starts: of services that are no more, and of those whose
 * container is not up, as after a `destroy`.
 *
 * @param directory Directory that the gateway watches.
 */
export async function removeStaleRouteFiles(directory: string, plan: Plan): Promise<void> {
  const up = await runningContainers(plan.project);
  const kept = plan.services.flatMap(({ route, containerName }) =>
    route !== undefined && up.includes(containerName) ? [`${routeName(route)}.yml`] : [],
  );
  const stale = (await readdir(directory)).filter((file) => !kept.includes(file));
  await Promise.all(stale.map((file) => rm(join(directory, file), { force: true })));
}

async function runningContainers(project: string): Promise<string[]> {
  const containers = await containersOf(project);
  return containers
    .filter(({ State }) => State === "running")
    .flatMap(({ Names }) => Names.map((name) => name.replace(/^\//, "")));
}

/** Milliseconds a gateway is given to take up a new route; it watches its files and Docker's events itself. */
const patience = 15_000;

/**
 * Waits until a routed service answers through the gateway.
 *
 * @param url The path, through the gateway, on which the service says that it serves.
 * @returns `undefined` when it did in time, otherwise what was seen instead.
 */
export async function untilRouted(url: string): Promise<string | undefined> {
  const deadline = Date.now() + patience;
  for (;;) {
    const seen = await answerOf(url);
    if (seen === undefined || Date.now() >= deadline) return seen;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What the gateway itself says while it does not know the service, or has not seen it serve. */
const ownAnswers = [404, 502, 503, 504];

async function answerOf(url: string): Promise<string | undefined> {
  try {
    const { status, statusText } = await fetch(url, {
      redirect: "manual",
      signal: AbortSignal.timeout(patience),
    });
    return ownAnswers.includes(status) ? `${status} ${statusText}` : undefined;
  } catch (error) {
    return error instanceof Error && error.cause instanceof Error ? error.cause.message : "no answer";
  }
}
