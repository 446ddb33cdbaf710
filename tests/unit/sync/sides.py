"""The two sides of a copied document, made by hand: one line is 100.00 at 20 %, booked in 400."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from bluestamp.sync import updates
from bluestamp.sync.faces import Face, LineFace
from bluestamp.sync.updates import Decision

DAY = dt.date(2026, 3, 2)
CONTACT = "c0ffee00-0000-4000-8000-000000000001"


def line(name: str = "a", *, amount: str = "100.00", **more: Any) -> LineFace:
    """A line of ours that Xero knows as `x-<name>`; a quantity of one, taxed at 20 %."""
    net = Decimal(amount)
    face = LineFace(
        our_id=name,
        xero_id=f"x-{name}",
        description=f"Work {name}",
        quantity=Decimal("1"),
        unit_amount=net,
        account_code="400",
        tax_type="INPUT2",
        line_amount=net,
        tax_amount=(net * Decimal("0.2")).quantize(Decimal("0.01")),
    )
    return replace(face, **more)


def new(name: str, **more: Any) -> LineFace:
    """A line of ours that Xero has never had."""
    return line(name, xero_id="", **more)


def strange(name: str, **more: Any) -> LineFace:
    """A line that somebody added in Xero."""
    return line(name, our_id="", **more)


def document(*lines: LineFace, **more: Any) -> Face:
    """A document awaiting approval with these lines, or one line of 100.00; its totals are right."""
    rows = lines or (line(),)
    net = sum((row.line_amount for row in rows), Decimal("0.00"))
    tax = sum((row.tax_amount for row in rows), Decimal("0.00"))
    face = Face(
        status="SUBMITTED",
        contact_id=CONTACT,
        number="FC-20931",
        date=DAY,
        due_date=dt.date(2026, 4, 1),
        currency="GBP",
        tax_mode="Exclusive",
        lines=rows,
        sub_total=net,
        total_tax=tax,
        total=net + tax,
    )
    return replace(face, **more)


@dataclass(frozen=True, kw_only=True)
class Sides:
    """Four faces that agree until one is replaced; `known` is what the person last saw of Xero."""

    kind: str = "expense"
    our_status: str = "approved"
    ours: Face
    sent: Face
    held: Face
    theirs: Face
    known: Face
    has_money: bool = False

    def decide(self) -> Decision:
        return updates.decide(
            kind=self.kind,
            our_status=self.our_status,
            ours=self.ours,
            sent=self.sent,
            held=self.held,
            theirs=self.theirs,
            known=self.known,
            has_money=self.has_money,
        )


def sides(
    agreed: Face,
    *,
    ours: Face | None = None,
    theirs: Face | None = None,
    seen: bool = True,
    held: Face | None = None,
    **more: Any,
) -> Sides:
    """Both sides once agreed; then ours or theirs changed. `seen`: the person has looked at Xero's since."""
    answered = held or agreed
    there = theirs or answered
    return Sides(
        ours=ours or agreed,
        sent=agreed,
        held=answered,
        theirs=there,
        known=there if seen else answered,
        **more,
    )
