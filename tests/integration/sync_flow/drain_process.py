"""One drain in a process of its own, to be killed: `python -m tests.integration.sync_flow.drain_process CONNECTION STUDIO`.

The environment brings the test's database and the sandbox's addresses.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Drain once."""
    import django

    django.setup()
    from django.utils import timezone

    from bluestamp.engine import queue, tenancy
    from bluestamp.sync import rounds

    connection_id, studio_id = sys.argv[1], int(sys.argv[2])
    with (
        tenancy.acting_in(studio_id),
        queue.session_lock(f"sync.connection:{connection_id}", wait_seconds=20),
    ):
        rounds.drain(connection_id, clock=timezone.now)


if __name__ == "__main__":
    main()
