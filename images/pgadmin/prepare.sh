#!/bin/sh
# Fetches the pgAdmin that requirements.txt pins.
set -eu
. ./pip.sh

install_packages_for_debian packages
# What has no wheel is built on this machine; it has no compiled parts.
python3 -m pip install --target packages --no-deps --no-compile --require-hashes \
  --disable-pip-version-check --root-user-action=ignore --requirement requirements-source.txt
# Commands, which name this machine's Python.
rm -rf packages/bin
mv packages/pgadmin4 .
