"""`python -m bench`: measure, and print one table. `--quick` measures less of everything."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import figures, running
from bench.figures import Figure
from tests.sandboxes import Sandbox

BEGAN = time.monotonic()


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much of everything."""

    copied: int
    one_by_one: int
    listed: int
    list_requests: int
    webhook_seconds: int
    sandbox_calls: int


FULL = Size(
    copied=1_000, one_by_one=100, listed=100_000, list_requests=200, webhook_seconds=20, sandbox_calls=100
)
QUICK = Size(copied=200, one_by_one=20, listed=10_000, list_requests=50, webhook_seconds=4, sandbox_calls=40)


def main() -> None:
    """Measure all parts, one after the other, on otherwise idle processes."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Figures of this machine.")
    parser.add_argument("--quick", action="store_true", help="less of everything, in half a minute")
    parser.add_argument("--sandbox", action="store_true", help="only the sandbox's own figures")
    asked = parser.parse_args()
    size = QUICK if asked.quick else FULL
    tables = [] if asked.sandbox else [figures.table(_measure(size))]
    tables.append(_measure_sandbox(size))
    print("\n" + "\n\n".join(tables) + f"\n\n{figures.machine()} · {time.monotonic() - BEGAN:.0f} s")


def _measure_sandbox(size: Size) -> str:
    from bench import emulator

    _say(f"Calling a sandbox of {size.listed:,} documents …")
    return emulator.measure(many=size.listed, calls=size.sandbox_calls)


def _measure(size: Size) -> list[Figure]:
    from bench import starting

    _say("Starting the demo twice …")
    with running.folder() as data_dir:
        found = starting.measure(data_dir)
    with running.folder() as data_dir, running.sandbox() as xero, _served(xero, data_dir) as started:
        return _at_work(size, xero, data_dir, started) + found


def _at_work(size: Size, xero: Sandbox, data_dir: Path, started: running.Started) -> list[Figure]:
    from bench import copying, intake, lists, studio

    _say("Founding a studio and connecting it …")
    northlight = studio.found(xero)
    _say(f"Copying {size.copied:,} invoices into Xero …")
    ids = studio.invoice(northlight, size.copied)
    found = copying.measure(xero, northlight, ids, one_by_one=size.one_by_one)
    studio.let_settle()
    few = lists.measure(started.origin, northlight, count=size.list_requests)
    _say(f"Taking webhooks for {size.webhook_seconds} seconds …")
    found += intake.measure(started.origin, xero, northlight, seconds=size.webhook_seconds)
    _say(f"Listing {size.listed:,} invoices …")
    studio.multiply(size.listed)
    studio.let_settle()
    many = lists.measure(started.origin, northlight, count=size.list_requests)
    found += lists.beside(few, many, fewer=size.copied, more=size.listed)
    return found + _memory(data_dir, started)


def _memory(data_dir: Path, started: running.Started) -> list[Figure]:
    from bench import memory

    ours = memory.held_by(memory.family(started.process.pid))
    database = memory.held_by(memory.family(memory.postmaster(data_dir)))
    return [
        Figure(what="memory of worker and two web processes, after all that", ours=memory.shown(ours)),
        Figure(what="memory of PostgreSQL", ours=memory.shown(database)),
    ]


@contextlib.contextmanager
def _served(xero: Sandbox, data_dir: Path) -> Iterator[running.Started]:
    """`bluestamp serve`, and this process beside it on the same database, as one of its commands is."""
    from bluestamp import startup

    port = running.free_port()
    os.environ.update(running.settings_for(xero, data_dir=data_dir, port=port))
    _say("Starting Bluestamp and the sandbox …")
    with running.bluestamp("serve", port=port, environment={}) as started, startup.database():
        yield started


def _say(line: str) -> None:
    print(f"{time.monotonic() - BEGAN:4.0f} s  {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
