"""What the web face calls kinds and statuses, and the deep-link path of every document.

Paths from developer.xero.com, api-guides/deep-link-xero; prepayments and overpayments have none published, and get ours.
"""

from bluestamp.sandbox.documents import Document

KIND_LABELS = {
    "ACCREC": "Invoice",
    "ACCRECCREDIT": "Credit note",
    "ACCPAY": "Bill",
    "ACCPAYCREDIT": "Supplier credit",
    "PURCHASEORDER": "Purchase order",
    "RECEIVE-PREPAYMENT": "Prepayment received",
    "SPEND-PREPAYMENT": "Prepayment made",
    "RECEIVE-OVERPAYMENT": "Overpayment received",
    "SPEND-OVERPAYMENT": "Overpayment made",
    "RECEIVE": "Money received",
    "SPEND": "Money spent",
}
SECTIONS = {
    "ACCREC": "kind = 'INVOICE' AND type = 'ACCREC'",
    "ACCRECCREDIT": "kind = 'CREDITNOTE' AND type = 'ACCRECCREDIT'",
    "ACCPAY": "kind = 'INVOICE' AND type = 'ACCPAY'",
    "ACCPAYCREDIT": "kind = 'CREDITNOTE' AND type = 'ACCPAYCREDIT'",
    "PURCHASEORDER": "kind = 'PURCHASEORDER'",
    "ADVANCES": "kind IN ('PREPAYMENT', 'OVERPAYMENT')",
    "BANK": "kind = 'BANKTRANSACTION'",
}
"""The lists of an organisation, and what stands in each."""
SECTIONS_OF_KINDS = {"PREPAYMENT": "ADVANCES", "OVERPAYMENT": "ADVANCES", "BANKTRANSACTION": "BANK"}
SECTION_LABELS = {
    "ACCREC": "Invoices",
    "ACCRECCREDIT": "Credit notes",
    "ACCPAY": "Bills",
    "ACCPAYCREDIT": "Supplier credits",
    "PURCHASEORDER": "Purchase orders",
    "ADVANCES": "Pre- and overpayments",
    "BANK": "Bank transactions",
}
STATUS_LABELS = {
    "DRAFT": "Draft",
    "SUBMITTED": "Awaiting approval",
    "AUTHORISED": "Awaiting payment",
    "PAID": "Paid",
    "BILLED": "Billed",
    "VOIDED": "Voided",
    "DELETED": "Deleted",
}
APPROVED_LABELS = {"PURCHASEORDER": "Approved", "BANKTRANSACTION": "Booked"}
TONES = {
    "SUBMITTED": "warn",
    "AUTHORISED": "main",
    "PAID": "ok",
    "BILLED": "ok",
    "VOIDED": "gone",
    "DELETED": "gone",
}
LINKS = {
    "ACCPAY": "/AccountsPayable/Edit.aspx?InvoiceID={}",
    "ACCREC": "/AccountsReceivable/View.aspx?InvoiceID={}",
    "ACCPAYCREDIT": "/AccountsPayable/ViewCreditNote.aspx?creditNoteID={}",
    "ACCRECCREDIT": "/AccountsReceivable/ViewCreditNote.aspx?creditNoteID={}",
    "PURCHASEORDER": "/Accounts/Payable/PurchaseOrders/View/{}/",
}
BANK_LINK = "/Bank/ViewTransaction.aspx?bankTransactionID={}"
CONTACT_LINK = "/Contacts/View/{}"


def section_of(document: Document) -> str:
    """The list that a document stands in."""
    return SECTIONS_OF_KINDS.get(document.kind, document.type)


def deep_link(document: Document) -> str:
    """The path of a document's page."""
    link = BANK_LINK if document.kind == "BANKTRANSACTION" else LINKS.get(document.type, "/documents/{}")
    return link.format(document.id)


def status_label(kind: str, status: str, *, gives_credit: bool = False) -> str:
    """A status in a bookkeeper's words: only what is owed awaits payment."""
    if status == "AUTHORISED":
        return "Unused" if gives_credit else APPROVED_LABELS.get(kind, STATUS_LABELS[status])
    return "Used" if status == "PAID" and gives_credit else STATUS_LABELS[status]
