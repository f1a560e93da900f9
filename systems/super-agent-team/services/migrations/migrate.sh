#!/bin/sh
# Applies /migrations/*.sql in the order of their names, each once. PGHOST, PGPORT, PGUSER, PGPASSWORD and
# PGDATABASE say where; in place of PGPASSWORD, PGPASSWORD_FILE names a file that holds the password. One psql
# session does it all, so that one advisory lock covers it: two jobs at the same time apply each file once. The
# files must not contain BEGIN or COMMIT; each is one transaction with its row.
set -eu

export PGCONNECT_TIMEOUT="${PGCONNECT_TIMEOUT:-10}"

if [ -n "${PGPASSWORD_FILE:-}" ]; then
  PGPASSWORD=$(cat "$PGPASSWORD_FILE")
  export PGPASSWORD
fi

folder=/migrations
steps=/usr/local/lib/migrate

[ -d "$folder" ] || { echo "there is no folder $folder" >&2; exit 1; }

set -- --no-psqlrc --quiet --no-align --tuples-only --set ON_ERROR_STOP=1 --file "$steps/begin.psql"
for file in "$folder"/*.sql; do
  [ -e "$file" ] || continue # an empty folder: the pattern itself
  name=${file##*/}
  case $name in
    *[!A-Za-z0-9._-]*) echo "$file: a name has letters, digits, dots, dashes and underscores only" >&2; exit 1 ;;
  esac
  checksum=$(sha256sum "$file" | cut -d ' ' -f 1)
  set -- "$@" --command "\\set name $name" --command "\\set file $file" --command "\\set checksum $checksum" \
    --file "$steps/apply.psql"
done
set -- "$@" --file "$steps/end.psql"

exec psql "$@"
