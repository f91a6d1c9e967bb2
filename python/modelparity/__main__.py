"""`python -m modelparity`."""

import sys

from modelparity.cli import main

if __name__ == "__main__":
    sys.exit(main())
