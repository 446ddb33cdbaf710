"""Invoices (ACCREC) and bills (ACCPAY): one endpoint, one life, one table of edits.

DRAFT -> SUBMITTED -> AUTHORISED -> PAID, DELETED while unapproved, VOIDED once approved and unpaid.
From developer.xero.com, api/accounting/invoices; on 19 March 2026 paid bills became editable like paid invoices.
"""

from datetime import date
from decimal import Decimal

from bluestamp.sandbox import contacts, documents, lines, wire
from bluestamp.sandbox.acts import Act, later, new_id
from bluestamp.sandbox.contacts import Contact
from bluestamp.sandbox.documents import CLOSED, COMPLETE, INVOICE, LINE_AMOUNT_TYPES, Document
from bluestamp.sandbox.elements import Element
from bluestamp.sandbox.errors import ElementRefused
from bluestamp.sandbox.invoice_edits import faults_of_settled_edit, was_only_unseen

STATUSES = frozenset({"DRAFT", "SUBMITTED", "DELETED", "AUTHORISED", "PAID", "VOIDED"})
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
CLOSED_TO_CHANGE = "Invoice not of valid status for modification"
CONTACT_KEYS = frozenset({"ContactID", "ContactNumber"})
MAX_TEXT = 255


def create(act: Act, element: Element) -> Document:
    """Create an invoice or bill (PUT). Raises ElementRefused with every message at once."""
    if element.text("InvoiceID"):
        raise ElementRefused(["InvoiceID cannot be specified when creating an invoice."])
    kind = element.choice("Type", TYPES)
    if kind is None:
        raise ElementRefused(["Invoice Type must be specified"])
    if kind not in INVOICE.types:
        raise ElementRefused(["Invoice not of valid type for creation"])
    status = element.choice("Status", STATUSES) or "DRAFT"
    if status not in INVOICE.moves["NEW"]:
        raise ElementRefused(["Invoice not of valid status for creation"])
    document = Document(
        id=new_id(),
        kind=INVOICE.name,
        type=kind,
        contact_id="",
        dated=act.today,
        currency="",
        status=status,
        branding_theme_id=act.organisation.branding_theme_id if kind == "ACCREC" else "",
        created_ms=act.now_ms,
        made_by_app=act.doer.app_id,
    )
    return _write(act, document, element, created=True)


def upsert(act: Act, element: Element, name: str | None = None) -> Document:
    """Update the document that the path, InvoiceID or (sales only) InvoiceNumber points at, else create one (POST)."""
    found = _match(act, element, name)
    return change(act, found, element) if found else create(act, element)


def change(act: Act, document: Document, element: Element) -> Document:
    """Update a document by the table of moves and the table of edits. Raises ElementRefused."""
    if document.status in CLOSED:
        raise ElementRefused([CLOSED_TO_CHANGE])
    before = documents.copy(document)
    status = element.choice("Status", STATUSES) or document.status
    _refuse_move(act, document, element, status)
    if document.status in {"AUTHORISED", "PAID"}:
        _refuse_locked(act, document.dated)
    if status in CLOSED:
        document.status = status
        return _keep(act, document, before)
    if document.is_settled_in_part:
        found = faults_of_settled_edit(act, document, element)
        if found:
            raise ElementRefused(found)
    document.status = status
    return _write(act, document, element, created=False, before=before)


def find(act: Act, name: str) -> Document | None:
    """By InvoiceID or number; a number that several bills share finds the newest."""
    organisation = act.organisation.id
    return documents.find(act.store, organisation, INVOICE, name) or documents.find_by_number(
        act.store, organisation, INVOICE, name
    )


def resave(act: Act, document: Document, *, seen: bool = True) -> None:
    """Write a document whose standing moved (a payment, a credit), with a fresh UpdatedDateUTC and an event."""
    if seen:
        document.updated_ms = later(act, document.updated_ms)
    documents.save(act.store, act.organisation.id, document)
    act.announce(category="INVOICE", resource=document.id, created=False)


def _match(act: Act, element: Element, name: str | None) -> Document | None:
    if name:
        return find(act, name)
    wanted = element.text("InvoiceID")
    if wanted:
        found = documents.find(act.store, act.organisation.id, INVOICE, wanted)
        if found is None:
            raise ElementRefused(["An existing Invoice with the specified InvoiceID could not be found"])
        return found
    number = element.text("InvoiceNumber")
    is_bill = (element.text("Type") or "").upper() == "ACCPAY"
    if not number or is_bill:
        return None
    return documents.find_by_number(act.store, act.organisation.id, INVOICE, number, "ACCREC")


def _refuse_move(act: Act, document: Document, element: Element, status: str) -> None:
    if status == document.status:
        return
    if document.is_settled_in_part and status != "PAID":
        raise ElementRefused(
            [
                f"The status {status} cannot be applied to the invoice because it has payments or credit notes allocated to it."
            ]
        )
    if status not in INVOICE.moves[document.status]:
        raise ElementRefused([CLOSED_TO_CHANGE])
    if status in CLOSED and "LineItems" in element:
        raise ElementRefused([CLOSED_TO_CHANGE])


def _refuse_locked(act: Act, dated: date) -> None:
    sentence = act.organisation.lock_sentence(dated)
    if sentence:
        raise ElementRefused([sentence])


def _write(
    act: Act, document: Document, element: Element, *, created: bool, before: Document | None = None
) -> Document:
    faults: list[str] = []
    warnings: list[str] = []
    _read_contact(act, document, element, faults)
    _read_dates(act, document, element)
    _read_texts(document, element, faults)
    _read_currency(act, document, element, faults)
    _read_number(act, document, element, faults)
    _read_lines(act, document, element, faults, warnings)
    _check_complete(act, document, element, faults)
    _read_sent(document, element, warnings)
    if faults:
        raise ElementRefused(faults, warnings)
    act.warnings.extend(warnings)
    if created and document.type == "ACCREC" and not document.number:
        document.number = documents.take_number(act, INVOICE)
    _approve(act, document, before)
    return _keep(act, document, before)


def _keep(act: Act, document: Document, before: Document | None) -> Document:
    created = before is None
    if before is None or not was_only_unseen(before, document):
        document.updated_ms = later(act, document.updated_ms)
    documents.save(act.store, act.organisation.id, document)
    contact = contacts.find(act.store, act.organisation.id, document.contact_id)
    sentence = f"{document.number} to {contact.name if contact else ''} for {document.total}."
    through = f"Received through the Xero API from {act.doer.name}" if act.doer.app_id else sentence
    act.note(document.id, "Created" if created else "Updated", through)
    act.announce(category="INVOICE", resource=document.id, created=created)
    return document


def _approve(act: Act, document: Document, before: Document | None) -> None:
    """Approval rules and roles may leave an approval lower than asked; a document over nothing is paid at once."""
    was_approved = before is not None and before.status in {"AUTHORISED", "PAID"}
    lowered = act.approved_as or act.organisation.approved_as
    if document.status == "AUTHORISED" and not was_approved and lowered and act.doer.app_id:
        document.status = lowered
    if document.status in {"AUTHORISED", "PAID"}:
        documents.settle(act, document, on=document.dated)
        contacts.mark_as(act, document.contact_id, customer=document.is_sales)


def _read_contact(act: Act, document: Document, element: Element, faults: list[str]) -> None:
    sent = element.child("Contact")
    if sent is None:
        if not document.contact_id:
            faults.append("A Contact must be specified for this type of transaction")
        return
    try:
        contact = _contact_of(act, sent)
    except ElementRefused as refused:
        faults.extend(refused.messages)
        return
    if contact.status == "ARCHIVED":
        faults.append(
            "The contact with the specified contact details has been archived. "
            "The contact must be un-archived before creating new invoices or credit notes."
        )
    document.contact_id = contact.id


def _contact_of(act: Act, sent: Element) -> Contact:
    """The contact an invoice names; fields beside its id rewrite the contact, an unknown name creates one."""
    wanted, name = sent.text("ContactID"), sent.text("Name")
    if not (wanted or name or sent.text("ContactNumber")):
        raise ElementRefused(["A Contact must be specified for this type of transaction"])
    archived = contacts.find(act.store, act.organisation.id, wanted) if wanted else None
    if archived and (archived.status == "ARCHIVED" or not set(sent.sent) - CONTACT_KEYS):
        return archived
    known = contacts.find_by_name(act.store, act.organisation.id, name) if name and not wanted else None
    if known and set(sent.sent) == {"Name"}:
        return known
    return contacts.upsert(act, sent)


def _read_dates(act: Act, document: Document, element: Element) -> None:
    document.dated = element.day("Date") or document.dated
    document.due = element.day("DueDate") or document.due or _due_by_terms(act, document)
    if document.type == "ACCPAY":
        document.planned = element.day("PlannedPaymentDate") or document.planned
    else:
        document.expected = element.day("ExpectedPaymentDate") or document.expected


def _due_by_terms(act: Act, document: Document) -> date | None:
    contact = contacts.find(act.store, act.organisation.id, document.contact_id)
    terms = contact.terms.get("Sales" if document.is_sales else "Bills") if contact else None
    if not terms or terms.get("Type") != "DAYSAFTERBILLDATE":
        return None
    return date.fromordinal(document.dated.toordinal() + int(terms["Day"]))


def _read_texts(document: Document, element: Element, faults: list[str]) -> None:
    if document.type == "ACCREC" and "Reference" in element:
        document.reference = element.text("Reference") or ""
        if len(document.reference) > MAX_TEXT:
            faults.append("The Reference must be 255 characters or fewer.")
    if document.type == "ACCREC":
        document.branding_theme_id = element.text("BrandingThemeID") or document.branding_theme_id
    url = element.text("Url")
    if url is not None:
        document.url = url
        if url and not _is_whole_url(url):
            faults.append("Url must be a valid absolute Url and cannot contain 'xero'.")


def _is_whole_url(url: str) -> bool:
    scheme, mark, rest = url.partition("://")
    return (
        scheme.lower() in {"http", "https"} and bool(mark and rest.strip("/")) and "xero" not in url.lower()
    )


def _read_currency(act: Act, document: Document, element: Element, faults: list[str]) -> None:
    asked = (element.text("CurrencyCode") or document.currency or act.organisation.base_currency).upper()
    if asked not in act.chart.currencies:
        faults.append(f"Organisation is not subscribed to currency {asked}")
    rate = element.number("CurrencyRate")
    if asked == act.organisation.base_currency:
        document.rate = Decimal(1)
    elif rate:
        document.rate = wire.places(rate, 6)
    elif asked != document.currency:
        document.rate = act.organisation.rate(asked)
    document.currency = asked


def _read_number(act: Act, document: Document, element: Element, faults: list[str]) -> None:
    number = element.text("InvoiceNumber")
    if number is None:
        return
    if len(number) > MAX_TEXT:
        faults.append("The InvoiceNumber must be 255 characters or fewer.")
    if document.type == "ACCREC" and number:
        other = documents.find_by_number(act.store, act.organisation.id, INVOICE, number, "ACCREC")
        if other and other.id != document.id:
            faults.append("Invoice # must be unique.")
    if number or document.type == "ACCPAY":
        document.number = number


def _read_lines(
    act: Act, document: Document, element: Element, faults: list[str], warnings: list[str]
) -> None:
    kept = document.line_amount_types
    document.line_amount_types = element.choice("LineAmountTypes", LINE_AMOUNT_TYPES) or kept
    reading = lines.Reading(act, document, types_moved=document.line_amount_types != kept)
    sent = element.children("LineItems")
    if sent is not None:
        document.lines = reading.merge(sent)
    else:
        reading.recheck()
        if document.line_amount_types != kept:
            reading.retax()
    documents.add_up(document)
    faults.extend(reading.faults)
    warnings.extend(reading.warnings)
    faults.extend(_total_faults(document, element) if sent is not None else [])


def _total_faults(document: Document, element: Element) -> list[str]:
    said = (element.number("SubTotal"), element.number("TotalTax"), element.number("Total"))
    held = (document.sub_total, document.total_tax, document.total)
    if any(sent is not None and wire.cents(sent) != own for sent, own in zip(said, held, strict=True)):
        return ["The document total does not equal the sum of the lines."]
    if document.total < 0:
        return ["The document total must be greater than or equal to zero."]
    return []


def _check_complete(act: Act, document: Document, element: Element, faults: list[str]) -> None:
    if document.status not in COMPLETE:
        return
    if not document.lines:
        faults.append("One or more line items must be specified")
    if any(not line.description and not line.item_code for line in document.lines):
        faults.append("Description must be specified")
    if document.due is None:
        faults.append("Due date must be specified")
    locked = act.organisation.lock_sentence(document.dated)
    if locked:
        faults.append(locked)


def _read_sent(document: Document, element: Element, warnings: list[str]) -> None:
    sent = element.flag("SentToContact")
    if sent is None or document.type != "ACCREC":
        return
    if sent and document.status not in {"AUTHORISED", "PAID"}:
        warnings.append("Only AUTHORISED invoices may have SentToContact updated.")
        return
    document.sent_to_contact = sent
