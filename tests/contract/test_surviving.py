"""`--state FILE`: a sandbox that is killed at any moment comes back with everything it had answered for."""

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.contract.caller import Caller, Json

BATCH = 10


@contextlib.contextmanager
def started(state: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A sandbox of its own process on a state file: the process and its origin."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bluestamp.sandbox", "--port", "0", "--state", str(state)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().split()[-1]
    finally:
        process.kill()
        process.communicate(timeout=10)


def write_until_it_dies(caller: Caller, place: int, known: list[Json], open_: list[Json]) -> None:
    """Create batches one after the other; `known` gets what was answered, `open_` the last batch, which wasn't."""
    contact, number, sent = caller.contact(), 0, list[Json]()
    with contextlib.suppress(httpx2.TransportError):
        while True:
            number += 1
            sent = [
                caller.draft(contact=contact, InvoiceNumber=f"{place}-{number}-{item}", Status="AUTHORISED")
                for item in range(BATCH)
            ]
            answer = caller.put("/Invoices", {"Invoices": sent}, {"Idempotency-Key": f"{place}-{number}"})
            assert answer.status_code == 200, answer.text
            known.extend(answer.json()["Invoices"])
    open_.append({"key": f"{place}-{number}", "sent": sent})


@pytest.mark.parametrize("seconds", [0.3, 0.7])
def test_a_killed_sandbox_has_lost_nothing_that_it_answered_and_keeps_nothing_half(
    tmp_path: Path, seconds: float
) -> None:
    state, known, open_ = tmp_path / "xero.sqlite3", list[Json](), list[Json]()
    with started(state) as (process, origin):
        caller = Caller(origin).connect()
        caller.control("limits", {"minute": None, "day": None})
        writers = [
            threading.Thread(target=write_until_it_dies, args=(caller, place, known, open_))
            for place in range(3)
        ]
        for writer in writers:
            writer.start()
        time.sleep(seconds)
        process.kill()
        for writer in writers:
            writer.join()
    assert known
    with started(state) as (_, origin):
        again = Caller(origin)
        again.tokens = caller.tokens
        again.control("limits", {"minute": None, "day": None})
        check_whole(again, known)
        check_keys(again, open_)


def check_keys(caller: Caller, open_: list[Json]) -> None:
    """A batch whose answer was lost is sent again under its key: it is there once, whenever the kill came."""
    for batch in open_:
        answer = caller.put("/Invoices", {"Invoices": batch["sent"]}, {"Idempotency-Key": batch["key"]})
        assert answer.status_code == 200, answer.text
        for sent in batch["sent"]:
            where = f'InvoiceNumber=="{sent["InvoiceNumber"]}"'
            found = caller.get("/Invoices", where=where, page=1).json()
            assert found["pagination"]["itemCount"] == 1


def check_whole(caller: Caller, known: list[Json]) -> None:
    held: dict[str, Json] = {}
    page = 0
    while found := caller.get("/Invoices", page=(page := page + 1), pageSize=1000).json()["Invoices"]:
        held |= {item["InvoiceID"]: item for item in found}
    assert {item["InvoiceID"] for item in known} <= held.keys()
    assert len(held) % BATCH == 0
    assert all(item["Total"] == 120 and len(item["LineItems"]) == 1 for item in held.values())
    one = known[-1]["InvoiceID"]
    assert [row["Changes"] for row in caller.get(f"/Invoices/{one}/History").json()["HistoryRecords"]] == [
        "Created"
    ]


def test_a_moved_clock_and_a_subscription_survive_too(tmp_path: Path) -> None:
    state = tmp_path / "xero.sqlite3"
    with started(state) as (process, origin):
        caller = Caller(origin)
        caller.control("clock", {"now": "2031-05-05T10:00:00"})
        caller.control("webhook", {"url": "http://localhost:1/hook", "key": "k", "categories": ["CONTACT"]})
        process.kill()
    with started(state) as (_, origin):
        again = Caller(origin)
        assert again.control("clock", method="GET")["now"].startswith("2031-05-05T10:0")
        said = again.control("webhook", method="GET")
        assert (said["url"], said["categories"]) == ("http://localhost:1/hook", ["CONTACT"])
