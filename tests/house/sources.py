"""The files of this repository, as git knows them, and the functions in its Python."""

from __future__ import annotations

import ast
import functools
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class Function:
    """One function, method or test."""

    path: Path
    name: str
    lines: int

    def __str__(self) -> str:
        return f"{self.path}: {self.name} has {self.lines} lines"


@functools.cache
def tracked() -> tuple[Path, ...]:
    """Every tracked file that is there, relative to the root."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    names = listed.stdout.split("\0") if listed.returncode == 0 else _all_files()
    return tuple(Path(name) for name in names if name and (ROOT / name).is_file())


def _all_files() -> list[str]:
    """For a copy without git: what lies there, but for what tools made."""
    return [
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*")
        if not any(part.startswith(".") or part == "__pycache__" for part in path.relative_to(ROOT).parts)
    ]


def python(*folders: str) -> list[Path]:
    """Tracked Python below the folders; migrations are Django's."""
    return [
        path
        for path in tracked()
        if path.suffix == ".py" and path.parts[0] in folders and "migrations" not in path.parts
    ]


@functools.cache
def tree(path: Path) -> ast.Module:
    """The file's syntax."""
    return ast.parse((ROOT / path).read_text())


def functions(*folders: str) -> Iterator[Function]:
    """Every function below the folders, from its `def` to its end, its docstring included."""
    for path in python(*folders):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                yield Function(path=path, name=node.name, lines=length)


def lines(path: Path) -> list[str]:
    """The lines of a text file; none for anything else."""
    try:
        return (ROOT / path).read_text().splitlines()
    except UnicodeDecodeError:
        return []
