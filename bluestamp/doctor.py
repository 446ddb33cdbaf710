"""`bluestamp doctor`: looks at what most often is not as it should be, and says what to do about it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db import connection

from bluestamp import startup
from bluestamp.engine import queue, tenancy

OLDEST_POSTGRES: Final = 15
LITTLE_SPACE_BYTES: Final = 1 << 30
OVERDUE_SECONDS: Final = 120


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    is_well: bool
    sentence: str

    def __str__(self) -> str:
        return f"{'ok ' if self.is_well else '!! '} {self.sentence}"


def examine() -> list[Finding]:
    """Look at everything, the ground first."""
    return [_database(), _role(), _migrations(), _queue(), _space(), _keys(), _xero(), _webhooks(), _mail()]


def _well(sentence: str) -> Finding:
    return Finding(is_well=True, sentence=sentence)


def _ill(sentence: str) -> Finding:
    return Finding(is_well=False, sentence=sentence)


def _database() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), current_setting('server_version_num')::int / 10000"
        )
        version, major = cursor.fetchone()
    where = "elsewhere" if settings.DATABASE_URL else f"in {settings.BLUESTAMP_DATA_DIR}"
    if major < OLDEST_POSTGRES:
        return _ill(f"PostgreSQL {version} is too old; Bluestamp needs {OLDEST_POSTGRES} or newer.")
    return _well(f"PostgreSQL {version}, {where}.")


def _role() -> Finding:
    try:
        tenancy.refuse_superuser()
    except tenancy.WalksThroughTheBorder as refusal:
        return _ill(str(refusal))
    return _well("The database role is held to the border between studios.")


def _migrations() -> Finding:
    missing = startup.missing_migrations()
    if missing:
        return _ill(f"{missing} migrations are missing: run bluestamp migrate.")
    return _well("The database is up to date.")


def _queue() -> Finding:
    if startup.missing_migrations():
        return _ill("The queue can't be looked at before the database is up to date.")
    state = queue.state()
    told = f"{state.waiting} tasks wait, {state.running} run, {state.workers} workers were heard just now."
    if not state.workers:
        return _ill(
            f"{told} Nothing is sent or fetched without a worker: bluestamp serve, or bluestamp worker."
        )
    if state.overdue_seconds > OVERDUE_SECONDS:
        return _ill(f"{told} The oldest has been due for {state.overdue_seconds:.0f} seconds; add workers.")
    return _well(told)


def _space() -> Finding:
    free = shutil.disk_usage(settings.BLUESTAMP_DATA_DIR).free
    told = f"{free / (1 << 30):.1f} GB are free in {settings.BLUESTAMP_DATA_DIR}."
    return _well(told) if free > LITTLE_SPACE_BYTES else _ill(f"Only {told}")


def _keys() -> Finding:
    count = len(settings.BLUESTAMP_ENCRYPTION_KEYS)
    if count > 1:
        return _ill(
            f"There are {count} encryption keys: bluestamp keys rotate seals everything by the newest."
        )
    return _well("One encryption key. Keep a copy of the keys folder away from the backups.")


def _xero() -> Finding:
    if not settings.XERO_CLIENT_ID:
        return _ill("No Xero app is set (XERO_CLIENT_ID): studios can't connect an organisation.")
    return _well(f"Xero app {settings.XERO_CLIENT_ID[:8]}… at {settings.XERO_API_URL}.")


def _webhooks() -> Finding:
    if not settings.XERO_WEBHOOK_KEY:
        return _well("No webhook key (XERO_WEBHOOK_KEY): payments come by asking Xero now and then.")
    if not settings.BLUESTAMP_URL.startswith("https://") and "localhost" not in settings.XERO_API_URL:
        return _ill(
            f"Xero sends webhooks to public HTTPS addresses only, and BLUESTAMP_URL is {settings.BLUESTAMP_URL}."
        )
    return _well(f"Webhooks are awaited at {settings.BLUESTAMP_URL}/xero/webhook.")


def _mail() -> Finding:
    if "filebased" in settings.EMAIL_BACKEND:
        return _well("Letters are written into the data folder and not sent; EMAIL_URL sets a server.")
    return _well(f"Letters go through {settings.EMAIL_HOST}.")
