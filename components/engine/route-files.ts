import http from "node:http";
import https from "node:https";
import { chmod, mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { serverName, serversOf, type Certificate, type DynamicConfiguration } from "../plan/route.ts";
import { runningContainersOf } from "./inventory.ts";

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

/**
 * @param directory Directory that the gateway watches.
 * @returns The route as Traefik has it; `undefined` where there is none, or whatever else somebody has written there.
 */
export async function readRouteFile(
  directory: string,
  name: string,
): Promise<DynamicConfiguration | undefined> {
  const text = await readFile(join(directory, `${name}.yml`), "utf8").catch(() => "");
  const configuration = parse(text) as DynamicConfiguration | null;
  return configuration === null || serversOf(configuration, name).length === 0 ? undefined : configuration;
}

/** No route's, whose names have no dots. */
const certificatesFile = "tls.certificates.yml";

/**
 * Tells Traefik's file provider of the certificates among which it chooses by host name, the first where none fits.
 *
 * @param directory Directory that the gateway watches.
 */
export async function writeCertificatesFile(
  directory: string,
  certificates: readonly Certificate[],
): Promise<void> {
  const [defaultCertificate] = certificates;
  const stores = { default: { defaultCertificate } };
  await writeConfiguration(directory, certificatesFile, { tls: { certificates, stores } });
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
  // Whatever this user's files are like: the gateway is a root without its rights over other people's.
  await Promise.all([chmod(`${path}.new`, 0o644), chmod(directory, 0o755)]);
  await rename(`${path}.new`, path);
}

/**
 * Takes back the routes that lead nowhere, as after a `destroy`, before anything starts.
 *
 * @param directory Directory that the gateway watches.
 */
export async function removeDeadRouteFiles(directory: string, project: string): Promise<void> {
  const running = await runningContainersOf(project);
  const up = running.flatMap(({ Id: id, Names }) =>
    Names.map((name) => serverName({ name: name.replace(/^\//, ""), id })),
  );
  for (const file of await routeFilesIn(directory)) {
    const name = file.replace(/\.yml$/, "");
    const servers = serversOf((await readRouteFile(directory, name)) ?? null, name);
    if (!servers.some((server) => up.includes(server))) await rm(join(directory, file), { force: true });
  }
}

/**
 * Takes back the routes that are no more, once the others are published: one may have taken over what they led to.
 *
 * @param directory Directory that the gateway watches.
 * @param names Of the routes that there are.
 */
export async function removeOtherRouteFiles(directory: string, names: readonly string[]): Promise<void> {
  const others = (await routeFilesIn(directory)).filter(
    (file) => !names.includes(file.replace(/\.yml$/, "")),
  );
  await Promise.all(others.map((file) => rm(join(directory, file), { force: true })));
}

async function routeFilesIn(directory: string): Promise<string[]> {
  const files = await readdir(directory).catch(() => []);
  return files.filter((file) => file !== certificatesFile);
}

/**
 * Lets the requests through that the gateway was sending to a server when its route moved on; those that have
 * arrived there are the server's to end, within its `stop_grace_period`.
 *
 * @param confirmed Whether the gateway has been seen to have the route's new state.
 */
export async function drained(confirmed: boolean): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, confirmed ? drain.confirmed : drain.unconfirmed));
}

/** Milliseconds, measured under load; a gateway that nobody can ask has to be given the time to see the new state. */
const drain = { confirmed: 500, unconfirmed: 1500 };

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
  /** A header that says the path in this way's own answers; another route may answer there, too. */
  readonly header?: string | undefined;
}

/** What came in place of a good answer. */
export interface Unrouted {
  /** A status, or why there is no answer. */
  readonly seen: string;
  /** Whether it is the route that does not serve, and not that nobody is let through to it from here. */
  readonly isCertain: boolean;
}

/**
 * Waits until a routed service answers well through the gateway.
 *
 * @param onProgress Told what is seen instead, once a change.
 * @returns `undefined` when it did in time, otherwise what was seen last.
 */
export async function untilRouted(
  probe: RouteProbe,
  onProgress: (seen: string) => void,
): Promise<Unrouted | undefined> {
  const deadline = Date.now() + patience;
  let said = "";
  for (;;) {
    const unrouted = await answerTo(probe);
    if (unrouted === undefined || Date.now() >= deadline) return unrouted;
    if (unrouted.seen !== said) onProgress(unrouted.seen);
    said = unrouted.seen;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What Traefik's own health check takes for good (https://doc.traefik.io/traefik/routing/services/#health-check). */
function isGood(status: number): boolean {
  return status >= 200 && status < 400;
}

function answerTo({ address, tls, host, path, header }: RouteProbe): Promise<Unrouted | undefined> {
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
    const request = (tls ? https : http).get(options, ({ statusCode: code = 0, statusMessage, headers }) => {
      const isMeant = header === undefined || headers[header] === path;
      const seen = `${code} ${statusMessage ?? ""}${isGood(code) ? ", of another route" : ""}`;
      // The gateway itself may want to know who asks.
      const isCertain = isGood(code) || code === 404 || code >= 500;
      resolve(isGood(code) && isMeant ? undefined : { seen, isCertain });
      request.destroy();
    });
    request.on("timeout", () => {
      resolve({ seen: "no answer", isCertain: request.socket?.connecting === false });
      request.destroy();
    });
    request.on("error", ({ message }) => {
      resolve({ seen: message, isCertain: false });
    });
  });
}
