"""Branches: one is home, names are theirs alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from django.db import IntegrityError, transaction

from bluestamp.errors import InvalidFields, NotPermitted
from bluestamp.people import activity, branches
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch, BranchDraft, HomeStays

pytestmark = pytest.mark.usefixtures("in_northlight")

LEEDS = BranchDraft(name="Leeds", legal_name="Northlight Leeds Ltd", currency="GBP", locale="en-GB")


def test_a_branch_is_added_and_changed_by_an_owner(ada: Actor, now: datetime) -> None:
    leeds = branches.create(LEEDS, by=ada, now=now)
    branches.edit(leeds.pk, replace(LEEDS, tax_number="GB 123", payment_terms_days=14), by=ada, now=now)
    found = branches.find(leeds.pk)
    assert (found.tax_number, found.payment_terms_days, found.is_home) == ("GB 123", 14, False)
    assert [row.verb for row in activity.history("branch", leeds.pk)] == ["branch.edited", "branch.created"]


def test_saving_a_branch_without_a_change_records_nothing(ada: Actor, now: datetime) -> None:
    leeds = branches.create(LEEDS, by=ada, now=now)
    branches.edit(leeds.pk, LEEDS, by=ada, now=now)
    assert activity.history("branch", leeds.pk).count() == 1


@pytest.mark.parametrize("who", ["ben", "cleo", "abe"])
def test_nobody_but_an_owner_touches_branches(
    who: str, bristol: Branch, now: datetime, request: pytest.FixtureRequest
) -> None:
    by = request.getfixturevalue(who)
    with pytest.raises(NotPermitted):
        branches.create(LEEDS, by=by, now=now)
    with pytest.raises(NotPermitted):
        branches.edit(bristol.pk, LEEDS, by=by, now=now)
    for verb in (branches.make_home, branches.close, branches.reopen):
        with pytest.raises(NotPermitted):
            verb(bristol.pk, by=by, now=now)


@pytest.mark.parametrize(
    ("draft", "fields"),
    [
        (replace(LEEDS, name=" "), ["name"]),
        (replace(LEEDS, name="London"), ["name"]),
        (replace(LEEDS, legal_name="", currency="XX"), ["legal_name", "currency"]),
        (replace(LEEDS, locale="klingon"), ["locale"]),
        (replace(LEEDS, payment_terms_days=-1), ["payment_terms_days"]),
        (replace(LEEDS, payment_terms_days=366), ["payment_terms_days"]),
    ],
)
def test_what_a_branch_cant_be_is_refused_at_its_field(
    draft: BranchDraft, fields: list[str], ada: Actor, now: datetime
) -> None:
    with pytest.raises(InvalidFields) as refusal:
        branches.create(draft, by=ada, now=now)
    assert [fault.field for fault in refusal.value.faults] == fields


def test_a_branch_keeps_its_own_name(bristol: Branch, ada: Actor, now: datetime) -> None:
    draft = replace(LEEDS, name="Bristol", legal_name="Renamed Ltd")
    assert branches.edit(bristol.pk, draft, by=ada, now=now).legal_name == "Renamed Ltd"


def test_making_a_branch_home_takes_it_from_the_other(
    london: Branch, bristol: Branch, ada: Actor, now: datetime
) -> None:
    branches.make_home(bristol.pk, by=ada, now=now)
    assert branches.home() == bristol
    assert not branches.find(london.pk).is_home
    assert [branch.name for branch in branches.listed()] == ["Bristol", "London"]


def test_a_closed_branch_opens_when_it_becomes_home(bristol: Branch, ada: Actor, now: datetime) -> None:
    branches.close(bristol.pk, by=ada, now=now)
    assert not branches.find(bristol.pk).is_active
    assert branches.make_home(bristol.pk, by=ada, now=now).is_active


def test_the_home_branch_is_not_closed(london: Branch, ada: Actor, now: datetime) -> None:
    with pytest.raises(HomeStays, match="London is the home branch"):
        branches.close(london.pk, by=ada, now=now)


def test_a_closed_branch_is_reopened(bristol: Branch, ada: Actor, now: datetime) -> None:
    branches.close(bristol.pk, by=ada, now=now)
    branches.close(bristol.pk, by=ada, now=now)
    assert branches.reopen(bristol.pk, by=ada, now=now).is_active
    verbs = [row.verb for row in activity.history("branch", bristol.pk)]
    assert verbs == ["branch.reopened", "branch.closed", "branch.created"]


def test_the_database_itself_holds_one_home(bristol: Branch) -> None:
    with pytest.raises(IntegrityError, match="people_branch_one_home"), transaction.atomic():
        Branch.objects.filter(pk=bristol.pk).update(is_home=True)


def test_the_database_itself_keeps_home_open(london: Branch) -> None:
    with pytest.raises(IntegrityError, match="people_branch_home_active"), transaction.atomic():
        Branch.objects.filter(pk=london.pk).update(is_active=False)
