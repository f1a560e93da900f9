# Runs in a container of PostgreSQL: empties every table of the schema public, and starts their sequences anew. The
# arguments are the tables that stay as they are. Role and database are those that the image was started with.
exec psql -v ON_ERROR_STOP=1 -q -U "${POSTGRES_USER:=postgres}" -d "${POSTGRES_DB:-$POSTGRES_USER}" \
  -v keep="$(printf '%s\n' "$@")" <<'SQL'
SELECT set_config('pulumi_compose.keep', :'keep', false) \g /dev/null
DO $$ DECLARE names text; BEGIN
  SELECT string_agg(format('public.%I', tablename), ', ') INTO names
    FROM pg_tables WHERE schemaname = 'public'
      AND tablename <> ALL (string_to_array(current_setting('pulumi_compose.keep'), E'\n'));
  IF names IS NOT NULL THEN EXECUTE 'TRUNCATE ' || names || ' RESTART IDENTITY CASCADE'; END IF;
END $$;
SQL
