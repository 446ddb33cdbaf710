"""How long `bluestamp demo` takes until it serves pages: the first time, which makes everything, and the second."""

from __future__ import annotations

from pathlib import Path

from bench import running
from bench.figures import Figure


def measure(data_dir: Path) -> list[Figure]:
    """Start it twice on the same data."""
    first, second = _start(data_dir), _start(data_dir)
    return [
        Figure(what="first start of the demo, everything made", ours=f"{first:.1f} s"),
        Figure(what="second start of the demo", ours=f"{second:.1f} s", aim="< 5 s"),
    ]


def _start(data_dir: Path) -> float:
    port, sandbox_port = running.free_port(), running.free_port()
    words = ("demo", "--sandbox-port", str(sandbox_port))
    with running.bluestamp(*words, port=port, environment={"BLUESTAMP_DATA_DIR": str(data_dir)}) as started:
        return started.seconds
