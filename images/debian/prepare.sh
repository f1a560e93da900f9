#!/bin/sh
# Makes rootfs.tar, a minimal Debian 12, from the machine's own package sources.
set -eu

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

command -v apt-get >/dev/null || fail \
  'debian:bookworm-slim can be built on Debian 12 only, and this machine has no apt-get.'

# As apt itself understands its files, in whichever format they are written.
find_sources() {
  apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' |
    grep -E ' bookworm(-updates|-security)? main$' >sources.list
}
# apt knows where packages come from once it has their lists; a slim machine may have thrown them away.
find_sources || { [ "$(id -u)" = 0 ] && apt-get update && find_sources; } || fail \
  'debian:bookworm-slim cannot be built: apt on this machine knows no Debian 12 ("bookworm") packages.' \
  'Add Debian 12 to its sources and run apt-get update.'

if ! command -v mmdebstrap >/dev/null; then
  [ "$(id -u)" = 0 ] || fail 'debian:bookworm-slim is built with mmdebstrap. Install it: sudo apt-get install mmdebstrap'
  # Another step may be installing something; and the lists may be missing or old.
  install_it() { apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends mmdebstrap; }
  install_it || { apt-get update && install_it; }
fi

# merged-usr: as every Debian 12 is laid out; without it, mmdebstrap converts by a package that brings Perl along.
# The last hook: names of this machine that its network set-up left there.
mmdebstrap --variant=minbase \
  --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
  --dpkgopt="$PWD/dpkg.cfg" \
  --aptopt='Acquire::Languages "none"' \
  --customize-hook='rm -f "$1/etc/hostname" "$1/etc/resolv.conf"' \
  bookworm rootfs.tar - <sources.list
