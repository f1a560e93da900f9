#!/bin/sh
# Does what the official image's entrypoint does: flags or a configuration file alone mean `redis-server`,
# which runs as its own user and answers on every address of the container.
set -e

case ${1-} in
  -* | *.conf) set -- redis-server "$@" ;;
esac

if [ "${1-}" = redis-server ]; then
  if [ "$(id -u)" = 0 ]; then
    find . \! -user redis -exec chown redis '{}' +
    exec setpriv --reuid=redis --regid=redis --clear-groups -- "$0" "$@"
  fi
  # What it writes holds data: for its own user only, unless whoever starts it has chosen otherwise.
  if [ "$(umask)" = 0022 ]; then umask 0077; fi

  # Debian's Redis refuses other hosts while it has no password ("protected mode"). In a container the network
  # decides who gets here. It comes before the caller's own options, so that these win.
  shift
  case ${1-} in
    - | -v | --version | -h | --help | --test-memory | --check-system) set -- redis-server "$@" ;;
    '' | -*) set -- redis-server --protected-mode no "$@" ;;
    *)
      configuration=$1
      shift
      if grep -qs '^[[:space:]]*protected-mode' "$configuration"; then
        set -- redis-server "$configuration" "$@"
      else
        set -- redis-server "$configuration" --protected-mode no "$@"
      fi
      ;;
  esac
fi

exec "$@"
