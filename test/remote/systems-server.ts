import assert from "node:assert/strict";
import { mkdir, mkdtemp, symlink } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "../fixture/command.ts";
import { directory } from "../fixture/stack.ts";
import { Server } from "./server.ts";

/**
 * Starts a server for systems whose own images begin with Debian's. The server reaches no mirror, so that its Debian has the
 * packages that they install.
 *
 * @param images Others that they need.
 */
export async function serverForSystems(
  images: readonly string[],
  packages: readonly string[],
): Promise<Server> {
  const recipe = [
    "FROM debian:bookworm-slim",
    `RUN apt-get update && apt-get install -y --no-install-recommends ${packages.join(" ")} \\`,
    " && rm -rf /var/lib/apt/lists/* /etc/apt/sources.list /etc/apt/sources.list.d",
  ].join("\n");
  const debian = `super-team-test/debian-with-${packages.length}-packages`;
  const build = await runCommand("docker", ["build", "--tag", debian, "-"], {
    cwd: directory,
    input: recipe,
  });
  assert.equal(build.code, 0, build.output);
  const server = await Server.start([...images, debian]);
  await server.docker("tag", debian, "debian:bookworm-slim");
  return server;
}

/** The status of a page, asked for on the server itself. */
export async function statusThere(server: Server, url: string): Promise<string> {
  const [nsenter = "", ...args] = server.engine.onNetwork;
  const ask = ["curl", "--silent", "--insecure", "--output", "/dev/null", "--write-out", "%{http_code}", url];
  return (await runCommand(nsenter, [...args, ...ask], { cwd: directory })).output.trim();
}

/**
 * A clone of this checkout, as it is, in a folder that no server sees. It goes with the stack that is brought up from it.
 *
 * @returns Absolute path.
 */
export async function cloneElsewhere(): Promise<string> {
  const clone = await mkdtemp(join(directory, ".state", "clone-"));
  const copy = "git ls-files --cached --others --exclude-standard -z | tar --create --null --files-from=-";
  const made = await runCommand("sh", ["-c", `${copy} --ignore-failed-read | tar --extract -C "$0"`, clone], {
    cwd: directory,
  });
  assert.equal(made.code, 0, made.output);
  await symlink(join(directory, "node_modules"), join(clone, "node_modules"));
  await mkdir(join(clone, ".state"));
  return clone;
}
