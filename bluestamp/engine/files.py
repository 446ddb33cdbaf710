"""Receipts and papers: files in the data folder, by studio and an opaque key that says nothing of their name.

`<data folder>/files/<studio>/<first two of the key's random part>/<key>`. A file is whole or not there at all. What
a file is called and what kind it is stands in the row that has its key.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, Final

from django.conf import settings

from bluestamp import errors
from bluestamp.engine import identifiers

CHUNK_BYTES: Final = 1 << 20
UNKNOWN_MEDIA: Final = "application/octet-stream"


class TooLarge(errors.Invalid):
    """The file has more bytes than Bluestamp keeps."""

    code = "FILE_TOO_LARGE"


class NoSuchFile(errors.NotFound):
    """There is no file of this key in this studio."""

    code = "NO_SUCH_FILE"


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """What to write down about a file: the key that finds it again, and what it was when it came."""

    key: str
    name: str
    media_type: str
    size: int
    sha256: str


def store(studio_id: int, data: bytes | IO[bytes], *, name: str, media_type: str) -> StoredFile:
    """Keep a file; it survives a power cut once this returns. Raises TooLarge.

    Name and media type are what the sender says, kept without what a path or a header could be made of.
    """
    key = identifiers.new_id()
    path = _path(studio_id, key)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    try:
        size, digest = _write(beside, data)
        beside.rename(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    _flush_folder(path.parent)
    return StoredFile(
        key=key, name=_tidy(name), media_type=media_type_of(media_type), size=size, sha256=digest
    )


def media_type_of(said: str) -> str:
    """Return what the sender says a file is; what could not stand in a header is unknown."""
    is_one = len(said) <= 100 and re.fullmatch(r"[\w.+-]+/[\w.+-]+", said, re.ASCII)
    return said if is_one else UNKNOWN_MEDIA


@contextmanager
def open(studio_id: int, key: str) -> Iterator[BinaryIO]:
    """Read a file: `with files.open(studio_id, key) as file`. Raises NoSuchFile."""
    try:
        file = _path(studio_id, key).open("rb")
    except FileNotFoundError:
        raise NoSuchFile("This file is no longer there.") from None
    with file:
        yield file


def delete(studio_id: int, key: str) -> None:
    """Remove a file; one that is gone already stays gone."""
    _path(studio_id, key).unlink(missing_ok=True)


def _path(studio_id: int, key: str) -> Path:
    """Where it lies. A key that is no opaque id finds nothing, whatever dots and slashes it brings."""
    if not re.fullmatch(identifiers.PATTERN, key):
        raise NoSuchFile("This file is no longer there.")
    return Path(settings.BLUESTAMP_DATA_DIR) / "files" / str(int(studio_id)) / key[-2:] / key


def _write(path: Path, data: bytes | IO[bytes]) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with path.open("xb") as file:
        for chunk in _chunks(data):
            size += len(chunk)
            if size > settings.FILES_MAX_BYTES:
                raise TooLarge(f"Files may have up to {settings.FILES_MAX_BYTES >> 20} MB.", field="file")
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return size, digest.hexdigest()


def _chunks(data: bytes | IO[bytes]) -> Iterator[bytes]:
    if isinstance(data, bytes):
        yield data
        return
    while chunk := data.read(CHUNK_BYTES):
        yield chunk


def _flush_folder(folder: Path) -> None:
    """A rename survives a power cut only when its folder was flushed too (fsync(2))."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _tidy(name: str) -> str:
    """The last part of a path, without control characters and quotes, of a length that a row can hold."""
    last = re.split(r"[/\\]", name)[-1]
    return re.sub(r'[\x00-\x1f\x7f"]', "", last).strip()[-200:] or "file"
