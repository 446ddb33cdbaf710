"""Supplier credits: what suppliers give back. Their amounts are positive here, as they are stored."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, Literal

from ninja import Query, Router

from bluestamp.api import documents as common
from bluestamp.api import wire
from bluestamp.api.callers import Call
from bluestamp.api.documents import AtVersion, WithReason
from bluestamp.api.wire import Day, Figure, Id, Page, Shape, Version, Words
from bluestamp.books import documents, supplier_credits
from bluestamp.books.line_items import LineDraft
from bluestamp.books.supplier_credits import SupplierCredit, SupplierCreditDraft
from bluestamp.sync import push, standing
from bluestamp.sync.standing import Shown

KIND: Final = "supplier_credit"

router = Router(tags=["supplier credits"], by_alias=True)


class SupplierCreditHead(common.Head):
    """A supplier credit without its lines. Credited means set against the supplier's invoices, paid means paid back."""

    supplier_credit_number: str
    expense_id: str | None


class SupplierCreditShown(SupplierCreditHead):
    """A supplier credit."""

    exchange: common.ExchangeRate | None
    lines: list[common.Line]


class SupplierCreditLineWrite(Shape):
    """A line to write, in positive amounts and without a discount; `typed_tax` is the tax as the paper says it."""

    id: Id | None = None
    master_id: Id | None = None
    item: Words = ""
    description: Words = ""
    quantity: Figure = Decimal("1")
    unit_amount: Figure = Decimal("0")
    account_code: Words = ""
    tax_type: Words = ""
    typed_tax: Figure | None = None


class SupplierCreditWrite(Shape):
    """A supplier credit to write; `expense_id` is the bill that it credits. It has no due date."""

    branch_id: Id
    company_id: Id
    issued_on: Day
    currency: Words
    job_id: Id | None = None
    reference: Words = ""
    supplier_credit_number: Words = ""
    expense_id: Id | None = None
    tax_mode: common.TaxMode = "exclusive"
    own_rate: Figure | None = None
    lines: list[SupplierCreditLineWrite] = []


class SupplierCreditReplace(SupplierCreditWrite, AtVersion):
    """A supplier credit to write in place of the version that the caller has seen."""


class SupplierCreditsAsked(common.Asked):
    """What a list of supplier credits is narrowed to."""

    status: Literal["draft", "approved", "used", "cancelled"] | None = None


class Used(AtVersion):
    """That it was used, and when."""

    used_on: Day


@router.get("", response=Page[SupplierCreditHead])
def index(request: Call, asked: Query[SupplierCreditsAsked]) -> Page[SupplierCreditHead]:
    """List supplier credits, the newest first, without their lines."""
    rows = common.narrowed(KIND, asked, status=asked.status, caller=request.caller)
    found, about = wire.slice_of(rows, asked)
    standings = standing.of(kind=KIND, rows=found)
    return Page(items=[SupplierCreditHead(**_head(row, standings[row.pk])) for row in found], **about)


@router.post("", response={201: SupplierCreditShown})
def create(request: Call, body: SupplierCreditWrite) -> SupplierCreditShown:
    """Enter a supplier's credit, as a draft."""
    return one(supplier_credits.create(_draft(body), **request.caller.act).pk)


@router.get("/{credit_id}", response=SupplierCreditShown)
def read(request: Call, credit_id: Id) -> SupplierCreditShown:
    """Read one supplier credit."""
    return one(credit_id)


@router.put("/{credit_id}", response=SupplierCreditShown)
def replace(request: Call, credit_id: Id, body: SupplierCreditReplace) -> SupplierCreditShown:
    """Replace what a supplier credit says; lines that are not named go."""
    draft = _draft(body)
    supplier_credits.edit(credit_id=credit_id, version=body.version, draft=draft, **request.caller.act)
    return one(credit_id)


@router.post("/{credit_id}/approval", response=SupplierCreditShown)
def approve(request: Call, credit_id: Id, body: AtVersion) -> SupplierCreditShown:
    """Approve: take it off the cost of its job."""
    supplier_credits.approve(credit_id=credit_id, version=body.version, **request.caller.act)
    return one(credit_id)


@router.delete("/{credit_id}/approval", response=SupplierCreditShown)
def back_to_draft(request: Call, credit_id: Id, version: Version) -> SupplierCreditShown:
    """Take the approval back."""
    supplier_credits.back_to_draft(credit_id=credit_id, version=version, **request.caller.act)
    return one(credit_id)


@router.post("/{credit_id}/cancellation", response=SupplierCreditShown)
def cancel(request: Call, credit_id: Id, body: WithReason) -> SupplierCreditShown:
    """Cancel it here, and its copy in Xero where Xero allows."""
    found = load(credit_id)
    if found.version != body.version:
        raise documents.Stale(found)
    push.remove(found, reason=body.reason, **request.caller.act)
    return one(credit_id)


@router.post("/{credit_id}/use", response=SupplierCreditShown)
def mark_used(request: Call, credit_id: Id, body: Used) -> SupplierCreditShown:
    """Say that it was set against the supplier's invoices, where the books are not kept in Xero."""
    act = request.caller.act
    supplier_credits.mark_used(credit_id=credit_id, version=body.version, used_on=body.used_on, **act)
    return one(credit_id)


@router.delete("/{credit_id}/use", response=SupplierCreditShown)
def mark_unused(request: Call, credit_id: Id, version: Version) -> SupplierCreditShown:
    """Take "used" back, where the books are not kept in Xero."""
    supplier_credits.mark_unused(credit_id=credit_id, version=version, **request.caller.act)
    return one(credit_id)


# Steps


def load(credit_id: str) -> SupplierCredit:
    """The supplier credit of an address."""
    found = documents.load(KIND, credit_id)
    assert isinstance(found, SupplierCredit)
    return found


def one(credit_id: str) -> SupplierCreditShown:
    """A supplier credit as it now is."""
    return shown(load(credit_id))


def shown(found: SupplierCredit) -> SupplierCreditShown:
    """A supplier credit as JSON."""
    lines = [common.Line(**common.line(row)) for row in found.items]
    return SupplierCreditShown(
        **_head(found, standing.of_one(found)), exchange=common.exchange(found), lines=lines
    )


def _head(found: SupplierCredit, copy: Shown) -> dict[str, Any]:
    own = {"supplier_credit_number": found.supplier_credit_number, "expense_id": found.expense_id}
    return common.head(found, copy) | own


def _draft(body: SupplierCreditWrite) -> SupplierCreditDraft:
    said = body.model_dump(exclude={"lines", "version"})
    return SupplierCreditDraft(**said, lines=tuple(LineDraft(**line.model_dump()) for line in body.lines))
