"""What Xero's answers say is left of its rate limits, and when a refused call may be made again."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

# "API rate limits" (developer.xero.com/documentation/guides/oauth2/limits), each for one app and one organisation
MAX_CALLS_PER_MINUTE = 60
MAX_CALLS_AT_ONCE = 5

# Xero gives Retry-After for the minute and the day only; for the others the page promises nothing.
_WAIT_SECONDS_WHEN_UNSAID = {"concurrent": 5, "minute": 60, "appminute": 60, "day": 3600}
_WAIT_SECONDS_OTHERWISE = 60


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The limit headers of one answer; None where Xero said nothing.

    `which` is the limit that refused the call: minute, day, concurrent, appminute, or "" when none did.
    """

    day_left: int | None = None
    minute_left: int | None = None
    app_minute_left: int | None = None
    retry_after_seconds: int | None = None
    which: str = ""

    def until(self, *, now: datetime) -> datetime:
        """Return the instant before which a refused call should not be made again."""
        unsaid = _WAIT_SECONDS_WHEN_UNSAID.get(self.which, _WAIT_SECONDS_OTHERWISE)
        seconds = unsaid if self.retry_after_seconds is None else self.retry_after_seconds
        return now + timedelta(seconds=seconds)


def read(headers: Mapping[str, str]) -> Limits:
    """Read the limits from the headers of an answer; a header that is no whole number counts as unsaid."""
    return Limits(
        day_left=_whole(headers.get("X-DayLimit-Remaining")),
        minute_left=_whole(headers.get("X-MinLimit-Remaining")),
        app_minute_left=_whole(headers.get("X-AppMinLimit-Remaining")),
        retry_after_seconds=_whole(headers.get("Retry-After")),
        which=_which(headers.get("X-Rate-Limit-Problem", "")),
    )


def _whole(text: str | None) -> int | None:
    digits = (text or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() else None


def _which(problem: str) -> str:
    # Seen both as "appminute" and "app-minute".
    return "".join(letter for letter in problem.lower() if letter.isalpha())
