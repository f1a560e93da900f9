"""PostgreSQL between two tests."""

from __future__ import annotations

from collections.abc import Iterable

BOOKKEEPING = (
    "schema_migrations",
    "alembic_version",
    "django_migrations",
    "flyway_schema_history",
    "databasechangelog",
    "databasechangeloglock",
    "knex_migrations",
    "knex_migrations_lock",
    "_prisma_migrations",
)
"""The tables in which migrations keep what they have done."""


def truncation(keep: Iterable[str]) -> str:
    """SQL that empties every table of the schema public, and starts their sequences anew.

    :param keep: Tables that stay as they are.
    """
    names = ", ".join("'" + name.replace("'", "''") + "'" for name in keep)
    kept = f" AND tablename NOT IN ({names})" if names else ""
    return f"""DO $$ DECLARE names text; BEGIN
      SELECT string_agg(format('public.%I', tablename), ', ') INTO names
        FROM pg_tables WHERE schemaname = 'public'{kept};
      IF names IS NOT NULL THEN EXECUTE 'TRUNCATE ' || names || ' RESTART IDENTITY CASCADE'; END IF;
    END $$"""


PSQL = (
    'exec psql -v ON_ERROR_STOP=1 -q -U "${POSTGRES_USER:=postgres}" '
    '-d "${POSTGRES_DB:-$POSTGRES_USER}" -c "$1"'
)
"""By the role and the database that the image of PostgreSQL was started with."""
