"""The room's own tables as Markdown, so that pages in docs/ can show them and a house test can compare.

A page holds a table between `<!-- table: parked -->` and `<!-- end of table -->`; the name is a key of `TABLES`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Final

from django.db.models import TextChoices

from bluestamp.books import credit_notes, expenses, invoices, purchase_orders, supplier_credits
from bluestamp.sync import budget, mapping, rhythm, xero_app
from bluestamp.sync.consents import MEANT_BY_SCOPE
from bluestamp.sync.decisions import PARKED
from bluestamp.sync.mapping import Edit, XeroStatus
from bluestamp.xero.oauth import SCOPES

#: How much of a document may still be sent, in a person's words.
MAY_BE_SENT: Final[Mapping[Edit, str]] = MappingProxyType(
    {
        Edit.EVERYTHING: "everything",
        Edit.CODES_AND_DATES: "due date, reference, account",
        Edit.ONCE_APPROVED: "nothing until it is approved again",
        Edit.NOTHING: "nothing",
    }
)
_SIGNING_IN: Final = "part of every sign-in; nothing is read by it"
_HOUR: Final = dt.timedelta(hours=1)


def sent(kind: str) -> str:
    """Return what each status of ours is sent as."""
    rows = ((_ours(kind, row.ours), _theirs(kind, row.theirs), row.note) for row in mapping.SENT[kind])
    return _markdown(("here", f"the {mapping.XERO_NOUNS[kind]} in Xero", "why"), rows)


def met(kind: str) -> str:
    """Return every pair of statuses that can be met, what is done, and what may still be sent."""
    rows = (
        (
            _ours(kind, row.ours),
            _theirs(kind, row.theirs),
            _becomes(kind, row.follow),
            row.seen,
            MAY_BE_SENT[row.edit],
        )
        for row in mapping.MET[kind]
    )
    return _markdown(("here", "in Xero", "ours becomes", "what is shown", "may still be sent"), rows)


def parked() -> str:
    """Return everything that waits for a person."""
    rows = (
        (
            f"`{row.code}`",
            row.title,
            row.meaning,
            row.what_to_do,
            str(row.who),
            "yes" if row.can_retry else "no",
        )
        for row in PARKED.values()
    )
    return _markdown(("code", "shown as", "meaning", "what to do", "who", "can be tried again"), rows)


def scopes() -> str:
    """Return what is asked of Xero at consent, and why."""
    rows = (
        (
            f"`{scope}`",
            MEANT_BY_SCOPE.get(scope, _SIGNING_IN),
            "yes" if scope in xero_app.NEEDED_SCOPES else "no",
        )
        for scope in SCOPES
    )
    return _markdown(("scope", "what for", "refused without it"), rows)


def looks() -> str:
    """Return how long is waited between two looks at each kind, while more than half of the day's calls is left."""
    rows = (
        _look(limit, has_webhooks, is_working_hours)
        for limit in (budget.STARTER_CALLS_A_DAY, budget.PAID_CALLS_A_DAY)
        for has_webhooks in (True, False)
        for is_working_hours in (True, False)
    )
    kinds = (_SWEPT_WORDS[kind] for kind in rhythm.SWEPT)
    return _markdown(("calls a day", "webhooks", "hours", *kinds), rows)


#: Every table, by the name that a page asks for.
TABLES: Final[Mapping[str, Callable[[], str]]] = MappingProxyType(
    {
        "scopes": scopes,
        **{f"sent {kind.replace('_', ' ')}": partial(sent, kind) for kind in mapping.XERO_NOUNS},
        **{f"met {kind.replace('_', ' ')}": partial(met, kind) for kind in mapping.XERO_NOUNS},
        "looks": looks,
        "parked": parked,
    }
)

_SWEPT_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "invoice": "invoices and bills",
        "credit_note": "credit notes",
        "purchase_order": "purchase orders",
        "payment": "payments",
        "contact": "contacts",
        "reference": "accounts, tax rates, currencies",
    }
)
_STATUSES: Final[Mapping[str, type[TextChoices]]] = MappingProxyType(
    {
        "expense": expenses.Status,
        "purchase_order": purchase_orders.Status,
        "invoice": invoices.Status,
        "credit_note": credit_notes.Status,
        "supplier_credit": supplier_credits.Status,
    }
)
_BECOMES: Final[Mapping[mapping.Follow, str]] = MappingProxyType(
    {
        mapping.Follow.STAY: "",
        mapping.Follow.APPROVE: "Approved",
        mapping.Follow.ISSUE: "issued",
        mapping.Follow.PAY: "Paid",
        mapping.Follow.UNPAY: "no longer paid",
        mapping.Follow.VOID: "Void",
        mapping.Follow.LOSE: "a person is asked",
    }
)


def _becomes(kind: str, follow: mapping.Follow) -> str:
    """Used up is to a credit what paid is to an invoice."""
    words = _BECOMES[follow]
    return words.replace("Paid", "Used").replace("paid", "used") if kind in _CREDITS else words


_CREDITS: Final = frozenset({"credit_note", "supplier_credit"})


def _ours(kind: str, status: str) -> str:
    return str(_STATUSES[kind](status).label)


def _theirs(kind: str, status: XeroStatus | None) -> str:
    return mapping.xero_label(kind, status) if status else "not sent"


def _look(limit: int, has_webhooks: bool, is_working_hours: bool) -> tuple[str, ...]:
    plan = budget.rhythm(
        what_is_left=budget.Left(day_limit=limit),
        has_webhooks=has_webhooks,
        is_working_hours=is_working_hours,
    )
    arriving = "arriving" if has_webhooks else "none"
    hours = "working" if is_working_hours else "other"
    return (f"{limit:,}", arriving, hours, *(_every(plan[kind]) for kind in rhythm.SWEPT))


def _every(wait: dt.timedelta) -> str:
    hours, rest = divmod(wait, _HOUR)
    minutes = round(rest / dt.timedelta(minutes=1))
    return " ".join(
        part for part in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if part
    )


def _markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)
