"""`python -m bluestamp.sandbox`: the same as `bluestamp sandbox`."""

import sys

from bluestamp.sandbox.server import main

sys.exit(main())
