#!/bin/sh
# Makes a certificate authority, a server's certificate and a client's into /certificates, unless they are there and
# good for another month. The authority's key is kept nowhere: whoever finds the volume can sign nothing.
set -eu
cd /certificates
umask 077

month=2592000
if openssl verify -CAfile ca.crt server.crt client.crt >/dev/null 2>&1 \
  && openssl x509 -checkend "$month" -noout -in server.crt >/dev/null; then
  echo "the certificates are good until $(openssl x509 -enddate -noout -in server.crt | cut -d = -f 2)"
  exit 0
fi

work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 825 -subj "/CN=trading-platform CA" \
  -keyout "$work/ca.key" -out "$work/ca.crt" 2>/dev/null

# name, common name, use, further extension
sign() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" \
    -keyout "$work/$1.key" -out "$work/$1.csr" 2>/dev/null
  printf 'extendedKeyUsage=%s\n%s\n' "$3" "$4" >"$work/$1.ext"
  openssl x509 -req -days 825 -in "$work/$1.csr" -CA "$work/ca.crt" -CAkey "$work/ca.key" -CAcreateserial \
    -extfile "$work/$1.ext" -out "$work/$1.crt" 2>/dev/null
}
sign server localhost serverAuth "subjectAltName=DNS:localhost,IP:127.0.0.1"
sign client trader clientAuth ""

chmod 644 "$work"/*.crt
mv "$work"/ca.crt "$work"/server.* "$work"/client.* .
rm -f ./*.csr ./*.ext
echo "made a certificate authority, a server's certificate and a client's: good for 825 days"
