#!/bin/sh
# A certificate for SERVER_NAME that signs itself, in /tls, under the names that certbot gives its files. One that is
# there is kept for as long as it is good: browsers and clients may have been told to trust it.
set -eu
cd /tls
name=${SERVER_NAME:-localhost}

if [ -f privkey.pem ] \
  && openssl x509 -in fullchain.pem -noout -checkend 2592000 >/dev/null 2>&1 \
  && openssl x509 -in fullchain.pem -noout -checkhost "$name" | grep -q 'does match'; then
  echo "the certificate of $name is good for more than 30 days"
  exit 0
fi

umask 077
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -subj "/CN=$name" \
  -addext "subjectAltName=DNS:$name,DNS:localhost,IP:127.0.0.1" -keyout privkey.pem.new -out fullchain.pem.new
mv privkey.pem.new privkey.pem
mv fullchain.pem.new fullchain.pem
echo "made a certificate of $name, good for a year"
