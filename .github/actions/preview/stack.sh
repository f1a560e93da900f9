#!/bin/bash
# Brings up a stack of the pull request's own, and writes its addresses into $RUNNER_TEMP/preview/stack.md. The stack goes
# with its data when the pull request is closed.
set -euo pipefail

if [ -z "$LIKE" ]; then exit; fi
if [ "$HEAD_REPOSITORY" != "$GITHUB_REPOSITORY" ]; then
  echo "A fork's pull request gets no stack of its own."
  exit
fi
if [ -z "$BACKEND" ]; then
  echo "::error::like needs a backend: the state of the stack has to be there when the pull request is closed"
  exit 1
fi

export PULUMI_BACKEND_URL=$BACKEND
stack=pr-$NUMBER
cd "$FOLDER"

if [ "$EVENT" = closed ]; then
  bash -c "$INSTALL" >&2
  npx pulumi-compose destroy --yes --stack "$stack" --older-than 0m
  exit
fi

shown=$RUNNER_TEMP/preview/stack.md
printf '\n#### The stack %s did not come up\n\nThe log of the run says why.\n' "$stack" > "$shown"
npx pulumi-compose up --yes --stack "$stack" --like "$LIKE" >&2
{
  printf '\n#### The stack %s is up\n\n```text\n' "$stack"
  npx pulumi-compose status --stack "$stack"
  printf '```\n'
} > "$RUNNER_TEMP/preview/up.md"
mv "$RUNNER_TEMP/preview/up.md" "$shown"
