"""Every cell of the table role by action, against a copy written by hand."""

from __future__ import annotations

import pytest

from bluestamp.errors import NotPermitted
from bluestamp.people import actors, permissions
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import PEOPLE, TABLE, WORDS, Action, Role

# Columns: owner, producer, bookkeeper, accountant, system (Xero and the clock).
WRITTEN_BY_HAND = """
    see_documents       o p b a s
    see_money           o p b a s
    see_finances        o - b a -
    see_exchanges       o - b a -
    export              o - b a -
    edit_companies      o p b - -
    edit_jobs           o p b - -
    edit_expenses       o p b - -
    approve_expenses    o p b - s
    cancel_expenses     o p b - s
    edit_invoices       o p b - -
    issue_invoices      o p b - s
    void_invoices       o - b - s
    correct_issued      o - b - -
    edit_quotes         o p b - -
    record_payments     o - b - s
    apply_credits       o - b - s
    copy_to_xero        o p b - s
    set_rates           o - b - -
    send_anyway         - - b - -
    settle_differences  o - b - s
    link_contacts       o - b - s
    connect             o - - - -
    edit_connection     o - b - -
    edit_ledgers        o - b - s
    edit_items          o - b - -
    edit_studio         o - - - -
    manage_people       o - - - -
    make_tokens         o - b - -
"""
CELLS = [
    (action, role, mark == role[0])
    for action, *marks in (line.split() for line in WRITTEN_BY_HAND.split("\n") if line.strip())
    for role, mark in zip(Role, marks, strict=True)
]


def _somebody(role: Role) -> Actor:
    return Actor(studio_id=1, name="Somebody", role=role)


@pytest.mark.parametrize(("action", "role", "is_included"), CELLS)
def test_a_role_includes_exactly_its_actions(action: str, role: Role, is_included: bool) -> None:
    assert permissions.may(_somebody(role), Action(action)) is is_included
    if is_included:
        permissions.require(_somebody(role), Action(action))
        return
    with pytest.raises(NotPermitted):
        permissions.require(_somebody(role), Action(action))


def test_every_cell_was_walked() -> None:
    assert len(CELLS) == len(Action) * len(Role)
    assert {action for action, _, _ in CELLS} == {str(action) for action in Action}


def test_every_action_has_a_row_and_words() -> None:
    assert set(TABLE) == set(Action) == set(WORDS)


def test_an_accountant_changes_nothing() -> None:
    included = {action for action in Action if Role.ACCOUNTANT in TABLE[action]}
    assert {str(action).split("_")[0] for action in included} == {"see", "export"}


def test_a_refusal_says_whose_task_it_is() -> None:
    with pytest.raises(NotPermitted) as refusal:
        permissions.require(_somebody(Role.PRODUCER), Action.VOID_INVOICES)
    assert refusal.value.sentence == (
        "Voiding invoices and credit notes is for owners and bookkeepers; your role here is producer."
    )
    assert refusal.value.http_status == 403


def test_a_refusal_names_a_single_role_plainly() -> None:
    with pytest.raises(NotPermitted, match="is for bookkeepers; your role here is owner"):
        permissions.require(_somebody(Role.OWNER), Action.SEND_ANYWAY)


def test_xero_and_the_clock_are_the_system_and_nobody_else_is() -> None:
    assert (actors.xero(7).role, actors.xero(7).via, actors.xero(7).studio_id) == (Role.SYSTEM, "xero", 7)
    assert (actors.clock(7).role, actors.clock(7).via) == (Role.SYSTEM, "clock")
    assert Role.SYSTEM not in PEOPLE
