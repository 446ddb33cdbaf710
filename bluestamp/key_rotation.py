"""`bluestamp keys rotate`: a new key in front, everything sealed by it, the old ones dropped.

1. The new key is written in front of the old ones. 2. Row by row is sealed anew. 3. The old keys are dropped.
A kill after 1 or during 2 leaves rows of both kinds, which both keys open; the next run finishes.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from bluestamp import serve, startup
from bluestamp.engine import environment, keyfiles, secrets, tenancy
from bluestamp.people import two_factor
from bluestamp.people.studios import Studio


def rotate() -> str:
    """Rotate the keys of the data folder, or seal everything by the first of those in the environment.

    Raises startup.NotReady while Bluestamp runs, for it holds the old keys in memory.
    """
    data_dir = Path(settings.BLUESTAMP_DATA_DIR)
    if environment.has_encryption_keys():
        return f"{_seal_everything()} secrets sealed anew. Now drop the older keys from BLUESTAMP_ENCRYPTION_KEYS."
    with serve.alone_on_the_data_folder(data_dir):
        keys = list(settings.BLUESTAMP_ENCRYPTION_KEYS)
        if len(keys) == 1:  # else an earlier run was interrupted, and its new key stands in front already
            keys.insert(0, keyfiles.new_encryption_key())
            keyfiles.replace_encryption_keys(data_dir, keys)
        settings.BLUESTAMP_ENCRYPTION_KEYS = keys
        count = _seal_everything()
        keyfiles.replace_encryption_keys(data_dir, keys[:1])
    return f"{count} secrets sealed by a new key; the old one is gone. Copy the keys folder to its safe place again."


def _seal_everything() -> int:
    if startup.missing_migrations():
        raise startup.NotReady("The database is not up to date: run bluestamp migrate first.")
    count = two_factor.reseal()
    for studio_id in Studio.objects.order_by("id").values_list("id", flat=True):
        with tenancy.acting_in(studio_id):
            count += secrets.reseal_columns()
    return count
