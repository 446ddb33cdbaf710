"""The two key files of the data folder, mode 0600: Django's secret key, and the keys that seal secrets at rest.

They lie outside the database and outside `bluestamp backup`: whoever holds a backup alone can read no token.
"""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path
from typing import Final

SECRET_KEY: Final = "secret-key"
ENCRYPTION_KEYS: Final = "encryption-keys"


def read(data_dir: Path, name: str) -> str:
    """What the file says, or nothing where there is none yet."""
    try:
        return (data_dir / "keys" / name).read_text().strip()
    except (FileNotFoundError, PermissionError):
        return ""


def make_missing(data_dir: Path) -> None:
    """Make the files that aren't there yet. Two starts at once agree: only one of them can create a file."""
    folder = data_dir / "keys"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in ((SECRET_KEY, secrets.token_urlsafe(50)), (ENCRYPTION_KEYS, new_encryption_key())):
        if not (folder / name).exists():
            _write(folder / name, content, replace=False)


def new_encryption_key() -> str:
    """A fresh AES-256 key, in base64."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def replace_encryption_keys(data_dir: Path, keys: list[str]) -> None:
    """Write the list anew, the key that seals first."""
    _write(data_dir / "keys" / ENCRYPTION_KEYS, "\n".join(keys), replace=True)


def _write(path: Path, content: str, *, replace: bool) -> None:
    """Write beside and move into place, whole or not at all; a link, unlike a rename, never replaces."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content + "\n")
        file.flush()
        os.fsync(file.fileno())
    if replace:
        beside.replace(path)
        return
    try:
        path.hardlink_to(beside)
    except FileExistsError:
        pass
    finally:
        beside.unlink()
