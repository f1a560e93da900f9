#!/bin/sh
# Fetches Node.js, Vite and React as package-lock.json has them.
set -eu

case $(uname -m) in
  arm64 | aarch64) machine=arm64 ;;
  *) machine=x64 ;;
esac
# For the image, whatever system this machine has.
npm ci --ignore-scripts --os=linux --cpu="$machine" --libc=glibc --omit=dev --no-audit --no-fund
mv "node_modules/node-linux-$machine/bin/node" node
rm -r "node_modules/node-linux-$machine"
