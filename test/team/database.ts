import { spawnSync } from "node:child_process";
import { docker } from "../fixture/docker.ts";
import { runCommand } from "../fixture/command.ts";
import { until } from "../fixture/until.ts";

/** The label of what the tests of a team have on the engine, beside their stacks. */
export const label = "super-team-test-of-a-team";

/** A PostgreSQL server of its own, for the state of stacks. */
export interface Database {
  /** What Pulumi is told of it. */
  readonly url: string;
}

/** The password is in the address, and no command may show it. */
export const password = "not-to-be-shown";

/**
 * Starts the server on a port that the engine chooses.
 *
 * @param run Of this run of the test alone: the reaper finds the container by it.
 */
export async function startDatabase(run: string): Promise<Database> {
  const name = `${label}-${run}`;
  const environment = ["--env", `POSTGRES_PASSWORD=${password}`];
  await docker(
    ...["run", "--detach", "--name", name, "--label", `${label}=${run}`, "--publish", "127.0.0.1::5432"],
    ...[...environment, "postgres:16-alpine"],
  );
  await until("the database answers", async () => {
    const ask = ["exec", name, "pg_isready", "--host", "127.0.0.1", "--username", "postgres"];
    return (await runCommand("docker", ask, { cwd: "." })).code === 0;
  });
  const port = /:(\d+)$/m.exec(await docker("port", name, "5432/tcp"))?.[1] ?? "";
  return { url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres?sslmode=disable` };
}

/** Why no command can be run as on another machine here; `false` where it can. */
export function whyOneMachine(): string | false {
  const { status } = spawnSync("unshare", ["--uts", "hostname", "lovelace"]);
  return status === 0 ? false : "a host name of its own needs Linux, unshare and root";
}
