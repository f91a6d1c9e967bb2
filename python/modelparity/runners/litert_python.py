"""The runner `litert-python`."""

from modelparity.runners.serve import serve


def _runner():
    from modelparity.runners.litert_runner import LitertRunner

    return LitertRunner()


if __name__ == "__main__":
    serve(_runner)
