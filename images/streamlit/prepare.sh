#!/bin/sh
# Fetches the Streamlit that requirements.txt pins.
set -eu
. ./pip.sh

install_packages_for_debian packages
# Commands, which name this machine's Python.
rm -rf packages/bin
