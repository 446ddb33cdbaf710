"""The exchange rate of a document in a currency that its books don't reckon in (bookkeeping rule 16).

By default it is the ledger's rate of the day, kept from the first answer on. A bookkeeper may type another, near the
last one known to be the ledger's. A credit note goes at its invoice's (rule 15). Which way round a rate is meant is
for `money.exchange` to know; here it is a figure.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.db.models import Q

from bluestamp.books import documents, keepers
from bluestamp.books.documents import RATE, Document, RateOrigin
from bluestamp.books.ledgers import Ledger, LedgerCurrency
from bluestamp.errors import Invalid
from bluestamp.money import amounts, exchange
from bluestamp.people import activity, permissions
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action

if TYPE_CHECKING:
    from bluestamp.books.drafts import Draft, Setting

FIELD: Final = "own_rate"


class RateTooFar(Invalid):
    """A rate of one's own is within ten per cent of the ledger's last known one."""

    code = "RATE_TOO_FAR"


class RateFixed(Invalid):
    """Nobody types the rate of this document: it follows from something else, or is settled by now."""

    code = "RATE_FIXED"


@dataclass(frozen=True, slots=True)
class Known:
    """The last rate known to be the ledger's own, and the day whose it was."""

    rate: Decimal
    on: dt.date


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a person is shown of a rate: how it reads, whose it is, and the total in the books' currency."""

    rate: Decimal
    words: str
    whose: str
    base: str
    worth: Decimal


# Questions


def base_of(ledger: Ledger | None, currency: str) -> str:
    """Return the currency that the books reckon in, when it is another one; "" where nothing is exchanged."""
    return ledger.base_currency if ledger is not None and ledger.base_currency != currency else ""


def of(document: Document) -> Exchange | None:
    """Return what to show of a document's rate; None in the books' own currency, and while there is no rate."""
    base = base_of(keepers.of(document), document.currency)
    if not base or document.currency_rate is None:
        return None
    return shown(
        document.currency_rate, document.total, whose(document), base=base, currency=document.currency
    )


def shown(rate: Decimal, total: Decimal, whose: str, *, base: str, currency: str) -> Exchange:
    """Return what to show of any rate that a total in `currency` is exchanged at."""
    return Exchange(
        rate=rate,
        words=exchange.words(rate, base=base, currency=currency),
        whose=whose,
        base=base,
        worth=exchange.convert(total, rate, into=base, base=base, currency=currency),
    )


def whose(document: Document) -> str:
    """Say whose rate a document has: "Xero's rate of 4 Nov 2026", "your own rate", "its invoice's rate"."""
    match document.rate_origin:
        case RateOrigin.OWN:
            return "your own rate"
        case RateOrigin.INVOICE:
            return "its invoice's rate"
        case RateOrigin.LEDGER:
            return f"Xero's rate of {_day(document.rate_on)}" if document.rate_on else "Xero's rate"
    return ""


def words_of_payment(document: Document, rate: Decimal | None) -> str:
    """Write the rate that the ledger tells of a payment, which may be another than its document's; "" for none."""
    base = base_of(keepers.of(document), document.currency) if rate else ""
    return (
        exchange.words(exchange.to_rate(rate), base=base, currency=document.currency) if rate and base else ""
    )


def known(ledger: Ledger | None, currency: str) -> Known | None:
    """Return the last rate known to be the ledger's own for a currency; None when none ever was."""
    if ledger is None:
        return None
    row = LedgerCurrency.objects.filter(ledger_id=ledger.id, code=currency).first()
    if row is None or row.rate is None or row.rate_on is None:
        return None
    return Known(row.rate, row.rate_on)


def fault_of_distance(rate: Decimal, ledger: Ledger, currency: str) -> Invalid | None:
    """Return a fault for a rate more than ten per cent off the ledger's last known one, with both figures in it."""
    last = known(ledger, currency)
    if last is None or not exchange.differs_too_much(rate, last.rate):
        return None
    typed, theirs = (
        exchange.words(one, base=ledger.base_currency, currency=currency) for one in (rate, last.rate)
    )
    return RateTooFar(
        f"{typed} is more than {exchange.RATE_TOLERANCE_PERCENT} % off Xero's last known rate, {theirs} of "
        f"{_day(last.on)}. Mend it, or leave it empty to take Xero's.",
        field=FIELD,
    )


# Typing one


def settle(document: Document, draft: Draft, setting: Setting) -> list[Invalid]:
    """Give a document the rate that its draft says, without saving it. Return what stands against it.

    A rate goes with the currency that it was of. What stood there before is not held against a change of other things.
    Notes that credit an invoice follow at once. Refuses NotPermitted.
    """
    before, is_moved = document.own_rate, _is_moved(document, draft, setting)
    if is_moved:
        _set(document, None, "")
    if draft.own_rate == before and not (is_moved and before is not None):
        return []
    if draft.own_rate is None and is_moved:
        return []
    permissions.require(setting.by, Action.SET_RATES)
    faults = _faults(document, draft, setting, before if is_moved else None)
    if not faults:
        _set(document, draft.own_rate, RateOrigin.OWN if draft.own_rate is not None else "")
        if document.kind == "invoice":
            carry_to_notes(document.id, draft.own_rate)
    return faults


def _is_moved(document: Document, draft: Draft, setting: Setting) -> bool:
    """Whether the document's rate was another pair's: of another currency, or of other books."""
    if document._state.adding:
        return False
    if document.currency != draft.currency:
        return True
    if document.branch_id == draft.branch_id:
        return False
    was, now = keepers.of(document), setting.codebook.ledger
    return base_of(was, draft.currency) != base_of(now, draft.currency)


def _faults(document: Document, draft: Draft, setting: Setting, left_over: Decimal | None) -> list[Invalid]:
    """What stands against a rate that was typed, or taken out; `left_over` is the one of another currency."""
    fixed = _why_fixed(document, draft)
    if fixed:
        return [RateFixed(fixed, field=FIELD)]
    if draft.own_rate is None:
        return []
    ledger = setting.codebook.ledger
    if ledger is None or not base_of(ledger, draft.currency):
        where = f"{draft.currency} is what the books reckon in" if ledger else "This branch has no books"
        return [RateFixed(f"{where}, so there is no rate to type.", field=FIELD)]
    if draft.own_rate == left_over:
        why = f"That was the rate of another currency. Type the one of {draft.currency}, or leave it empty."
        return [Invalid(why, field=FIELD)]
    return _faults_of_figure(draft.own_rate, ledger, draft.currency)


def _why_fixed(document: Document, draft: Draft) -> str:
    if getattr(document, "invoice_id", None):
        return "A credit note goes at the rate of its invoice."
    if document.amount_paid or document.amount_credited:
        return "Money stands on it, so its rate no longer changes."
    if draft.own_rate is None and document.own_rate is not None and document.ledger_version is not None:
        return "Xero has it at this rate and can't be asked for its own again. Type the rate that it should have."
    return ""


def _faults_of_figure(rate: Decimal, ledger: Ledger, currency: str) -> list[Invalid]:
    try:
        exchange.refuse_no_rate(rate, field=FIELD)
    except exchange.NotARate as fault:
        return [fault]
    if amounts.is_too_large(rate):
        return [Invalid("That is too large.", field=FIELD)]
    far = fault_of_distance(rate, ledger, currency)
    return [far] if far is not None else []


def _set(document: Document, rate: Decimal | None, origin: str, *, on: dt.date | None = None) -> None:
    document.currency_rate, document.rate_origin, document.rate_on = rate, origin, on


# What the ledger says


def keep(*, kind: str, document_id: str, rate: Decimal, on: dt.date | None) -> bool:
    """Keep the rate that the ledger took for a document without one, so that later changes go at the same one.

    Notes that credit it follow while they are not in the ledger. Not an edit. Returns whether there was none.
    """
    rows = documents.KINDS[kind].objects.filter(id=document_id, currency_rate=None)
    is_kept = bool(rows.update(currency_rate=rate, rate_origin=RateOrigin.LEDGER, rate_on=on))
    if is_kept and kind == "invoice":
        carry_to_notes(document_id, rate)
    return is_kept


def carry_to_notes(invoice_id: str, rate: Decimal | None) -> None:
    """Let the notes that credit an invoice go at its rate, those that no ledger holds yet (rule 15)."""
    notes: Any = documents.KINDS["credit_note"].objects
    follows = Q(rate_origin=RateOrigin.INVOICE) | Q(currency_rate=None)
    notes.filter(follows, invoice_id=invoice_id, ledger_version=None).update(
        currency_rate=rate, rate_origin=RateOrigin.INVOICE if rate else "", rate_on=None
    )


def note_known(ledger_id: str, currency: str, rate: Decimal, *, on: dt.date) -> None:
    """Remember the ledger's own rate for a currency; an older one never takes a younger one's place."""
    rows = LedgerCurrency.objects.filter(
        Q(rate_on=None) | Q(rate_on__lte=on), ledger_id=ledger_id, code=currency
    )
    rows.update(rate=rate, rate_on=on)


def take(*, kind: str, document_id: str, rate: Decimal | None, by: Actor, now: dt.datetime) -> Document:
    """Make a document's rate what the ledger's document says; the caller's transaction. An edit, with history.

    Refuses NotPermitted, NotFound.
    """
    permissions.require(by, Action.SETTLE_DIFFERENCES)
    document = documents.locked(documents.KINDS[kind], document_id)
    base = base_of(keepers.of(document), document.currency)
    if rate is None or not base or document.currency_rate == rate:
        return document
    with transaction.atomic():
        _set(document, rate, RateOrigin.LEDGER)
        documents.raise_version(document, now=now, fields=RATE)
        if kind == "invoice":
            carry_to_notes(document.id, rate)
        said = exchange.words(rate, base=base, currency=document.currency)
        activity.record(
            by=by,
            verb=f"{kind}.edited",
            kind=kind,
            subject_id=document.id,
            sentence=f"Took over the exchange rate of the books: {said}.",
            now=now,
        )
    return document


def _day(day: dt.date | None) -> str:
    return f"{day.day} {day:%b %Y}" if day else ""
