"""A worker that dies at a line of its own choosing: a drain in a process that kills itself at a statement."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from django.conf import settings
from django.db import connection

from tests.integration.sync_flow.conftest import Story


def killed_at(story: Story, statement: int) -> bool:
    """Drain in a process of its own, which kills itself before its n-th statement; tell whether it came so far."""
    command = [
        sys.executable,
        "-m",
        "tests.integration.sync_flow.drain_process",
        story.connection.id,
        str(story.connection.studio_id),
        story.now.isoformat(),
        str(statement),
    ]
    done = subprocess.run(command, env={**os.environ, **_places()}, check=False, timeout=120)
    assert done.returncode in (0, -signal.SIGKILL)
    return done.returncode == -signal.SIGKILL


def _places() -> dict[str, str]:
    """Where the test's database and its sandbox are, for a process of its own."""
    database = connection.settings_dict
    names = ["XERO_LOGIN_URL", "XERO_IDENTITY_URL", "XERO_API_URL", "XERO_CLIENT_ID", "XERO_CLIENT_SECRET"]
    return {
        "DJANGO_SETTINGS_MODULE": "bluestamp.settings",
        "DATABASE_URL": f"postgresql://{database['USER']}@/{database['NAME']}?host={database['HOST']}",
        "BLUESTAMP_DATA_DIR": str(settings.BLUESTAMP_DATA_DIR),
        "BLUESTAMP_ENCRYPTION_KEYS": ",".join(settings.BLUESTAMP_ENCRYPTION_KEYS),
        "SECRET_KEY": settings.SECRET_KEY,
        **{name: getattr(settings, name) for name in names},
    }
