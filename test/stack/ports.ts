import { createServer, type Server } from "node:net";

/**
 * Below what Linux and the engine hand out by themselves (/proc/sys/net/ipv4/ip_local_port_range), so that nobody is
 * given one of these between the asking and the using.
 */
const first = 20_000;
const count = 10_000;

/** Takes a host port that nobody has, until it is closed. */
export async function takePort(): Promise<{ readonly port: number; readonly close: () => Promise<void> }> {
  for (;;) {
    const port = first + Math.floor(Math.random() * count);
    const server = await listening(port);
    if (server === undefined) continue;
    const close = () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    return { port, close };
  }
}

/** Host ports that nobody has, all different. */
export async function freePorts(howMany: number): Promise<number[]> {
  const taken = await Promise.all(Array.from({ length: howMany }, takePort));
  await Promise.all(taken.map(({ close }) => close()));
  return taken.map(({ port }) => port);
}

/** Nothing when somebody else has the port. */
async function listening(port: number): Promise<Server | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => {
      resolve(undefined);
    });
    server.listen(port, "127.0.0.1", () => {
      resolve(server);
    });
  });
}
