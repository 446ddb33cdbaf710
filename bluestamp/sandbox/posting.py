"""How a webhook is written, signed and posted (webhooks/configuring-your-server).

The body is no canonical JSON: its uneven spaces find out a receiver who hashes a body that he parsed and wrote again.
"""

import base64
import hashlib
import hmac
import http.client
import secrets
import string
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec

from bluestamp.sandbox.config import WebhookTarget
from bluestamp.sandbox.store import Row

SUBSCRIPTION = "SUBSCRIPTION"
SPOILT = {True: "B", False: "A"}


@dataclass(frozen=True)
class Heard:
    """What a receiver answered, and what was wrong with it apart from its status."""

    status: int
    problem: str
    took_ms: float


def sign(body: bytes, key: str) -> str:
    """x-xero-signature: Base64 of HMAC-SHA256 over the raw body, the key taken as UTF-8 text."""
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


def spoil(signature: str, letters: int = 1) -> str:
    """Alter one or two letters, as Xero's wrongly signed requests do."""
    altered = "".join(SPOILT[letter == "A"] for letter in signature[:letters])
    return altered + signature[letters:]


def write(events: list[dict[str, object]], first: int, last: int) -> bytes:
    """The body with Xero's uneven spaces and twenty capital letters of entropy."""
    entropy = "".join(secrets.choice(string.ascii_uppercase) for _ in range(20))
    listed = msgspec.json.encode(events).decode()
    return (
        f'{{"events":{listed},"firstEventSequence": {first},"lastEventSequence": {last}, "entropy": "{entropy}"}}'
    ).encode()


def event(row: Row) -> dict[str, object]:
    """One event; app-store billing belongs to the app, everything else to an organisation."""
    moment = datetime.fromtimestamp(row["at_ms"] / 1000, UTC)
    said: dict[str, object] = {
        "resourceUrl": row["url"],
        "resourceId": row["resource"],
        "tenantId": row["organisation"],
        "tenantType": "APPLICATION" if row["category"] == SUBSCRIPTION else "ORGANISATION",
        "eventCategory": row["category"],
        "eventType": row["type"],
        "eventDateUtc": f"{moment:%Y-%m-%dT%H:%M:%S}.{row['at_ms'] % 1000:03d}",
    }
    return said | ({"data": msgspec.json.decode(row["data"])} if row["data"] else {})


def post(target: WebhookTarget, body: bytes, signature: str) -> Heard:
    """Post once, and hold the answer to Xero's rules: in time, no body, no cookies."""
    began = time.monotonic()
    try:
        status, content, cookie = _ask(target, body, signature)
    except (OSError, http.client.HTTPException) as fault:
        problem = f"No response: {_said(fault)}"
        return Heard(0, problem, (time.monotonic() - began) * 1000)
    took = time.monotonic() - began
    problem = ""
    if took > target.answer_seconds:
        status, problem = 0, f"Response took longer than {target.answer_seconds:g} seconds"
    elif content:
        problem = "Response contained a body"
    elif cookie:
        problem = "Response contained cookies"
    return Heard(status, problem, took * 1000)


def _ask(target: WebhookTarget, body: bytes, signature: str) -> tuple[int, bytes, str | None]:
    address = urlsplit(target.url)
    maker = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = maker(address.hostname or "", address.port, timeout=target.answer_seconds)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "x-xero-signature": signature,
        "User-Agent": "Xero/sandbox",
    }
    path = (address.path or "/") + (f"?{address.query}" if address.query else "")
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.getheader("Set-Cookie")
    finally:
        connection.close()


def _said(fault: Exception) -> str:
    """What went wrong, without the number of the operating system."""
    return (isinstance(fault, OSError) and fault.strerror) or str(fault) or type(fault).__name__
