"""The studio that a token opens: who the caller is there and may do, and its branches."""

from __future__ import annotations

from ninja import Router

from bluestamp.api.callers import Call
from bluestamp.api.wire import Id, Shape
from bluestamp.people import branches, memberships, permissions, two_factor
from bluestamp.people.memberships import Membership
from bluestamp.people.permissions import Action
from bluestamp.sync import connections

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
    connection_id: str | None


class PersonShown(Shape):
    """Somebody who works in the studio, or did. Inviting, roles and second factors are for people at a browser."""

    id: str
    name: str
    email: str
    role: str
    is_active: bool
    has_two_factor: bool


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
    found = branches.listed()
    going = connections.of_branches([row.pk for row in found])
    same = [name for name in BranchShown.model_fields if name != "connection_id"]
    return [
        BranchShown(
            **{name: getattr(row, name) for name in same},
            connection_id=going[row.pk].pk if row.pk in going else None,
        )
        for row in found
    ]


@router.get("/people", response=list[PersonShown])
def people(request: Call) -> list[PersonShown]:
    """List who works in the studio, and who left."""
    return _shown(memberships.listed(request.caller.actor))


@router.post("/people/{membership_id}/departure", response=PersonShown)
def departure(request: Call, membership_id: Id) -> PersonShown:
    """Let somebody in no longer, as when they leave the firm; what they did stays."""
    return _shown([memberships.deactivate(membership_id, **request.caller.act)])[0]


def _shown(found: list[Membership]) -> list[PersonShown]:
    with_it = two_factor.those_with_it(row.user_id for row in found)
    return [
        PersonShown(
            id=row.pk,
            name=row.user.name,
            email=row.user.email,
            role=row.role,
            is_active=row.is_active,
            has_two_factor=row.user_id in with_it,
        )
        for row in found
    ]
