"""Who may do what: one table, role by action. Page, API and docs/permissions.md all read it.

Where a rule needs more than the role (an approved bill, a hold), the verb refuses beside its own state.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from bluestamp.errors import NotPermitted

if TYPE_CHECKING:
    from bluestamp.people.actors import Actor


class Role(StrEnum):
    """What somebody is in a studio. SYSTEM is Xero and the clock, and never a membership."""

    OWNER = "owner"
    PRODUCER = "producer"
    BOOKKEEPER = "bookkeeper"
    ACCOUNTANT = "accountant"
    SYSTEM = "system"


PEOPLE: Final = (Role.OWNER, Role.PRODUCER, Role.BOOKKEEPER, Role.ACCOUNTANT)
"""The roles that a person can be given. An accountant reads and changes nothing."""


class Action(StrEnum):
    """One thing that a role includes or does not."""

    SEE_DOCUMENTS = "see_documents"
    SEE_MONEY = "see_money"
    SEE_FINANCES = "see_finances"
    SEE_EXCHANGES = "see_exchanges"
    EXPORT = "export"
    EDIT_COMPANIES = "edit_companies"
    EDIT_JOBS = "edit_jobs"
    EDIT_EXPENSES = "edit_expenses"
    APPROVE_EXPENSES = "approve_expenses"
    CANCEL_EXPENSES = "cancel_expenses"
    EDIT_INVOICES = "edit_invoices"
    ISSUE_INVOICES = "issue_invoices"
    VOID_INVOICES = "void_invoices"
    CORRECT_ISSUED = "correct_issued"
    EDIT_QUOTES = "edit_quotes"
    RECORD_PAYMENTS = "record_payments"
    APPLY_CREDITS = "apply_credits"
    COPY_TO_XERO = "copy_to_xero"
    SET_RATES = "set_rates"
    SEND_ANYWAY = "send_anyway"
    SETTLE_DIFFERENCES = "settle_differences"
    LINK_CONTACTS = "link_contacts"
    CONNECT = "connect"
    EDIT_CONNECTION = "edit_connection"
    EDIT_LEDGERS = "edit_ledgers"
    EDIT_ITEMS = "edit_items"
    EDIT_STUDIO = "edit_studio"
    MANAGE_PEOPLE = "manage_people"
    MAKE_TOKENS = "make_tokens"


_EVERYBODY: Final = frozenset(PEOPLE)
_MAKERS: Final = frozenset({Role.OWNER, Role.PRODUCER, Role.BOOKKEEPER})
_BOOKS: Final = frozenset({Role.OWNER, Role.BOOKKEEPER})
_READERS_OF_BOOKS: Final = _BOOKS | {Role.ACCOUNTANT}
_OWNER: Final = frozenset({Role.OWNER})
_SYSTEM: Final = frozenset({Role.SYSTEM})

TABLE: Final[Mapping[Action, frozenset[Role]]] = MappingProxyType(
    {
        Action.SEE_DOCUMENTS: _EVERYBODY | _SYSTEM,
        Action.SEE_MONEY: _EVERYBODY | _SYSTEM,
        Action.SEE_FINANCES: _READERS_OF_BOOKS,
        Action.SEE_EXCHANGES: _READERS_OF_BOOKS,
        Action.EXPORT: _READERS_OF_BOOKS,
        Action.EDIT_COMPANIES: _MAKERS,
        Action.EDIT_JOBS: _MAKERS,
        Action.EDIT_EXPENSES: _MAKERS,
        Action.APPROVE_EXPENSES: _MAKERS | _SYSTEM,
        Action.CANCEL_EXPENSES: _MAKERS | _SYSTEM,
        Action.EDIT_INVOICES: _MAKERS,
        Action.ISSUE_INVOICES: _MAKERS | _SYSTEM,
        Action.VOID_INVOICES: _BOOKS | _SYSTEM,
        Action.CORRECT_ISSUED: _BOOKS,
        Action.EDIT_QUOTES: _MAKERS,
        Action.RECORD_PAYMENTS: _BOOKS | _SYSTEM,
        Action.APPLY_CREDITS: _BOOKS | _SYSTEM,
        Action.COPY_TO_XERO: _MAKERS | _SYSTEM,
        Action.SET_RATES: _BOOKS,
        Action.SEND_ANYWAY: frozenset({Role.BOOKKEEPER}),
        Action.SETTLE_DIFFERENCES: _BOOKS | _SYSTEM,
        Action.LINK_CONTACTS: _BOOKS | _SYSTEM,
        Action.CONNECT: _OWNER,
        Action.EDIT_CONNECTION: _BOOKS,
        Action.EDIT_LEDGERS: _BOOKS | _SYSTEM,
        Action.EDIT_ITEMS: _BOOKS,
        Action.EDIT_STUDIO: _OWNER,
        Action.MANAGE_PEOPLE: _OWNER,
        Action.MAKE_TOKENS: _BOOKS,
    }
)

WORDS: Final[Mapping[Action, str]] = MappingProxyType(
    {
        Action.SEE_DOCUMENTS: "Seeing jobs, companies and documents",
        Action.SEE_MONEY: "Seeing prices, totals and what is paid",
        Action.SEE_FINANCES: "Seeing the studio's finances as a whole",
        Action.SEE_EXCHANGES: "Seeing the log of what was exchanged with Xero",
        Action.EXPORT: "Exporting",
        Action.EDIT_COMPANIES: "Adding and changing companies",
        Action.EDIT_JOBS: "Adding and changing jobs",
        Action.EDIT_EXPENSES: "Adding and changing expenses, purchase orders and supplier credits",
        Action.APPROVE_EXPENSES: "Approving expenses, purchase orders and supplier credits",
        Action.CANCEL_EXPENSES: "Cancelling expenses, purchase orders and supplier credits",
        Action.EDIT_INVOICES: "Adding and changing invoices and credit notes",
        Action.ISSUE_INVOICES: "Sending invoices and credit notes to clients",
        Action.VOID_INVOICES: "Voiding invoices and credit notes",
        Action.CORRECT_ISSUED: "Correcting an invoice that the client already has",
        Action.EDIT_QUOTES: "Adding, changing and sending quotes",
        Action.RECORD_PAYMENTS: "Recording payments",
        Action.APPLY_CREDITS: "Applying credit notes to invoices",
        Action.COPY_TO_XERO: "Copying documents to Xero",
        Action.SET_RATES: "Typing exchange rates of one's own",
        Action.SEND_ANYWAY: "Sending a bill that looks like one already there",
        Action.SETTLE_DIFFERENCES: "Settling differences with Xero",
        Action.LINK_CONTACTS: "Linking companies with Xero's contacts",
        Action.CONNECT: "Connecting and disconnecting Xero",
        Action.EDIT_CONNECTION: "Changing the settings of a connection",
        Action.EDIT_LEDGERS: "Changing accounts, tax rates and defaults",
        Action.EDIT_ITEMS: "Changing the master list of items and expenses",
        Action.EDIT_STUDIO: "Changing the studio and its branches",
        Action.MANAGE_PEOPLE: "Adding people and changing their roles",
        Action.MAKE_TOKENS: "Making tokens for the API",
    }
)
"""How a sentence, a settings page and the documentation name each action."""


def may(by: Actor, action: Action) -> bool:
    """Whether the actor's role includes the action."""
    return by.role in TABLE[action]


def require(by: Actor, action: Action) -> None:
    """Let the actor pass, or raise NotPermitted with a sentence that says whose task it is."""
    if may(by, action):
        return
    those = _listed([f"{role}s" for role in PEOPLE if role in TABLE[action]])
    raise NotPermitted(f"{WORDS[action]} is for {those}; your role here is {by.role}.")


def _listed(words: list[str]) -> str:
    *before, last = words
    return f"{', '.join(before)} and {last}" if before else last
