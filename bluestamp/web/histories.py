"""What was done to something, for the foot of its page."""

from __future__ import annotations

from typing import Final

from bluestamp.people import activity
from bluestamp.people.activity import Activity

MOST: Final = 50


def of(kind: str, subject_id: str) -> list[Activity]:
    """The latest acts, newest first."""
    return list(activity.history(kind, subject_id)[:MOST])
