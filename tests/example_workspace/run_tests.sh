#!/usr/bin/env bash
# Tests this workspace, with the wheels and npm packages that modelparity's own workspace has fetched already.
#
#   tests/example_workspace/run_tests.sh [OPTIONS OF BAZEL TEST]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

external=$(cd ../.. && ./bazelw info output_base)/external
shared=()
for repository in "$external"/{pypi_*,compiled_*,npm}; do
  [ ! -d "$repository" ] || shared+=("--override_repository=${repository##*/}=$repository")
done
exec ../../bazelw test "${shared[@]}" "$@" //...
