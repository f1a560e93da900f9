# shellcheck shell=sh
# Sourced by prepare.sh of images that are made of Python packages.

# Installs pip where it is missing, if that is possible.
need_pip() {
  if python3 -m pip --version >/dev/null 2>&1; then return; fi
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo 'Python packages are fetched with pip. Install it; on Debian: sudo apt-get install python3-pip' >&2
    exit 1
  fi
  # Another step may be installing something; and the lists may be missing or old.
  install_it() { apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends python3-pip; }
  install_it || { apt-get update && install_it; }
}

# Puts what requirements.txt pins into a folder; pip checks the hashes.
install_packages() {
  need_pip
  python3 -m pip install --target "$@" --no-deps --no-compile --only-binary=:all: --require-hashes \
    --disable-pip-version-check --root-user-action=ignore --requirement requirements.txt
}

# The same for Debian 12's Python 3.11, whatever Python and system this machine has.
install_packages_for_debian() {
  machine=$(uname -m)
  if [ "$machine" = arm64 ]; then machine=aarch64; fi
  # Every glibc up to Debian 12's 2.36 will do.
  for glibc in 36 35 34 33 32 31 30 29 28 27 26 24 17 12 5; do set -- "$@" --platform "manylinux_2_${glibc}_$machine"; done
  for year in 2014 2010 1; do set -- "$@" --platform "manylinux${year}_$machine"; done
  install_packages "$@" --python-version 3.11 --implementation cp --abi cp311 --abi abi3 --abi none
}
