"""Memory of running processes: what each holds for itself, and its share of what several hold together (Linux's PSS)."""

from __future__ import annotations

from pathlib import Path

from bench.figures import NOTHING

PROC = Path("/proc")


def held_by(pids: list[int]) -> int:
    """Bytes of all these processes, what they share counted once."""
    return sum(_share(pid) for pid in pids)


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    children = [int(path.name) for path in PROC.iterdir() if path.name.isdigit() and _parent(path) == pid]
    return [pid, *(each for child in children for each in family(child))]


def postmaster(data_dir: Path) -> int:
    """The embedded PostgreSQL's first process."""
    return int((data_dir / "postgres/postmaster.pid").read_text().splitlines()[0])


def shown(byte_count: int) -> str:
    """As megabytes; a dash where the machine does not say."""
    return f"{byte_count / 1_000_000:.0f} MB" if byte_count else NOTHING


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return -1


def _share(pid: int) -> int:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
