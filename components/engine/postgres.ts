import { outputOf } from "./exec.ts";
import { firstHeader, isRoot } from "./tar.ts";
import { archiveOf, type VolumeUser } from "./volumes.ts";

/** Whether the volume holds a PostgreSQL server's data and nothing else: images of PostgreSQL say where it lies. */
export function isPostgresData({ environment, target }: VolumeUser): boolean {
  return environment.includes(`PGDATA=${target}`);
}

/**
 * The data of a running PostgreSQL server as it is at the end of reading, as a tar archive of its root, `./`.
 *
 * `pg_basebackup` and not `pg_dump`: what it gives is a volume's content, users, settings and all databases, and so
 * it is restored as any other volume is, into one that does not exist yet. It asks on the server's socket, where
 * nobody is asked for a password.
 */
export async function* baseBackup({ containerId, target }: VolumeUser): AsyncGenerator<Buffer, void> {
  // pg_basebackup leaves the root itself out, whose owner and mode the server insists on.
  const root = await firstHeader((await archiveOf(containerId, target)) as AsyncIterable<Buffer>);
  if (isRoot(root)) yield root;
  const command =
    'PGPASSWORD="${POSTGRES_PASSWORD:-$(cat "${POSTGRES_PASSWORD_FILE:-/dev/null}")}" exec pg_basebackup --username "${POSTGRES_USER:-postgres}" ' +
    "--pgdata - --format tar --wal-method fetch --checkpoint fast --no-manifest";
  yield* outputOf(containerId, ["sh", "-c", command], "postgres");
}
