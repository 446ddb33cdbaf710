"""Settings, Numbering: which number comes next of each kind of document, and why any is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from bluestamp.books import gaps, numbers
from bluestamp.books.numbers import Sequence
from bluestamp.errors import Invalid
from bluestamp.people.branches import Branch
from bluestamp.people.permissions import Action
from bluestamp.web import refusals
from bluestamp.web.visits import StudioRequest, Visit

TITLES: Final = {
    "invoice": "Invoices",
    "credit_note": "Credit notes",
    "quote": "Quotes",
    "expense": "Expenses",
    "purchase_order": "Purchase orders",
    "supplier_credit": "Supplier credits",
    "job": "Jobs",
}


@dataclass
class Row:
    """One sequence as the page shows it; `typed` is what stands in its boxes."""

    sequence: Sequence
    title: str
    whose: str
    next: str
    typed: dict[str, str]
    faults: dict[str, str] = field(default_factory=dict)


@require_GET
def index(request: StudioRequest) -> HttpResponse:
    """All sequences and all gaps."""
    return _page(request, {})


@require_POST
def sequence(request: StudioRequest, sequence_id: str) -> HttpResponse:
    """Let a sequence go on elsewhere; from a branch's page it goes back there."""
    visit = request.visit
    try:
        saved = numbers.set_next(
            sequence_id=sequence_id,
            prefix=request.POST.get("prefix", "").strip(),
            next_number=_number(request.POST, "next_number"),
            width=_number(request.POST, "width") if request.POST.get("width") else None,
            by=visit.actor,
            now=visit.now,
        )
    except Invalid as refusal:
        return _page(request, {sequence_id: (request.POST, refusals.by_field(refusal))}, status=422)
    messages.success(request, f"The next number is {numbers.peek(saved)}.", extra_tags="ok")
    branch = visit.branch_by_id.get(request.POST.get("branch", ""))
    return redirect(visit.path("settings_branch", branch.pk) if branch else visit.path("settings_numbering"))


@require_POST
def credit_numbers(request: StudioRequest, branch_id: str) -> HttpResponse:
    """Let a branch's credit notes share the invoices' numbers, or count by themselves."""
    visit = request.visit
    is_shared = request.POST.get("shared") == "yes"
    numbers.share_with_invoices(branch_id=branch_id, is_shared=is_shared, by=visit.actor, now=visit.now)
    return redirect(visit.path("settings_numbering"))


def invoice_row(branch: Branch) -> Row:
    """The sequence that a branch's invoices count in, for its own page."""
    found = numbers.for_branch(branch_id=branch.pk, kind="invoice")
    return _row(found, branch.name)


# ── steps ──


def _number(post: QueryDict, name: str) -> int:
    digits = post.get(name, "").strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) < 12):
        raise Invalid("Write it as a number, such as 1049.", field=name)
    return int(digits)


def _page(
    request: StudioRequest, refused: dict[str, tuple[QueryDict, dict[str, str]]], *, status: int = 200
) -> HttpResponse:
    visit = request.visit
    rows = list(_rows(visit))
    for row in rows:
        if row.sequence.pk in refused:
            post, row.faults = refused[row.sequence.pk]
            row.typed = {name: post.get(name, "") for name in row.typed}
    words = {
        "rows": rows,
        "credit_notes": [(branch, _is_shared(branch)) for branch in visit.branches if branch.is_active],
        "gaps": gaps.all_of_studio(),
        "may_edit": visit.may(Action.EDIT_LEDGERS),
    }
    return render(request, "settings/numbering.html", words, status=status)


def _rows(visit: Visit) -> Iterator[Row]:
    """Each sequence once, with the branches that count in it: first those of branches, then the studio's."""
    for kind in numbers.BY_BRANCH:
        counting: dict[str, tuple[Sequence, list[str]]] = {}
        for branch in visit.branches:
            found = numbers.for_branch(branch_id=branch.pk, kind=kind)
            if found.kind == kind:
                counting.setdefault(found.pk, (found, []))[1].append(branch.name)
        yield from (_row(found, ", ".join(names)) for found, names in counting.values())
    for kind in ("quote", "expense", "purchase_order", "supplier_credit", "job"):
        yield _row(numbers.for_branch(branch_id=visit.home.pk, kind=kind), visit.studio.name)


def _row(found: Sequence, whose: str) -> Row:
    typed = {
        "prefix": found.prefix,
        "width": str(found.width),
        "next_number": str(found.next_number),
    }
    return Row(sequence=found, title=TITLES[found.kind], whose=whose, next=numbers.peek(found), typed=typed)


def _is_shared(branch: Branch) -> bool:
    return numbers.kind_of_sequence(branch, "credit_note") == "invoice"
