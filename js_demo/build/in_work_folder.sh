#!/usr/bin/env bash
# Runs a command with Node in a copy of js_demo/ and proto/, with the packages beside it and the
# contract generated. A copy, since Node follows Bazel's links to where the sources really lie, and
# there are no packages there.
#
# The command finds built files from START_FOLDER, where this one was called.
#
#   in_work_folder.sh NODE NODE_MODULES FILE... -- ARGUMENT...

set -euo pipefail

node=$PWD/$1 node_modules=$PWD/$2
shift 2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
while [[ $1 != -- ]]; do
  # The same place as in the repository, wherever Bazel put it: another workspace has it in external/.
  target=${1##*bin/}
  target=$work/${target#external/*/}
  mkdir -p "$(dirname "$target")"
  cp -L "$1" "$target"
  shift
done
shift
ln -s "$node_modules" "$work/js_demo/node_modules"

export START_FOLDER=$PWD
cd "$work/js_demo"
"$node" build/generate_contract.js ../proto src/contract
"$node" "$@"
