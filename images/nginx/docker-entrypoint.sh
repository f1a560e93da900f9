#!/bin/sh
# Does what the official image's entrypoint does: before nginx starts, /etc/nginx/templates/*.template become files of
# /etc/nginx/conf.d with the environment filled in, and the scripts of /docker-entrypoint.d run.
set -e

templates=${NGINX_ENVSUBST_TEMPLATE_DIR:-/etc/nginx/templates}
suffix=${NGINX_ENVSUBST_TEMPLATE_SUFFIX:-.template}
output=${NGINX_ENVSUBST_OUTPUT_DIR:-/etc/nginx/conf.d}

# Only variables that exist are filled in: nginx has its own of the same form, such as $host.
fill_in() {
  defined=$(env | cut -d= -f1 | grep -E "${NGINX_ENVSUBST_FILTER:-}" | sed 's/.*/${&}/')
  find "$templates" -follow -type f -name "*$suffix" -print | while read -r template; do
    name=${template#"$templates"/}
    file=$output/${name%"$suffix"}
    mkdir -p "$(dirname "$file")"
    echo "$0: filling in $template as $file"
    envsubst "$defined" <"$template" >"$file"
  done
}

case ${1-} in
  nginx | nginx-debug)
    if [ -d "$templates" ]; then fill_in; fi
    find /docker-entrypoint.d/ -follow -type f -name '*.sh' -print | sort -V | while read -r script; do
      if [ -x "$script" ]; then "$script"; else echo "$0: ignoring $script, not executable" >&2; fi
    done
    ;;
esac

exec "$@"
