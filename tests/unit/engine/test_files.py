"""Files are whole or not there, are found by their key only, and only by their own studio."""

from __future__ import annotations

import hashlib
import io
import stat
from pathlib import Path

import pytest
from pytest_django import Settings

from bluestamp.engine import files, identifiers


def contents(folder: Path) -> list[Path]:
    """Every file below a folder."""
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_comes_back_as_it_was(data_dir: Path) -> None:
    for data in (b"receipt", io.BytesIO(b"receipt")):
        stored = files.store(7, data, name="café.pdf", media_type="application/pdf")
        assert (stored.name, stored.media_type, stored.size) == ("café.pdf", "application/pdf", 7)
        assert stored.sha256 == hashlib.sha256(b"receipt").hexdigest()
        with files.open(7, stored.key) as file:
            assert file.read() == b"receipt"


def test_another_studio_does_not_find_it(data_dir: Path) -> None:
    stored = files.store(7, b"receipt", name="r.pdf", media_type="application/pdf")
    with pytest.raises(files.NoSuchFile), files.open(8, stored.key):
        pass


@pytest.mark.parametrize(
    "key", ["", "../../keys/secret-key", "/etc/passwd", "a" * 19, "../" + "a" * 17, "A" * 20]
)
def test_a_key_that_is_no_opaque_id_finds_nothing_and_removes_nothing(data_dir: Path, key: str) -> None:
    with pytest.raises(files.NoSuchFile), files.open(7, key):
        pass
    with pytest.raises(files.NoSuchFile):
        files.delete(7, key)


def test_what_is_too_large_is_refused_and_leaves_nothing(data_dir: Path, settings: Settings) -> None:
    settings.FILES_MAX_BYTES = 1 << 20
    with pytest.raises(files.TooLarge, match="up to 1 MB"):
        files.store(7, io.BytesIO(b"x" * ((1 << 20) + 1)), name="r.pdf", media_type="application/pdf")
    assert contents(data_dir) == []


def test_an_upload_that_breaks_off_leaves_nothing(data_dir: Path) -> None:
    class BreakingOff(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell():
                raise ConnectionResetError
            return super().read(4)

    with pytest.raises(ConnectionResetError):
        files.store(7, BreakingOff(b"receipt"), name="r.pdf", media_type="application/pdf")
    assert contents(data_dir) == []


def test_a_deleted_file_is_gone_and_may_be_deleted_again(data_dir: Path) -> None:
    stored = files.store(7, b"receipt", name="r.pdf", media_type="application/pdf")
    files.delete(7, stored.key)
    files.delete(7, stored.key)
    files.delete(7, identifiers.new_id())
    with pytest.raises(files.NoSuchFile), files.open(7, stored.key):
        pass


def test_others_on_the_machine_can_not_enter_the_folders(data_dir: Path) -> None:
    files.store(7, b"receipt", name="r.pdf", media_type="application/pdf")
    [path] = contents(data_dir)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("receipt.pdf", "receipt.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ada\\receipt.pdf", "receipt.pdf"),
        ('a"b\r\nSet-Cookie: x.pdf', "abSet-Cookie: x.pdf"),
        ("", "file"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
    ],
)
def test_a_name_is_kept_without_what_a_path_or_a_header_could_be_made_of(
    data_dir: Path, given: str, kept: str
) -> None:
    assert files.store(7, b"x", name=given, media_type="application/pdf").name == kept


@pytest.mark.parametrize("said", ["", "x", "text/html\r\nX: y", "a/" + "b" * 100, "é/pdf"])
def test_a_media_type_that_could_not_stand_in_a_header_is_unknown(data_dir: Path, said: str) -> None:
    assert files.store(7, b"r", name="r", media_type=said).media_type == "application/octet-stream"
