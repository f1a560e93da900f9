import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { registryProgram } from "../../scripts/setup/registry.mjs";
import { runCommand } from "../fixture/command.ts";
import { directory } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";
import type { Server } from "./server.ts";

/** Who the registry knows. */
export const login = { username: "ci", password: "well-known" } as const;
/** Its password, by bcrypt. */
const hash = "$2y$05$abcdefghijklmnopqrstuuGAwEJ1FtdG9BvjTQ1JvNbv9z1R2OuXO";

/** Where the server's engine reaches it; an engine asks an address of its own machine without TLS. */
export const registry = "127.0.0.1:5000";

/**
 * Starts a registry beside a server's engine, which wants a login, and puts an image of that engine there. The engine itself
 * has the image under its name there no more.
 *
 * @param name In the registry, with a tag.
 */
export async function startPrivateRegistry(server: Server, image: string, name: string): Promise<void> {
  const { folder } = server.engine;
  const file = (path: string) => join(folder, path);
  await writeFile(file("htpasswd"), `${login.username}:${hash}\n`);
  const config = {
    version: 0.1,
    auth: { htpasswd: { realm: "registry", path: file("htpasswd") } },
    log: { level: "warn", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: file("registry") } },
    http: { addr: registry },
  };
  // JSON is YAML.
  await writeFile(file("registry.yml"), JSON.stringify(config));
  await server.engine.inside(
    `${registryProgram} serve "$0/registry.yml" >>"$0/registry.log" 2>&1 </dev/null &`,
  );
  const auth = Buffer.from(`${login.username}:${login.password}`).toString("base64");
  await writeFile(file("config.json"), JSON.stringify({ auths: { [registry]: { auth } } }));
  await server.docker("tag", image, `${registry}/${name}`);
  await until("the registry takes the image", async () => {
    const push = ["--config", folder, "--host", server.engine.host, "push", `${registry}/${name}`];
    return (await runCommand("docker", push, { cwd: directory })).code === 0;
  });
  await server.docker("rmi", `${registry}/${name}`);
}
