import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";

/** A socket of this machine that leads to an engine elsewhere. */
export interface BuildSocket {
  /** As DOCKER_HOST has it. */
  readonly host: string;
  close(): Promise<void>;
}

/**
 * Opens a way on which Pulumi's Docker provider builds where the key `engine` names an engine at `tcp://` with certificates.
 * The provider itself is told that address, and takes the certificates. What builds for the provider (buildx) goes where
 * DOCKER_HOST says, without them. Only this user reaches the socket.
 *
 * @param address The engine's.
 * @returns `undefined` where builds need no such way.
 */
export async function openBuildSocket(address: string): Promise<BuildSocket | undefined> {
  const certificates = process.env.DOCKER_CERT_PATH;
  if (!address.startsWith("tcp:") || !certificates || process.platform === "win32") return undefined;
  const { hostname, port } = new URL(address);
  const read = (name: string) => readFile(join(certificates, `${name}.pem`));
  const [ca, cert, key] = await Promise.all(["ca", "cert", "key"].map(read));
  // Either side may end what it sends before the other does.
  const to = { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 2376), allowHalfOpen: true };
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const engine = connect({ ...to, ca, cert, key });
    client.pipe(engine).pipe(client);
    for (const [one, other] of [
      [client, engine],
      [engine, client],
    ] as const) {
      open.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => open.delete(one));
    }
  });
  const folder = await mkdtemp(join(tmpdir(), "pulumi-compose-"));
  const path = join(folder, "docker.sock");
  server.listen(path);
  await once(server, "listening");
  return {
    host: `unix://${path}`,
    close: async () => {
      server.close();
      for (const socket of open) socket.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
