"""Credit notes (ACCRECCREDIT, ACCPAYCREDIT): like invoices without a due date; used up by allocations.

DRAFT -> SUBMITTED -> AUTHORISED -> PAID when nothing of it is left. From developer.xero.com, api/accounting/creditnotes.
Amounts are positive; the sign comes from the type.
"""

from bluestamp.sandbox import documents, moves, writing
from bluestamp.sandbox.acts import Act, new_id
from bluestamp.sandbox.documents import CLOSED, Document
from bluestamp.sandbox.elements import Element
from bluestamp.sandbox.errors import ElementRefused
from bluestamp.sandbox.invoice_edits import FROZEN
from bluestamp.sandbox.kinds import CREDIT_NOTE
from bluestamp.sandbox.writing import Writing

APPROVED = frozenset({"AUTHORISED", "PAID"})
OPEN_WHEN_USED = frozenset(
    {"CreditNoteID", "CreditNoteNumber", "Type", "Status", "SentToContact", "Allocations"}
)
"""What may stand in the body of a change once some of the note is used (inferred from invoices)."""


def create(act: Act, element: Element) -> Document:
    """Create a credit note (PUT). Raises ElementRefused."""
    kind = element.choice("Type", CREDIT_NOTE.types)
    if kind is None:
        raise ElementRefused(["Credit Note Type must be specified"])
    document = Document(
        id=new_id(),
        kind=CREDIT_NOTE.name,
        type=kind,
        contact_id="",
        dated=act.today,
        currency="",
        status=moves.first_status(CREDIT_NOTE, element),
        branding_theme_id=act.organisation.branding_theme_id if kind == "ACCRECCREDIT" else "",
        created_ms=act.now_ms,
        made_by_app=act.doer.app_id,
    )
    return _write(act, document, element, None)


def upsert(act: Act, element: Element, name: str | None = None) -> Document:
    """Update the note that the path, CreditNoteID or (sales only) CreditNoteNumber points at, else create one (POST)."""
    found = writing.match(act, CREDIT_NOTE, element, name)
    return change(act, found, element) if found else create(act, element)


def change(act: Act, document: Document, element: Element) -> Document:
    """Update a credit note. Raises ElementRefused."""
    before = documents.copy(document)
    status = moves.next_status(act, CREDIT_NOTE, document, element)
    if status in CLOSED:
        document.status = status
        return writing.keep(act, CREDIT_NOTE, document, before=before)
    if document.is_settled_in_part and set(element.sent) - OPEN_WHEN_USED:
        raise ElementRefused([FROZEN])
    document.status = status
    return _write(act, document, element, before)


def _write(act: Act, document: Document, element: Element, before: Document | None) -> Document:
    writes = Writing(act, CREDIT_NOTE, document, element)
    writes.read_contact()
    document.dated = element.day("Date") or document.dated
    document.due = element.day("DueDate") or document.due
    writes.read_texts(with_reference=document.type == "ACCRECCREDIT")
    writes.read_currency()
    writes.read_number()
    writes.read_lines()
    writes.check_complete(needs_due=False)
    writes.read_sent(allowed=APPROVED, warning="Only AUTHORISED credit notes may have SentToContact updated.")
    writes.finish()
    writes.approve(before)
    return writing.keep(act, CREDIT_NOTE, document, before=before)
