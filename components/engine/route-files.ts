import http from "node:http";
import https from "node:https";
import { chmod, mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { dump, load } from "js-yaml";
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
 * @returns The route that Traefik has; `undefined` without a file, or with a file that holds no route.
 */
export async function readRouteFile(
  directory: string,
  name: string,
): Promise<DynamicConfiguration | undefined> {
  const text = await readFile(join(directory, `${name}.yml`), "utf8").catch(() => "");
  const configuration = (load(text) ?? null) as DynamicConfiguration | null;
  return configuration === null || serversOf(configuration, name).length === 0 ? undefined : configuration;
}

/** Not the name of a route: those have no dots. */
const certificatesFile = "tls.certificates.yml";

/**
 * Gives Traefik's file provider certificates. Traefik chooses a certificate by the host name, and otherwise the first.
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
 * Writes the file under another name and then renames it. Traefik would read a file that is written in place when it is half
 * written, and answer 404 until the rest is there.
 */
async function writeConfiguration(directory: string, file: string, configuration: unknown): Promise<void> {
  const path = join(directory, file);
  const text = dump(configuration, { noRefs: true, lineWidth: -1 });
  if ((await readFile(path, "utf8").catch(() => "")) === text) return;
  await mkdir(directory, { recursive: true });
  await writeFile(`${path}.new`, text);
  // Readable by all, because the gateway runs as root without root's right to read other users' files.
  await Promise.all([chmod(`${path}.new`, 0o644), chmod(directory, 0o755)]);
  await rename(`${path}.new`, path);
}

/**
 * Removes the routes to servers that do not exist, such as those after a `destroy`, before any container starts.
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
 * Removes the routes that are not in the stack any more, after the others are published: another route may have taken over
 * the path of a removed one.
 *
 * @param directory Directory that the gateway watches.
 * @param names Names of the stack's routes.
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
 * Waits for the requests that the gateway was sending to a server when the route moved. Requests that have arrived are
 * the server's to end, within its `stop_grace_period`.
 *
 * @param confirmed Whether the gateway has been seen to have the route's new state.
 */
export async function drained(confirmed: boolean): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, confirmed ? drain.confirmed : drain.unconfirmed));
}

/** Milliseconds, measured under load. The longer time is for a gateway that cannot be asked whether it has the new state. */
const drain = { confirmed: 500, unconfirmed: 1500 };

/** Milliseconds within which a gateway has to take up a new route. The gateway watches its files and Docker's events itself. */
const patience = 30_000;

/** The request through the gateway that shows whether a routed service serves. */
export interface RouteProbe {
  /** Address of the gateway's entry point: `localhost:8443`. */
  readonly address: string;
  readonly tls: boolean;
  /** Host name of the route; absent for a route of every host name. */
  readonly host?: string | undefined;
  /** Path, with the route's prefix. */
  readonly path: string;
  /** A header that says the path in this way's own answers; another route may answer there, too. */
  readonly header?: string | undefined;
}

/** What was seen instead of a good answer. */
export interface Unrouted {
  /** A status, or the reason why there was no answer. */
  readonly seen: string;
  /** Whether it is the route that does not serve, and not that nobody is let through to it from here. */
  readonly isCertain: boolean;
}

/**
 * Waits until a routed service gives a good answer through the gateway.
 *
 * @param onProgress Called with what is seen instead, at each change.
 * @returns `undefined` after a good answer in time, otherwise what was seen last.
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

/** The statuses that Traefik's own health check accepts (https://doc.traefik.io/traefik/routing/services/#health-check). */
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
    // Only the answer matters here. Whether to trust the certificate is for the clients to decide.
    rejectUnauthorized: false,
  };
  return new Promise((resolve) => {
    const request = (tls ? https : http).get(options, ({ statusCode: code = 0, statusMessage, headers }) => {
      const isMeant = header === undefined || headers[header] === path;
      const seen = `${code} ${statusMessage ?? ""}${isGood(code) ? ", of another route" : ""}`;
      // The gateway itself may ask for a login.
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
