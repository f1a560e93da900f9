import { spawnSync } from "node:child_process";

/**
 * The names of all networks or volumes on the engine. It asks by Docker's command line, since the program has to
 * know before it makes anything, and a component cannot wait.
 *
 * @returns `undefined` when no engine answers.
 */
export function namesOnEngine(kind: "network" | "volume"): string[] | undefined {
  const { status, stdout } = spawnSync("docker", [kind, "ls", "--format", "{{.Name}}"], { encoding: "utf8" });
  return status === 0 ? stdout.split("\n").filter((name) => name !== "") : undefined;
}
