# Takes orders out of the queue and writes each into PostgreSQL.
set -euo pipefail
trap 'exit 0' TERM

psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -qc 'CREATE TABLE IF NOT EXISTS orders (item text NOT NULL)'
echo "waiting for orders"
exec 3<>/dev/tcp/redis/6379
while true; do
  printf '*3\r\n$5\r\nBRPOP\r\n$6\r\norders\r\n$1\r\n1\r\n' >&3
  read -r lines <&3
  # Nothing came within a second.
  [ "${lines:0:2}" = "*2" ] || continue
  read -r _ <&3; read -r _ <&3; read -r _ <&3
  read -r order <&3
  psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -q -v "item=${order%$'\r'}" <<<"INSERT INTO orders VALUES (:'item')"
  echo "wrote ${order%$'\r'}"
done
