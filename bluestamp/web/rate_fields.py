"""The exchange rate in a document's form: what it says below the totals, and the box for one of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from bluestamp.books import documents, exchange_rates
from bluestamp.books.documents import Document
from bluestamp.books.ledgers import Ledger
from bluestamp.errors import Invalid
from bluestamp.money import amounts, exchange
from bluestamp.people.permissions import Action
from bluestamp.web.kinds import Kind
from bluestamp.web.typed import Reading, Typed
from bluestamp.web.visits import Visit

OWN: Final = exchange_rates.FIELD
#: the control that says which currency the box was drawn for: a rate typed for another one is let go
FOR: Final = "rate_for"
_NO_KIND: Final = frozenset({"quote"})


@dataclass(frozen=True, kw_only=True)
class RateField:
    """What a form shows of a rate. `label` names the box, "" where nobody types one; `worth` is empty without a rate."""

    currency: str
    base: str
    label: str
    hint: str
    words: str
    whose: str
    worth: str


def read(form: Typed, reading: Reading) -> Decimal | None:
    """Read the rate of one's own that was typed; one that was typed for another currency is let go."""
    if form.get(FOR, form.get("currency")).upper() != form.get("currency").upper():
        return None
    return reading.figure(form.get(OWN), places=exchange.RATE_PLACES, name=OWN)


def written(found: Document) -> dict[str, str]:
    """The words that a stored document fills the box with."""
    own = found.own_rate
    return {OWN: "" if own is None else amounts.format_plain(own), FOR: found.currency}


def of(
    visit: Visit, kind: Kind, form: Typed, ledger: Ledger | None, *, total: Decimal, found: Document | None
) -> RateField | None:
    """What the form shows of its rate; None in the books' own currency. Lets a rate typed for another currency go."""
    currency = form.get("currency").upper()
    base = exchange_rates.base_of(ledger, currency)
    if ledger is None or not base or len(currency) != 3 or kind.name in _NO_KIND:
        form.words[OWN] = ""
        return None
    stored = found if found is not None and found.currency == currency else None
    if form.get(FOR, currency).upper() != currency:
        form.words |= written(stored) if stored else {OWN: ""}
    may_type = visit.may(Action.SET_RATES) and not _is_fixed(found)
    one, other = exchange.sides(base=base, currency=currency)
    shown = _shown(form, stored, ledger, currency, total)
    return RateField(
        currency=currency,
        base=base,
        label=f"Rate of your own: 1 {one} in {other}" if may_type else "",
        hint=_hint(ledger, currency, stored),
        words=shown.words if shown else "",
        whose=shown.whose if shown else _without(stored),
        worth=_written_worth(shown, visit, form) if shown else "",
    )


def stored_in(form: Typed, kind: Kind) -> Document | None:
    """The document that a form is of, found by the id that it carries; None for one that is not saved yet."""
    wanted = form.get("document") or form.get(kind.name)
    found: Document | None = documents.KINDS[kind.name].objects.filter(pk=wanted).first() if wanted else None
    return found


def _shown(
    form: Typed, stored: Document | None, ledger: Ledger, currency: str, total: Decimal
) -> exchange_rates.Exchange | None:
    """The rate that the total would have if it were saved now: the typed one, else the one that it has."""
    rate, whose = _typed(form), "your own rate"
    if rate is None and stored is not None and stored.own_rate is None:
        rate, whose = stored.currency_rate, exchange_rates.whose(stored)
    if rate is None:
        return None
    return exchange_rates.shown(rate, total, whose, base=ledger.base_currency, currency=currency)


def _typed(form: Typed) -> Decimal | None:
    """What was typed, where it can be read as a rate already."""
    try:
        rate = amounts.parse_amount(form.get(OWN), places=exchange.RATE_PLACES) if form.get(OWN) else None
        if rate is not None:
            exchange.refuse_no_rate(rate)
    except Invalid:
        return None
    return rate


def _is_fixed(found: Document | None) -> bool:
    return found is not None and bool(
        getattr(found, "invoice_id", None) or found.amount_paid or found.amount_credited
    )


def _hint(ledger: Ledger, currency: str, stored: Document | None) -> str:
    last = exchange_rates.known(ledger, currency)
    if stored is not None and stored.currency_rate is not None and stored.own_rate is None:
        return "Empty keeps Xero's."
    if last is None:
        return "Empty takes Xero's rate of the day."
    words = exchange.words(last.rate, base=ledger.base_currency, currency=currency)
    return f"Empty takes Xero's. Its last known one: {words}."


def _without(stored: Document | None) -> str:
    if stored is not None and getattr(stored, "invoice_id", None):
        return "Its invoice's rate, once that has one."
    return "Xero's rate of the day, once it is copied."


def _written_worth(shown: exchange_rates.Exchange, visit: Visit, form: Typed) -> str:
    branch = visit.branch_by_id.get(form.get("branch_id"))
    locale = branch.locale if branch else visit.locale
    return exchange.format_worth(shown.worth, currency=shown.base, locale=locale)
