#!/bin/sh
# Does what the official image's entrypoint does, as far as a stack can see: the first start makes pgAdmin's own
# database with its first user, and knows the servers of /pgadmin4/servers.json.
set -e

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

if [ ! -e /var/lib/pgadmin/pgadmin4.db ]; then
  password=${PGADMIN_DEFAULT_PASSWORD-}
  if [ -n "${PGADMIN_DEFAULT_PASSWORD_FILE-}" ]; then password=$(cat "$PGADMIN_DEFAULT_PASSWORD_FILE"); fi
  if [ -z "${PGADMIN_DEFAULT_EMAIL-}" ] || [ -z "$password" ]; then
    fail 'You need to define the PGADMIN_DEFAULT_EMAIL and PGADMIN_DEFAULT_PASSWORD or' \
      'PGADMIN_DEFAULT_PASSWORD_FILE environment variables.'
  fi
  PGADMIN_SETUP_EMAIL=$PGADMIN_DEFAULT_EMAIL PGADMIN_SETUP_PASSWORD=$password python3 setup.py setup-db
  servers=${PGADMIN_SERVER_JSON_FILE:-/pgadmin4/servers.json}
  if [ -f "$servers" ]; then python3 setup.py load-servers "$servers" --user "$PGADMIN_DEFAULT_EMAIL"; fi
fi

# One process, since its sessions are in its memory.
exec python3 -m gunicorn --bind "${PGADMIN_LISTEN_ADDRESS:-0.0.0.0}:${PGADMIN_LISTEN_PORT:-80}" --workers 1 \
  --threads "${GUNICORN_THREADS:-25}" --timeout 86400 --access-logfile "${GUNICORN_ACCESS_LOGFILE:--}" run_pgadmin:app
