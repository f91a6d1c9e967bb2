#!/usr/bin/env bash
# Serves the built site; the arguments are those of src/server/serve.ts.
#
#   serve.sh NODE PROGRAM SITE [--port PORT]

exec "$@"
