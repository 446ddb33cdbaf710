"""Whether a document may move: the lock dates that hold it, and the moves that only some may make."""

from datetime import date

from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.documents import CLOSED, Document
from bluestamp.sandbox.elements import Element
from bluestamp.sandbox.errors import ElementRefused
from bluestamp.sandbox.kinds import PURCHASE_ORDER, Kind
from bluestamp.sandbox.users import ADVISER

APPROVED = frozenset({"AUTHORISED", "PAID"})


def lock_sentence(act: Act, dated: date) -> str | None:
    """Why nothing dated that day may change, if it may not (help centre: lock dates).

    An adviser may pass the period lock in Xero's pages; whether an adviser's app may, nobody says (a switch).
    """
    organisation = act.organisation
    sentence = organisation.lock_sentence(dated)
    year = organisation.end_of_year_lock_on
    only_period = sentence is not None and not (year and dated <= year)
    passes = act.doer.role == ADVISER and act.switches.adviser_passes_period_lock
    return None if only_period and passes else sentence


def first_status(kind: Kind, element: Element) -> str:
    """The status a new document gets. Raises ElementRefused; its id can't be chosen."""
    if element.text(kind.id_key):
        raise ElementRefused([f"{kind.id_key} cannot be specified when creating {kind.a_word}."])
    status = element.choice("Status", kind.statuses) or "DRAFT"
    if status not in kind.moves["NEW"]:
        raise ElementRefused([f"{kind.word} not of valid status for creation"])
    return status


def _more(act: Act, kind: Kind, status: str) -> frozenset[str]:
    """Moves beyond the table: BILLED is taken back by a person, and by an app if the switch says so."""
    may = act.doer.app_id is None or act.switches.order_unbilled_by_app
    return frozenset({"AUTHORISED"}) if kind is PURCHASE_ORDER and status == "BILLED" and may else frozenset()


def _less(act: Act, kind: Kind, status: str) -> frozenset[str]:
    """Moves of the table that an app may not make: Xero publishes none for approved purchase orders."""
    if kind is not PURCHASE_ORDER or status != "AUTHORISED" or act.doer.app_id is None:
        return frozenset()
    barred = {
        "BILLED": not act.switches.order_billed_by_app,
        "DELETED": not act.switches.order_deleted_when_approved,
    }
    return frozenset(status for status, is_barred in barred.items() if is_barred)


def next_status(act: Act, kind: Kind, document: Document, element: Element) -> str:
    """The status a change leads to, held to the table of moves and the lock dates. Raises ElementRefused."""
    closed = f"{kind.word} not of valid status for modification"
    if document.status in CLOSED:
        raise ElementRefused([closed])
    status = element.choice("Status", kind.statuses) or document.status
    if status != document.status:
        if document.is_settled_in_part and status != "PAID":
            raise ElementRefused(
                [
                    f"The status {status} cannot be applied to the {kind.word.lower()}"
                    " because it has payments or credit notes allocated to it."
                ]
            )
        allowed = kind.moves[document.status] | _more(act, kind, document.status)
        allowed -= _less(act, kind, document.status)
        if status not in allowed or (status in CLOSED and "LineItems" in element):
            raise ElementRefused([closed])
    binds = document.status in APPROVED or act.switches.lock_binds_drafts
    locked = lock_sentence(act, document.dated) if kind.posts and binds else None
    if locked:
        raise ElementRefused([locked])
    return status
