"""A real `bluestamp demo` in a process of its own: free ports, data in a folder of its own, nothing inherited."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

READY: Final = "Ctrl-C stops everything"
START_SECONDS: Final = 300
STOP_SECONDS: Final = 60
REPOSITORY: Final = Path(__file__).parents[2]
#: the tests' own settings must not reach it
OURS: Final = ("BLUESTAMP_", "XERO_", "DJANGO_", "DATABASE_URL", "EMAIL_", "PORT", "SANDBOX_PORT")


@dataclass
class Demo:
    """A demo that answers, with what it printed."""

    process: subprocess.Popen[str]
    data_dir: Path
    app: str
    sandbox: str
    words: str

    @property
    def sign_in_link(self) -> str:
        """The link that signs the owner in once."""
        found = re.search(r"http://\S+/accounts/link/\S+/", self.words)
        assert found, self.words
        return found[0]

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal, and wait for the exit code."""
        self.process.send_signal(how)
        return self.process.wait(timeout=STOP_SECONDS)


@contextmanager
def own_folder() -> Iterator[Path]:
    """A folder that PostgreSQL's user can reach too; pytest's own can be entered by nobody else."""
    with tempfile.TemporaryDirectory(prefix="demo-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name) / "data"


@contextmanager
def running(data_dir: Path) -> Iterator[Demo]:
    """Have a demo for the block; whatever the block left is stopped."""
    port, sandbox_port = free_port(), free_port()
    process = launch(data_dir, port=port, sandbox_port=sandbox_port)
    try:
        words = _words_until_ready(process)
        yield Demo(
            process, data_dir, f"http://localhost:{port}", f"http://localhost:{sandbox_port}", "".join(words)
        )
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=STOP_SECONDS)


def launch(data_dir: Path, *, port: int, sandbox_port: int) -> subprocess.Popen[str]:
    """Start `bluestamp demo`; what it says and complains of comes out of `stdout`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return subprocess.Popen(
        [sys.executable, "-m", "bluestamp", "demo", "--port", str(port), "--sandbox-port", str(sandbox_port)],
        cwd=REPOSITORY,
        env={**inherited, "BLUESTAMP_DATA_DIR": str(data_dir)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def _words_until_ready(process: subprocess.Popen[str]) -> list[str]:
    """Read until it says how to stop it, then keep reading aside, for a full pipe would stop it."""
    assert process.stdout is not None
    timer = threading.Timer(START_SECONDS, process.kill)
    timer.start()
    words = []
    for line in process.stdout:
        words.append(line)
        if READY in line:
            break
    else:
        raise AssertionError("The demo ended before it was ready:\n" + "".join(words))
    timer.cancel()
    threading.Thread(target=process.stdout.read, daemon=True).start()
    return words


def processes_on(data_dir: Path) -> dict[int, str]:
    """Return every process that has the data folder in its command or its environment: pid, command."""
    needle = os.fsencode(data_dir)
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        command = _read(folder / "cmdline")
        if needle in command or needle in _read(folder / "environ"):
            found[int(folder.name)] = command.replace(b"\0", b" ").decode(errors="replace")
    return found


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has ended meanwhile, or is somebody else's
        return b""


def becomes_true(is_so: Callable[[], bool], *, seconds: float) -> bool:
    """Ask until it is so, or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.1)
    return is_so()
