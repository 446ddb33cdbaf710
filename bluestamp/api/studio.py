"""The studio that a token opens: who the caller is there and may do, and its branches."""

from __future__ import annotations

from ninja import Router

from bluestamp.api.callers import Call
from bluestamp.api.wire import Shape
from bluestamp.people import branches, permissions
from bluestamp.people.permissions import Action

router = Router(tags=["studio"], by_alias=True)


class StudioShown(Shape):
    """A studio."""

    slug: str
    name: str
    country: str
    base_currency: str
    time_zone: str


class Me(Shape):
    """Who the token acts as, and what its role includes."""

    name: str
    role: str
    may: list[str]
    studio: StudioShown


class BranchShown(Shape):
    """A branch; documents name it by its id."""

    id: str
    name: str
    is_home: bool
    is_active: bool
    legal_name: str
    currency: str
    payment_terms_days: int


@router.get("/me", response=Me)
def me(request: Call) -> Me:
    """Who I am."""
    caller = request.caller
    return Me(
        name=caller.actor.name,
        role=caller.actor.role,
        may=[str(action) for action in Action if permissions.may(caller.actor, action)],
        studio=StudioShown(**{name: getattr(caller.studio, name) for name in StudioShown.model_fields}),
    )


@router.get("/branches", response=list[BranchShown])
def branch_list(request: Call) -> list[BranchShown]:
    """List the studio's branches, home first."""
    return [
        BranchShown(**{name: getattr(row, name) for name in BranchShown.model_fields})
        for row in branches.listed()
    ]
