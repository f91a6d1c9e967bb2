#!/usr/bin/env bash
# Writes requirements_lock.txt anew from requirements.in: ./bazelw run //tools:update_requirements
set -euo pipefail
uv=$PWD/$1
cd "$BUILD_WORKSPACE_DIRECTORY"
# One lock for Python 3.11 to 3.13: the versions are those that 3.11 takes, the hashes those of every wheel.
exec "$uv" pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-emit-find-links \
  --no-annotate --no-header --python-version 3.11 --python-platform x86_64-manylinux_2_28 \
  requirements.in --output-file requirements_lock.txt
