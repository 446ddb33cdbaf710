"""A document as its reader gets it: a PDF of one page, an online link, a mail that is only noted.

From developer.xero.com, api/accounting/invoices: `Accept: application/pdf`, OnlineInvoice, Email. No mail leaves the
sandbox; the PDF holds the figures and says that it isn't Xero's.
"""

import hashlib
import textwrap

from bluestamp.sandbox import contacts, documents, plans, wire, writing
from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.contacts import Contact
from bluestamp.sandbox.documents import Document
from bluestamp.sandbox.errors import ElementRefused
from bluestamp.sandbox.kinds import INVOICE
from bluestamp.sandbox.store import Store

MAILED = frozenset({"SUBMITTED", "AUTHORISED", "PAID"})
TITLES = {
    "ACCREC": "INVOICE",
    "ACCPAY": "BILL",
    "ACCRECCREDIT": "CREDIT NOTE",
    "ACCPAYCREDIT": "CREDIT NOTE",
    "PURCHASEORDER": "PURCHASE ORDER",
}
LINES_ON_A_PAGE = 52


def pdf(act: Act, document: Document) -> bytes:
    """A document on one A4 page."""
    contact = contacts.find(act.store, act.organisation.id, document.contact_id)
    said = [
        f"{TITLES.get(document.type, document.type)} {document.number}",
        act.organisation.name,
        "",
        f"To: {contact.name if contact else ''}",
        f"Date: {wire.say_day(document.dated)}",
        *([f"Due: {wire.say_day(document.due)}"] if document.due else []),
        *([f"Reference: {document.reference}"] if document.reference else []),
        "",
        *(row for line in document.lines for row in _rows(line.description, str(line.line_amount))),
        "",
        *_rows("Subtotal", str(document.sub_total)),
        *_rows("Tax", str(document.total_tax)),
        *_rows(f"Total {document.currency}", str(document.total)),
        "",
        "From a sandbox: this is not Xero, and no money is asked for.",
    ]
    return _page(said[:LINES_ON_A_PAGE])


def online_code(act: Act, document: Document) -> str:
    """The code in the link under which a customer sees the invoice. Raises ElementRefused for bills and drafts."""
    if document.type != "ACCREC" or document.status in {"DRAFT", "DELETED"}:
        raise ElementRefused(["Online invoices are only available for approved sales invoices"])
    code = hashlib.sha256(f"online/{document.id}".encode()).hexdigest()[:40]
    act.store.put("facts", name=f"online invoice:{code}", value=f"{act.organisation.id} {document.id}")
    return code


def by_online_code(store: Store, code: str) -> tuple[str, str] | None:
    """The organisation and the invoice that a customer's link means."""
    held = store.scalar("SELECT value FROM facts WHERE name = ?", f"online invoice:{code}")
    organisation, _, document = str(held or "").partition(" ")
    return (organisation, document) if document else None


def email(act: Act, document: Document) -> None:
    """Mail a sales invoice to its contact and the people who get copies. Raises ElementRefused."""
    if document.type != "ACCREC" or document.status not in MAILED:
        raise ElementRefused(["Only SUBMITTED, AUTHORISED and PAID sales invoices can be emailed"])
    contact = contacts.find(act.store, act.organisation.id, document.contact_id)
    readers = _readers(contact)
    if not readers:
        raise ElementRefused(["The contact has no email address"])
    if not plans.count_email(act):
        raise ElementRefused(["The daily email limit has been reached for this organisation"])
    before = documents.copy(document)
    document.sent_to_contact = True
    writing.keep(act, INVOICE, document, before=before)
    act.note(document.id, "Invoice sent", f"This invoice has been sent to {', '.join(readers)}")


def _readers(contact: Contact | None) -> list[str]:
    if contact is None:
        return []
    copies = [str(person["EmailAddress"]) for person in contact.people if person.get("IncludeInEmails")]
    return [address for address in (contact.texts.get("EmailAddress", ""), *copies) if address]


def _rows(words: str, amount: str) -> list[str]:
    """Words to the left, the amount to the right of the last row of them."""
    wrapped = textwrap.wrap(words, 62) or [""]
    return [*wrapped[:-1], f"{wrapped[-1]:<64}{amount:>14}"]


def _page(rows: list[str]) -> bytes:
    """A PDF 1.4 with one page of text in a fixed-width font."""
    shown = "".join(f"({_escaped(row)}) Tj T* " for row in rows).encode("latin-1", "replace")
    stream = b"BT /F1 10 Tf 14 TL 50 790 Td " + shown + b"ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length " + str(len(stream)).encode() + b" >>\nstream\n" + stream + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>",
    ]
    written, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(written))
        written += str(number).encode() + b" 0 obj\n" + body + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = str(len(objects) + 1).encode()
    return (
        written
        + (b"xref\n0 " + size + b"\n0000000000 65535 f \n" + table)
        + (b"trailer\n<< /Size " + size + b" /Root 1 0 R >>\nstartxref\n")
        + (str(len(written)).encode() + b"\n%%EOF\n")
    )


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
