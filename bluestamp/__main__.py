"""`python -m bluestamp` is the command `bluestamp`."""

import sys

from bluestamp.cli import main

if __name__ == "__main__":
    sys.exit(main())
