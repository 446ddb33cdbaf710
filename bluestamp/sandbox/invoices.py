"""Invoices (ACCREC) and bills (ACCPAY): one endpoint, one life, one table of edits.

DRAFT -> SUBMITTED -> AUTHORISED -> PAID, DELETED while unapproved, VOIDED once approved and unpaid.
From developer.xero.com, api/accounting/invoices; on 19 March 2026 paid bills became editable like paid invoices.
"""

from bluestamp.sandbox import documents, moves, writing
from bluestamp.sandbox.acts import Act, new_id
from bluestamp.sandbox.documents import CLOSED, Document
from bluestamp.sandbox.elements import Element
from bluestamp.sandbox.errors import ElementRefused
from bluestamp.sandbox.invoice_edits import FROZEN, settled_edit, was_only_unseen
from bluestamp.sandbox.kinds import INVOICE
from bluestamp.sandbox.writing import Writing

TYPES = frozenset(
    {
        "ACCPAY",
        "ACCPAYCREDIT",
        "APOVERPAYMENT",
        "APPREPAYMENT",
        "ACCREC",
        "ACCRECCREDIT",
        "AROVERPAYMENT",
        "ARPREPAYMENT",
    }
)
APPROVED = frozenset({"AUTHORISED", "PAID"})


def create(act: Act, element: Element) -> Document:
    """Create an invoice or bill (PUT). Raises ElementRefused with every message at once."""
    kind = element.choice("Type", TYPES)
    if kind is None:
        raise ElementRefused(["Invoice Type must be specified"])
    if kind not in INVOICE.types:
        raise ElementRefused(["Invoice not of valid type for creation"])
    document = Document(
        id=new_id(),
        kind=INVOICE.name,
        type=kind,
        contact_id="",
        dated=act.today,
        currency="",
        status=moves.first_status(INVOICE, element),
        branding_theme_id=act.organisation.branding_theme_id if kind == "ACCREC" else "",
        created_ms=act.now_ms,
        made_by_app=act.doer.app_id,
    )
    return _write(act, document, element, None)


def upsert(act: Act, element: Element, name: str | None = None) -> Document:
    """Update the document that the path, InvoiceID or (sales only) InvoiceNumber points at, else create one (POST)."""
    found = writing.match(act, INVOICE, element, name)
    return change(act, found, element) if found else create(act, element)


def change(act: Act, document: Document, element: Element) -> Document:
    """Update a document by the table of moves and the table of edits. Raises ElementRefused."""
    before = documents.copy(document)
    status = moves.next_status(act, INVOICE, document, element)
    if status in CLOSED:
        document.status = status
        return writing.keep(act, INVOICE, document, before=before)
    if document.is_settled_in_part:
        element = settled_edit(act, document, element)
    document.status = status
    return _write(act, document, element, before)


def find(act: Act, name: str) -> Document | None:
    """By InvoiceID or number; a number that several bills share finds the newest."""
    return writing.find(act, INVOICE, name)


def _write(act: Act, document: Document, element: Element, before: Document | None) -> Document:
    writes = Writing(act, INVOICE, document, element)
    writes.read_contact()
    if before and before.amount_credited and before.contact_id != document.contact_id:
        writes.faults.append(FROZEN)
    _read_dates(act, document, element)
    writes.read_texts(with_reference=document.type == "ACCREC")
    _read_url(writes)
    writes.read_currency()
    writes.read_number()
    writes.read_lines()
    writes.check_complete(needs_due=True)
    if document.type == "ACCREC":
        writes.read_sent(allowed=APPROVED, warning="Only AUTHORISED invoices may have SentToContact updated.")
    writes.finish()
    writes.approve(before)
    unseen = before is not None and was_only_unseen(before, document)
    return writing.keep(act, INVOICE, document, before=before, seen=not unseen)


def _read_dates(act: Act, document: Document, element: Element) -> None:
    document.dated = element.day("Date") or document.dated
    document.due = element.day("DueDate") or document.due or writing.due_by_terms(act, document)
    if document.type == "ACCPAY":
        document.planned = element.day("PlannedPaymentDate") or document.planned
    else:
        document.expected = element.day("ExpectedPaymentDate") or document.expected


def _read_url(writes: Writing) -> None:
    url = writes.element.text("Url")
    if url is None:
        return
    writes.document.url = url
    if url and not _is_whole_url(url):
        writes.faults.append("Url must be a valid absolute Url and cannot contain 'xero'.")


def _is_whole_url(url: str) -> bool:
    scheme, mark, rest = url.partition("://")
    is_whole = scheme.lower() in {"http", "https"} and bool(mark and rest.strip("/"))
    return is_whole and "xero" not in url.lower()
