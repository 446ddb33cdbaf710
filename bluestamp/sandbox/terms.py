"""Payment terms: the day by which a document is due (developer.xero.com, api/accounting/contacts and organisation)."""

import calendar
from datetime import date, timedelta

DAYS_AFTER = "DAYSAFTERBILLDATE"
DAYS_AFTER_MONTH = "DAYSAFTERBILLMONTH"
OF_MONTH = "OFCURRENTMONTH"
OF_FOLLOWING_MONTH = "OFFOLLOWINGMONTH"
TYPES = frozenset({DAYS_AFTER, DAYS_AFTER_MONTH, OF_MONTH, OF_FOLLOWING_MONTH})


def due_on(dated: date, *, day: int, kind: str) -> date:
    """So many days after the date or after the end of its month, or a day of this month or the next.

    The 31st of a shorter month is its last day.
    """
    try:
        if kind == DAYS_AFTER:
            return dated + timedelta(days=day)
        if kind == DAYS_AFTER_MONTH:
            return _of_month(dated, 31) + timedelta(days=day)
        if kind == OF_MONTH:
            return _of_month(dated, day)
        return _of_month(_of_month(dated, 31) + timedelta(days=1), day)
    except OverflowError:  # after the last day that there is
        return date.max


def _of_month(within: date, day: int) -> date:
    last = calendar.monthrange(within.year, within.month)[1]
    return within.replace(day=max(1, min(day, last)))
