"""What a web server calls. On Linux a web process ends with its parent, which Granian alone does not see to."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import Final

from django.core.wsgi import get_wsgi_application

PR_SET_PDEATHSIG: Final = 1
"""prctl(2): the signal that the kernel sends when the parent has died."""


def _end_with_the_parent() -> None:
    """Without this a killed `serve` leaves its web processes serving on, with nobody to stop them.

    Killed, not asked: Granian's own way of stopping may wait for its parent for ever. An orderly stop never gets here,
    for the parent outlives its web processes then.
    """
    parent = os.environ.get("BLUESTAMP_PARENT")
    if sys.platform != "linux" or parent is None:
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):  # it died before we asked
        os._exit(0)


_end_with_the_parent()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bluestamp.settings")
application = get_wsgi_application()
