#!/usr/bin/env bash
# Does what the official image's entrypoint does, as far as a stack can see: the same variables, the same
# files, the same refusals, the same first start.
# Not `-u`: init scripts run in this shell, and they are written for the official one.
set -Eeo pipefail

fail() {
  printf >&2 '%s\n' "$@"
  exit 1
}

# `NAME` may come as `NAME_FILE`, the path of a file that holds it (a Docker secret); never as both.
from_env_or_file() {
  local name=$1 file="${1}_FILE" default=${2-}
  if [[ -n ${!name-} && -n ${!file-} ]]; then
    fail "error: both $name and $file are set (but are exclusive)"
  fi
  if [[ -n ${!file-} ]]; then
    default=$(<"${!file}")
  elif [[ -n ${!name-} ]]; then
    default=${!name}
  fi
  export "$name=$default"
  unset "$file"
}

# Options that make `postgres` answer and leave; they need no database.
only_asks() {
  local argument
  for argument; do
    case $argument in
      -'?' | --help | --describe-config | -V | --version | -C) return 0 ;;
    esac
  done
  return 1
}

make_directories() {
  mkdir -p "$PGDATA" /var/run/postgresql
  chmod 700 "$PGDATA" || :
  if [[ $(id -u) == 0 ]]; then
    find "$PGDATA" /var/run/postgresql \! -user postgres -exec chown postgres:postgres '{}' +
  fi
}

check_password() {
  if [[ -z $POSTGRES_PASSWORD && ${POSTGRES_HOST_AUTH_METHOD-} != trust ]]; then
    fail 'Error: Database is uninitialized and superuser password is not specified.' \
      '       You must specify POSTGRES_PASSWORD to a non-empty value for the' \
      '       superuser. For example, "-e POSTGRES_PASSWORD=password" on "docker run".' \
      '' \
      '       You may also use "POSTGRES_HOST_AUTH_METHOD=trust" to allow all' \
      '       connections without a password. This is *not* recommended.'
  fi
  if [[ ${POSTGRES_HOST_AUTH_METHOD-} == trust ]]; then
    printf >&2 '%s\n' 'WARNING: POSTGRES_HOST_AUTH_METHOD is "trust":' \
      '         anyone who reaches the port can use the database without a password.'
  fi
}

init_database() {
  local wrapper=()
  # initdb wants a name for its user, which `docker run --user 1234` does not have.
  if ! getent passwd "$(id -u)" >/dev/null; then
    local users groups
    users=$(mktemp)
    groups=$(mktemp)
    echo "postgres:x:$(id -u):$(id -g):PostgreSQL:$PGDATA:/bin/false" >"$users"
    echo "postgres:x:$(id -g):" >"$groups"
    wrapper=(env LD_PRELOAD=libnss_wrapper.so "NSS_WRAPPER_PASSWD=$users" "NSS_WRAPPER_GROUP=$groups")
  fi
  local arguments=(--username="$POSTGRES_USER")
  # The socket: both where clients of the official image look for it and where these binaries do. Debian's 15 looks
  # in the official place by itself, and its initdb has no --set.
  if ((PG_MAJOR >= 16)); then arguments+=(--set=unix_socket_directories='/var/run/postgresql, /tmp'); fi
  if [[ -n ${POSTGRES_INITDB_WALDIR-} ]]; then arguments+=(--waldir="$POSTGRES_INITDB_WALDIR"); fi
  # Quotes inside the variable count, as on a command line.
  eval "arguments+=($POSTGRES_INITDB_ARGS)"
  if [[ -n $POSTGRES_PASSWORD ]]; then
    "${wrapper[@]}" initdb "${arguments[@]}" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD")
  else
    "${wrapper[@]}" initdb "${arguments[@]}"
  fi
  printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-$(postgres -C password_encryption)}" \
    >>"$PGDATA/pg_hba.conf"
}

# Reached through its socket only: over TCP the database does not answer before it is complete.
start_temporary_server() {
  shift # "postgres"
  set -- "$@" -c listen_addresses='' -p "${PGPORT:-5432}"
  PGUSER="$POSTGRES_USER" pg_ctl -D "$PGDATA" -o "${*@Q}" -w start
}

# Init scripts may call this name: it is the official image's.
docker_process_sql() {
  local psql=(psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --no-password --no-psqlrc)
  if [[ -n $POSTGRES_DB ]]; then psql+=(--dbname "$POSTGRES_DB"); fi
  PGHOST='' PGHOSTADDR='' "${psql[@]}" "$@"
}

create_database() {
  local known
  known=$(docker_process_sql --dbname postgres --set db="$POSTGRES_DB" --tuples-only \
    <<<"SELECT 1 FROM pg_database WHERE datname = :'db';")
  if [[ -z $known ]]; then
    docker_process_sql --dbname postgres --set db="$POSTGRES_DB" <<<'CREATE DATABASE :"db";'
  fi
}

run_init_files() {
  local file
  for file; do
    case $file in
      *.sh)
        echo "$0: running $file"
        # shellcheck source=/dev/null
        if [[ -x $file ]]; then "$file"; else . "$file"; fi
        ;;
      *.sql) echo "$0: running $file" && docker_process_sql -f "$file" ;;
      *.sql.gz) echo "$0: running $file" && gunzip -c "$file" | docker_process_sql ;;
      *) echo "$0: ignoring $file" ;;
    esac
    echo
  done
}

first_start() {
  from_env_or_file POSTGRES_PASSWORD
  from_env_or_file POSTGRES_USER postgres
  from_env_or_file POSTGRES_DB "$POSTGRES_USER"
  from_env_or_file POSTGRES_INITDB_ARGS
  check_password
  # Found out before anything is written: else the next start would take a half-made database for a whole one.
  ls /docker-entrypoint-initdb.d/ >/dev/null

  init_database
  export PGPASSWORD="${PGPASSWORD:-$POSTGRES_PASSWORD}" # `--auth` in POSTGRES_INITDB_ARGS may ask for it
  start_temporary_server "$@"
  create_database
  shopt -s nullglob
  run_init_files /docker-entrypoint-initdb.d/*
  shopt -u nullglob
  PGUSER="$POSTGRES_USER" pg_ctl -D "$PGDATA" -m fast -w stop
  unset PGPASSWORD
  printf '\n%s\n\n' 'PostgreSQL init process complete; ready for start up.'
}

main() {
  if [[ ${1-} == -* ]]; then set -- postgres "$@"; fi

  if [[ ${1-} == postgres ]] && ! only_asks "$@"; then
    make_directories
    if [[ $(id -u) == 0 ]]; then
      exec setpriv --reuid=postgres --regid=postgres --init-groups -- "${BASH_SOURCE[0]}" "$@"
    fi
    if [[ -s $PGDATA/PG_VERSION ]]; then
      printf '\n%s\n\n' 'PostgreSQL Database directory appears to contain a database; Skipping initialization'
    else
      first_start "$@"
    fi
  fi
  exec "$@"
}

# An init script may be written to source this file for its functions.
if [[ ${BASH_SOURCE[0]} == "$0" ]]; then main "$@"; fi
