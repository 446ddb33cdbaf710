"""`bluestamp demo`: everything on this machine, with a sample studio and a sandbox Xero. Keeps every rule of the product.

The sandbox is a process of its own, spoken to over HTTP like the real thing; its owner consents on the real page. Only
the settings tell it from Xero. A second start finds all of it again, and takes seconds.
"""

from __future__ import annotations

import ctypes
import datetime as dt
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx2

from bluestamp import serve
from bluestamp.engine import environment
from bluestamp.startup import NotReady, Say

CLIENT_ID: Final = "bluestamp-demo"
CLIENT_SECRET: Final = "bluestamp-demo-secret"
WEBHOOK_KEY: Final = "bluestamp-demo-webhook-key"
_PR_SET_PDEATHSIG: Final = 1
_SANDBOX_SECONDS: Final = 30


@dataclass(frozen=True, slots=True)
class Places:
    """Where the demo's two halves are found."""

    port: int
    sandbox_port: int

    @property
    def app(self) -> str:
        """Bluestamp's origin."""
        return f"http://localhost:{self.port}"

    @property
    def sandbox(self) -> str:
        """The sandbox's origin."""
        return f"http://localhost:{self.sandbox_port}"


def run(*, port: int, sandbox_port: int, say: Say) -> None:
    """Run the demo until SIGTERM or SIGINT. Raises NotReady for a taken port or a second copy on the same data."""
    places = Places(port, sandbox_port)
    os.environ.setdefault("BLUESTAMP_DATA_DIR", f"{environment.data_dir()}-demo")
    serve.refuse_taken_port("127.0.0.1", port)
    serve.refuse_taken_port("127.0.0.1", sandbox_port)
    _enter_settings(places)
    data_dir = environment.data_dir()
    with serve.alone_on_the_data_folder(data_dir, "demo.lock"):
        say("Starting the sandbox Xero …")
        with _sandbox(places, data_dir) as sandbox:
            serve.serve(
                host="127.0.0.1",
                port=port,
                say=say,
                prepare=lambda: _prepare(places, sandbox, say),
                greet=lambda: say(_greeting(places)),
            )


def _enter_settings(places: Places) -> None:
    """All that makes it a demo: addresses of the sandbox in place of Xero's."""
    os.environ.update(
        BLUESTAMP_URL=places.app,
        XERO_LOGIN_URL=places.sandbox,
        XERO_IDENTITY_URL=places.sandbox,
        XERO_API_URL=places.sandbox,
        XERO_DEEP_LINK_URL=places.sandbox,
        XERO_CLIENT_ID=CLIENT_ID,
        XERO_CLIENT_SECRET=CLIENT_SECRET,
        XERO_WEBHOOK_KEY=WEBHOOK_KEY,
    )


@contextmanager
def _sandbox(places: Places, data_dir: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The sandbox's process; it gets ready while the database does."""
    command = [
        *(sys.executable, "-m", "bluestamp", "sandbox", "--port", str(places.sandbox_port)),
        *("--state", str(data_dir / "sandbox.sqlite"), "--app", f"{CLIENT_ID}:{CLIENT_SECRET}"),
        *("--redirect", f"{places.app}/xero/callback"),
        *("--webhook", f"{places.app}/xero/webhook", "--webhook-key", WEBHOOK_KEY),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, preexec_fn=_end_with_the_parent)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=10)


def _end_with_the_parent() -> None:
    """So that a killed demo leaves no sandbox behind, and Ctrl-C reaches it in our order, not the terminal's."""
    os.setpgrp()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait_for(origin: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _SANDBOX_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise NotReady("The sandbox Xero ended by itself; its words stand above.")
        try:
            httpx2.get(origin, timeout=2)
        except httpx2.TransportError:
            time.sleep(0.1)
        else:
            return
    raise NotReady(f"The sandbox Xero did not answer within {_SANDBOX_SECONDS} seconds.")


def _prepare(places: Places, sandbox: subprocess.Popen[bytes], say: Say) -> None:
    """Make the sample studio, once, and connect it over the sandbox's consent page."""
    from bluestamp import demo_studio

    _wait_for(places.sandbox, sandbox)
    if demo_studio.is_there():
        return
    say("Making a sample studio …")
    demo_studio.found(now=_now())
    say("Connecting it to the sandbox Xero …")
    demo_studio.connect(consent_by=_consent, now=_now())
    demo_studio.furnish(now=_now())


def _consent(address: str) -> dict[str, str]:
    """Say yes on the consent page as a person would, by its form; return what comes back in the address."""
    with httpx2.Client(follow_redirects=False, timeout=10) as browser:
        page = browser.get(address)
        page.raise_for_status()
        organisation = re.search(r'name="organisation" value="([^"]+)"', page.text)
        user = re.search(r'<option value="([^"]+)"', page.text)
        if organisation is None or user is None:
            raise NotReady("The sandbox's consent page is not what the demo expects.")
        answer = browser.post(
            address, data={"organisation": organisation[1], "user": user[1], "decision": "allow"}
        )
    query = urlsplit(answer.headers["Location"]).query
    return dict(httpx2.QueryParams(query).items())


def _greeting(places: Places) -> str:
    from bluestamp import demo_studio

    link, secret, cleos = demo_studio.way_in(now=_now())
    return (
        f"\n  Bluestamp     {places.app}{link}\n"
        "                (signs you in as Ada, the owner; good once, for ten minutes)\n"
        f"  Sandbox Xero  {places.sandbox}\n"
        "                (approve bills and pay invoices there)\n\n"
        f"  Ada           {demo_studio.ADA_EMAIL} · password {demo_studio.PASSWORD}\n"
        f"  Ben, Cleo     {demo_studio.BEN_EMAIL}, {demo_studio.CLEO_EMAIL} · the same password\n"
        f"  Authenticator {secret} is Ada's, {cleos} Cleo's; Ben needs none\n\n"
        "  Ctrl-C stops everything; the next start finds it again.\n"
    )


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
