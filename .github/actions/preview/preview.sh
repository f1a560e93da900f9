#!/bin/bash
# Writes what merging the pull request would change into $RUNNER_TEMP/preview/comment.md.
set -euo pipefail

if [ "$EVENT" = closed ]; then exit; fi

place=$RUNNER_TEMP/preview
mkdir -p "$place/state"
root=$PWD

# Installs the commit that is checked out, and previews it.
preview() {
  (cd "$root/$FOLDER" && bash -c "$INSTALL" >&2 && npx pulumi-compose preview --stack "$STACK" --markdown "$@")
}

if [ -n "$BACKEND" ]; then
  export PULUMI_BACKEND_URL=$BACKEND
  preview > "$place/comment.md"
  exit
fi

# No state can be read here, so nothing has to be kept of it either.
export PULUMI_BACKEND_URL="file://$place/state?metadata=skip"
head=$(git rev-parse HEAD)
git cat-file -e "$BASE^{commit}" 2> /dev/null || git fetch --quiet --no-tags --depth=1 origin "$BASE"
git checkout --quiet --force "$BASE"
# A base that cannot be previewed, or has no program yet, is compared with as if there were nothing.
preview --save "$place/base.json" > "$place/base.md" || echo "The base commit cannot be previewed." >&2
git checkout --quiet --force "$head"
against=()
if [ -s "$place/base.json" ]; then against=(--against "$place/base.json"); fi
preview "${against[@]}" > "$place/comment.md"
