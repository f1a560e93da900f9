/**
 * A Compose file as people wrote it: what `docker compose config` no longer tells. Nothing of it is checked, so that
 * every value may be anything.
 */
export interface WrittenFile {
  readonly file: string;
  readonly services: Readonly<Record<string, WrittenService>>;
  /** The top level's secrets: files that services get. */
  readonly secrets: Readonly<Record<string, unknown>>;
  /** The top level's networks, volumes and configs. */
  readonly others: Readonly<Record<string, unknown>>;
  /** Whether it has services of further files. */
  readonly includes: boolean;
  /** What Compose fills in for a variable; `undefined` when it is set nowhere. Secrets are their placeholders. */
  readonly variable: (name: string) => string | undefined;
}

export interface WrittenService {
  readonly healthcheck?: unknown;
  readonly depends_on?: unknown;
  readonly profiles?: unknown;
  readonly container_name?: unknown;
}
