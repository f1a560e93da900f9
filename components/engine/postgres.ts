import { outputOf } from "./exec.ts";
import { firstHeader, isRoot } from "./tar.ts";
import { archiveOf, type VolumeUser } from "./volumes.ts";

/** Whether the volume holds the data of a PostgreSQL server and nothing else. PostgreSQL's images name the folder. */
export function isPostgresData({ environment, target }: VolumeUser): boolean {
  return environment.includes(`PGDATA=${target}`);
}

/**
 * The data of a running PostgreSQL server at the end of the reading, as a tar archive of its root, `./`.
 *
 * `pg_basebackup`, unlike `pg_dump`, gives the whole content of the volume: users, settings and all databases. Its archive is
 * therefore restored like that of any other volume. It uses the server's socket, where no password is needed.
 */
export async function* baseBackup({ containerId, target }: VolumeUser): AsyncGenerator<Buffer, void> {
  // pg_basebackup leaves the root out, but the server checks the root's owner and mode.
  const root = await firstHeader((await archiveOf(containerId, target)) as AsyncIterable<Buffer>);
  if (isRoot(root)) yield root;
  const command =
    'PGPASSWORD="${POSTGRES_PASSWORD:-$(cat "${POSTGRES_PASSWORD_FILE:-/dev/null}")}" exec pg_basebackup --username "${POSTGRES_USER:-postgres}" ' +
    "--pgdata - --format tar --wal-method fetch --checkpoint fast --no-manifest";
  yield* outputOf(containerId, ["sh", "-c", command], "postgres");
}
