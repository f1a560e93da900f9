import http from "node:http";
import https from "node:https";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Plan } from "../model/plan.ts";
import { routeName, type Certificate, type DynamicConfiguration } from "../model/route.ts";
import { containersOf } from "./inventory.ts";

/**
 * Gives Traefik's file provider a route.
 *
 * @param directory Directory that the gateway watches.
 */
export async function writeRouteFile(
  directory: string,
  name: string,
  configuration: DynamicConfiguration,
): Promise<void> {
  await writeConfiguration(directory, `${name}.yml`, configuration);
}

/** No route's, whose names have no dots. */
const certificatesFile = "tls.certificates.yml";

/**
 * Tells Traefik's file provider of the certificates among which it chooses by host name.
 *
 * @param directory Directory that the gateway watches.
 */
export async function writeCertificatesFile(
  directory: string,
  certificates: readonly Certificate[],
): Promise<void> {
  await writeConfiguration(directory, certificatesFile, { tls: { certificates } });
}

/**
 * The file is written beside its place and then renamed into it: written in place, Traefik would read half a file and
 * answer 404 in between.
 */
async function writeConfiguration(directory: string, file: string, configuration: unknown): Promise<void> {
  const path = join(directory, file);
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
  const stale = (await readdir(directory).catch(() => [])).filter(
    (file) => file !== certificatesFile && !kept.includes(file),
  );
  await Promise.all(stale.map((file) => rm(join(directory, file), { force: true })));
}

async function runningContainers(project: string): Promise<string[]> {
  const containers = await containersOf(project);
  return containers
    .filter(({ State }) => State === "running")
    .flatMap(({ Names }) => Names.map((name) => name.replace(/^\//, "")));
}

/** Milliseconds a gateway is given to take up a new route; it watches its files and Docker's events itself. */
const patience = 30_000;

/** How a routed service is asked, through the gateway, whether it serves. */
export interface RouteProbe {
  /** Where the gateway's entry point is reached: `localhost:8443`. */
  readonly address: string;
  readonly tls: boolean;
  /** Host name that the route asks for; absent where any will do. */
  readonly host?: string | undefined;
  /** Path, with the route's prefix. */
  readonly path: string;
}

/**
 * Waits until a routed service answers through the gateway.
 *
 * @returns `undefined` when it did in time, otherwise what was seen instead.
 */
export async function untilRouted(probe: RouteProbe): Promise<string | undefined> {
  const deadline = Date.now() + patience;
  for (;;) {
    const seen = await answerTo(probe);
    if (seen === undefined || Date.now() >= deadline) return seen;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What the gateway itself says while it does not know the service, or has not seen it serve. */
const ownAnswers = [404, 502, 503, 504];

function answerTo({ address, tls, host, path }: RouteProbe): Promise<string | undefined> {
  const { hostname, port } = new URL(`${tls ? "https" : "http"}://${address}`);
  const options: https.RequestOptions = {
    hostname,
    port,
    path,
    headers: host === undefined ? {} : { host },
    servername: host ?? hostname,
    timeout: patience,
    agent: false,
    // Whether the service answers is the question here; whom the certificate convinces is its reader's.
    rejectUnauthorized: false,
  };
  return new Promise((resolve) => {
    const request = (tls ? https : http).get(options, ({ statusCode = 0, statusMessage = "" }) => {
      resolve(ownAnswers.includes(statusCode) ? `${statusCode} ${statusMessage}` : undefined);
      request.destroy();
    });
    request.on("timeout", () => request.destroy(new Error("no answer")));
    request.on("error", ({ message }) => {
      resolve(message);
    });
  });
}
