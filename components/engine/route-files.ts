import http from "node:http";
import https from "node:https";
import type { Duplex } from "node:stream";
import tls from "node:tls";
import { dump, load } from "js-yaml";
import { serverName, serversOf, type Certificate, type DynamicConfiguration } from "../plan/route.ts";
import { messageOf } from "./engine.ts";
import { runningContainersOf } from "./inventory.ts";

/** Where a gateway finds the files of its routes. */
export interface RouteFolder {
  /** Names of the files that are there. */
  list(): Promise<readonly string[]>;
  /** A file's text; empty for one that is not there. */
  read(file: string): Promise<string>;
  /** Gives a file its text in one step: the gateway sees the old text or the new one, and nothing between. */
  write(file: string, text: string): Promise<void>;
  remove(files: readonly string[]): Promise<void>;
}

/** Gives Traefik's file provider a route. */
export async function writeRouteFile(
  folder: RouteFolder,
  name: string,
  configuration: DynamicConfiguration,
): Promise<void> {
  await writeConfiguration(folder, `${name}.yml`, configuration);
}

/** @returns The route that Traefik has; `undefined` without a file, or with a file that holds no route. */
export async function readRouteFile(
  folder: RouteFolder,
  name: string,
): Promise<DynamicConfiguration | undefined> {
  const text = await folder.read(`${name}.yml`);
  const configuration = (load(text) ?? null) as DynamicConfiguration | null;
  return configuration === null || serversOf(configuration, name).length === 0 ? undefined : configuration;
}

/** Not the name of a route: those have no dots. */
const certificatesFile = "tls.certificates.yml";

/** Gives Traefik's file provider certificates. Traefik chooses a certificate by the host name, and otherwise the first. */
export async function writeCertificatesFile(
  folder: RouteFolder,
  certificates: readonly Certificate[],
): Promise<void> {
  const [defaultCertificate] = certificates;
  const stores = { default: { defaultCertificate } };
  await writeConfiguration(folder, certificatesFile, { tls: { certificates, stores } });
}

async function writeConfiguration(folder: RouteFolder, file: string, configuration: unknown): Promise<void> {
  const text = dump(configuration, { noRefs: true, lineWidth: -1 });
  if ((await folder.read(file)) !== text) await folder.write(file, text);
}

/** Removes the routes to servers that do not exist, such as those after a `destroy`, before any container starts. */
export async function removeDeadRouteFiles(folder: RouteFolder, project: string): Promise<void> {
  const [running, files] = await Promise.all([runningContainersOf(project), routeFilesIn(folder)]);
  const up = running.flatMap(({ Id: id, Names }) =>
    Names.map((name) => serverName({ name: name.replace(/^\//, ""), id })),
  );
  const dead: string[] = [];
  for (const file of files) {
    const name = file.replace(/\.yml$/, "");
    const servers = serversOf((await readRouteFile(folder, name)) ?? null, name);
    if (!servers.some((server) => up.includes(server))) dead.push(file);
  }
  await folder.remove(dead);
}

/**
 * Removes the routes that are not in the stack any more, after the others are published: another route may have taken over
 * the path of a removed one.
 *
 * @param names Names of the stack's routes.
 */
export async function removeOtherRouteFiles(folder: RouteFolder, names: readonly string[]): Promise<void> {
  await folder.remove(
    (await routeFilesIn(folder)).filter((file) => !names.includes(file.replace(/\.yml$/, ""))),
  );
}

async function routeFilesIn(folder: RouteFolder): Promise<string[]> {
  return (await folder.list()).filter((file) => file !== certificatesFile);
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
  /** Opens a connection to the entry point where the address is reached from elsewhere alone. Default: from here. */
  readonly connect?: (() => Promise<Duplex>) | undefined;
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
  /** Whether there is no way to ask, now or later. */
  readonly isFinal?: boolean;
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
    if (unrouted === undefined || unrouted.isFinal === true || Date.now() >= deadline) return unrouted;
    if (unrouted.seen !== said) onProgress(unrouted.seen);
    said = unrouted.seen;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The statuses that Traefik's own health check accepts (https://doc.traefik.io/traefik/routing/services/#health-check). */
function isGood(status: number): boolean {
  return status >= 200 && status < 400;
}

async function answerTo(probe: RouteProbe): Promise<Unrouted | undefined> {
  const { address, tls: isTls, host, path, header } = probe;
  const { hostname, port } = new URL(`${isTls ? "https" : "http"}://${address}`);
  const connection = await throughConnection(probe, host ?? hostname).catch((error: unknown) =>
    messageOf(error),
  );
  if (typeof connection === "string") return { seen: connection, isCertain: false };
  const options: https.RequestOptions = {
    hostname,
    port,
    path,
    headers: host === undefined ? {} : { host },
    servername: host ?? hostname,
    timeout: patience,
    // Only the answer matters here. Whether to trust the certificate is for the clients to decide.
    rejectUnauthorized: false,
    ...connection,
  };
  return new Promise((resolve) => {
    const request = (isTls ? https : http).get(
      options,
      ({ statusCode: code = 0, statusMessage, headers }) => {
        const isMeant = header === undefined || headers[header] === path;
        const seen = `${code} ${statusMessage ?? ""}${isGood(code) ? ", of another route" : ""}`;
        // The gateway itself may ask for a login.
        const isCertain = isGood(code) || code === 404 || code >= 500;
        resolve(isGood(code) && isMeant ? undefined : { seen, isCertain });
        request.destroy();
      },
    );
    request.on("timeout", () => {
      resolve({ seen: "no answer", isCertain: request.socket?.connecting === false });
      request.destroy();
    });
    request.on("error", ({ message }) => {
      // The gateway's image has no program that connects.
      const isFinal = probe.connect !== undefined && message.includes("not found");
      resolve({ seen: message, isCertain: false, isFinal });
    });
  });
}

async function throughConnection(
  { connect, tls: isTls }: RouteProbe,
  servername: string,
): Promise<Pick<https.RequestOptions, "agent" | "createConnection" | "signal">> {
  if (connect === undefined) return { agent: false };
  const socket = await connect();
  const connection = isTls ? tls.connect({ socket, servername, rejectUnauthorized: false }) : socket;
  // What is no socket of this machine has no time-out of its own.
  return { createConnection: () => connection, signal: AbortSignal.timeout(patience) };
}
