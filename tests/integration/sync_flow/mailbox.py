"""A receiver of webhooks over real HTTP, which answers as Xero asks and keeps what came for the test to hand on."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bluestamp.sync import webhooks
from tests.sandboxes import WEBHOOK_KEY

Delivery = tuple[bytes, str]


class Mailbox:
    """What came in, oldest first: the raw bytes and their signature."""

    def __init__(self) -> None:
        self.url = ""
        self._came: list[Delivery] = []
        self._lock = threading.Lock()

    def put(self, delivery: Delivery) -> None:
        with self._lock:
            self._came.append(delivery)

    def wait_for(self, resource_id: str, *, seconds: float = 10) -> list[Delivery]:
        """Take out everything once something about this document came; fails when nothing does in time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with self._lock:
                if any(resource_id.encode() in raw for raw, _ in self._came):
                    came, self._came = self._came, []
                    return came
            time.sleep(0.01)
        raise AssertionError(f"no webhook about {resource_id} came within {seconds} s")

    def clear(self) -> None:
        with self._lock:
            self._came = []


@contextmanager
def open_mailbox() -> Iterator[Mailbox]:
    """Listen on a free port until the test is over."""
    mailbox = Mailbox()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            signature = self.headers["x-xero-signature"]
            is_signed = webhooks.is_signed(raw, signature=signature, key=WEBHOOK_KEY)
            if is_signed:
                mailbox.put((raw, signature))
            self.send_response(200 if is_signed else 401)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("localhost", 0), Receiver)
    mailbox.url = f"http://localhost:{server.server_port}/xero/webhook"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield mailbox
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
