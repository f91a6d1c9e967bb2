"""The runner `endpoint`: `python -m modelparity.runners.endpoint URL [CA_FILE]`."""

import sys

from modelparity.runners.serve import serve


def _runner():
    from modelparity.runners.endpoint_runner import EndpointRunner

    return EndpointRunner(*sys.argv[1:])


if __name__ == "__main__":
    serve(_runner)
