"""The processes that are measured: `bluestamp serve`, `bluestamp demo` and the sandbox, in a folder that is thrown away."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2

from tests.contract.caller import CLIENT
from tests.sandboxes import WEBHOOK_KEY, Sandbox

PATIENCE_SECONDS: Final = 90
_PR_SET_PDEATHSIG: Final = 1


@dataclass(frozen=True, kw_only=True)
class Started:
    """A process, and how long it took until it answered."""

    process: subprocess.Popen[bytes]
    origin: str
    seconds: float


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A data folder for the block, which PostgreSQL's user may pass through."""
    made = Path(tempfile.mkdtemp(prefix="bluestamp-bench-"))
    made.chmod(0o755)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


@contextlib.contextmanager
def bluestamp(*words: str, port: int, environment: Mapping[str, str]) -> Iterator[Started]:
    """Run a command of Bluestamp's that serves pages, from its start until the block ends."""
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "bluestamp", *words, "--port", str(port)],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=_end_with_the_parent,
    )
    try:
        origin = f"http://127.0.0.1:{port}"
        _wait_for(f"{origin}/health", process)
        yield Started(process=process, origin=origin, seconds=time.monotonic() - began)
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_SECONDS)


@contextlib.contextmanager
def sandbox() -> Iterator[Sandbox]:
    """A sandbox Xero of its own process, as new, with limits that are not in the way."""
    command = [sys.executable, "-m", "bluestamp.sandbox", "--port", "0", "--app", ":".join(CLIENT)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=_end_with_the_parent)
    try:
        assert process.stdout is not None
        xero = Sandbox(process.stdout.readline().split()[-1])
        lift_limits(xero)
        yield xero
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_SECONDS)


def lift_limits(xero: Sandbox) -> None:
    """So many calls that the peer, too, may do its work in one go."""
    xero.limit(minute=1_000_000, day=1_000_000, app_minute=1_000_000)


def settings_for(xero: Sandbox, *, data_dir: Path, port: int) -> dict[str, str]:
    """What Bluestamp reads from its environment: where its data is, and where Xero is."""
    names = ("XERO_LOGIN_URL", "XERO_IDENTITY_URL", "XERO_API_URL", "XERO_DEEP_LINK_URL")
    return {
        "BLUESTAMP_DATA_DIR": str(data_dir),
        "BLUESTAMP_URL": f"http://localhost:{port}",
        "BLUESTAMP_LOG": "ERROR",
        "PORT": str(port),
        **dict.fromkeys(names, xero.origin),
        "XERO_CLIENT_ID": CLIENT[0],
        "XERO_CLIENT_SECRET": CLIENT[1],
        "XERO_WEBHOOK_KEY": WEBHOOK_KEY,
    }


def _end_with_the_parent() -> None:
    """So that a killed bench leaves nothing running, and Ctrl-C ends things in our order."""
    os.setpgrp()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit("Bluestamp ended by itself; run the same command by hand to read why.")
        with contextlib.suppress(httpx2.TransportError):
            if httpx2.get(address, timeout=5).status_code == 200:
                return
        time.sleep(0.02)
    raise SystemExit(f"{address} did not answer within {PATIENCE_SECONDS} seconds.")
