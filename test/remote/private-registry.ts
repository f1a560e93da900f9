import { join } from "node:path";
import { runCommand } from "../fixture/command.ts";
import { loginFolder, prepareRegistry } from "../fixture/private-registry.ts";
import { directory } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";
import type { Server } from "./server.ts";

/** Where the server's engine reaches it; an engine asks an address of its own machine without TLS. */
export const registry = "127.0.0.1:5000";

/**
 * Starts a registry beside a server's engine, which wants a login, and puts an image of that engine there. The engine itself
 * has the image under its name there no more.
 *
 * @param name In the registry, with a tag.
 */
export async function startPrivateRegistry(server: Server, image: string, name: string): Promise<void> {
  const { folder, host } = server.engine;
  await server.engine.inside(await prepareRegistry(folder, registry));
  await server.docker("tag", image, `${registry}/${name}`);
  await until("the registry takes the image", async () => {
    const push = ["--config", join(folder, loginFolder), "--host", host, "push", `${registry}/${name}`];
    return (await runCommand("docker", push, { cwd: directory })).code === 0;
  });
  await server.docker("rmi", `${registry}/${name}`);
}
