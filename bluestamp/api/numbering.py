"""Numbers: which comes next of each kind of document, and why any is missing."""

from __future__ import annotations

from typing import Annotated, Final

from ninja import Router
from pydantic import Field

from bluestamp.api.callers import Call
from bluestamp.api.wire import Id, Shape, Words
from bluestamp.books import gaps, numbers
from bluestamp.books.numbers import Sequence
from bluestamp.people import branches

router = Router(tags=["numbers"], by_alias=True)
#: The kinds that a branch's documents can be of, each with a sequence.
KINDS: Final = (*numbers.BY_BRANCH, *numbers.STUDIO_WIDE)


class SequenceShown(Shape):
    """Where numbers of one kind have got to. It counts for a branch, for a ledger, or with neither for the studio."""

    id: str
    kind: str
    branch_id: str | None
    ledger_id: str | None
    shares_invoices: bool
    prefix: str
    width: int
    next_number: int
    next: str


class SequenceReplace(Shape):
    """How a sequence shall go on. `width` is how many digits are written at least."""

    prefix: Words
    next_number: Annotated[int, Field(ge=1, le=numbers.LARGEST)]
    width: Annotated[int, Field(ge=1, le=numbers.WIDEST)] = numbers.WIDTH


class CreditNumbers(Shape):
    """Whether a branch's credit notes take the numbers of its invoices."""

    shares_invoices: bool


class GapShown(Shape):
    """Numbers that are missing between used ones, and why; `is_explained` is false where nobody wrote that down."""

    kind: str
    first: str
    last: str
    many: int
    why: str
    is_explained: bool


@router.get("/numbers", response=list[SequenceShown])
def index(request: Call) -> list[SequenceShown]:
    """List the sequences that documents count in."""
    found = {}
    for branch in branches.listed():
        for kind in KINDS:
            row = numbers.for_branch(branch_id=branch.pk, kind=kind)
            found[row.pk] = row
    return [_shown(row) for row in sorted(found.values(), key=lambda row: (row.kind, row.prefix, row.pk))]


# Before the next one, which would take "gaps" for a sequence.
@router.get("/numbers/gaps", response=list[GapShown])
def missing(request: Call) -> list[GapShown]:
    """List every number that is missing between used ones, with the reason."""
    names = GapShown.model_fields
    return [GapShown(**{name: getattr(gap, name) for name in names}) for gap in gaps.all_of_studio()]


@router.put("/numbers/{sequence_id}", response=SequenceShown)
def replace(request: Call, sequence_id: Id, body: SequenceReplace) -> SequenceShown:
    """Let a sequence go on at any number that was never used."""
    return _shown(numbers.set_next(sequence_id=sequence_id, **body.model_dump(), **request.caller.act))


@router.put("/branches/{branch_id}/credit-numbers", response=SequenceShown)
def credit_numbers(request: Call, branch_id: Id, body: CreditNumbers) -> SequenceShown:
    """Let a branch's credit notes share the invoices' numbers, or count by themselves."""
    is_shared = body.shares_invoices
    numbers.share_with_invoices(branch_id=branch_id, is_shared=is_shared, **request.caller.act)
    return _shown(numbers.for_branch(branch_id=branch_id, kind="credit_note"))


# Steps


def _shown(found: Sequence) -> SequenceShown:
    same = {name: getattr(found, name) for name in SequenceShown.model_fields if name != "next"}
    return SequenceShown(**same, next=numbers.peek(found))
