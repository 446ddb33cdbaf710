"""Addresses of documents in Xero's own pages, for the "open in Xero" link.

With the organisation's short code the link switches to that organisation first; without it Xero opens the last
one used. `origin` is https://go.xero.com unless told otherwise.
Source: "Deep linking to Xero" (developer.xero.com/documentation/api-guides/deep-link-xero).
"""

from urllib.parse import quote

DEFAULT_ORIGIN = "https://go.xero.com"


def invoice(invoice_id: str, *, short_code: str, origin: str = DEFAULT_ORIGIN) -> str:
    """Link to a sales invoice."""
    return _link(f"/AccountsReceivable/View.aspx?InvoiceID={_id(invoice_id)}", short_code, origin)


def bill(invoice_id: str, *, short_code: str, origin: str = DEFAULT_ORIGIN) -> str:
    """Link to a bill."""
    return _link(f"/AccountsPayable/Edit.aspx?InvoiceID={_id(invoice_id)}", short_code, origin)


def purchase_order(purchase_order_id: str, *, short_code: str, origin: str = DEFAULT_ORIGIN) -> str:
    """Link to a purchase order."""
    return _link(f"/Accounts/Payable/PurchaseOrders/View/{_id(purchase_order_id)}/", short_code, origin)


def sales_credit_note(credit_note_id: str, *, short_code: str, origin: str = DEFAULT_ORIGIN) -> str:
    """Link to a credit note given to a client (ACCRECCREDIT)."""
    return _link(
        f"/AccountsReceivable/ViewCreditNote.aspx?creditNoteID={_id(credit_note_id)}", short_code, origin
    )


def supplier_credit_note(credit_note_id: str, *, short_code: str, origin: str = DEFAULT_ORIGIN) -> str:
    """Link to a credit note received from a supplier (ACCPAYCREDIT)."""
    return _link(
        f"/AccountsPayable/ViewCreditNote.aspx?creditNoteID={_id(credit_note_id)}", short_code, origin
    )


def contact(contact_id: str, *, short_code: str, origin: str = DEFAULT_ORIGIN) -> str:
    """Link to a contact."""
    return _link(f"/Contacts/View/{_id(contact_id)}", short_code, origin)


def _id(identifier: str) -> str:
    return quote(identifier, safe="")


def _link(path: str, short_code: str, origin: str) -> str:
    if not short_code:
        return origin.rstrip("/") + path
    redirect = quote(path, safe="/")
    return f"{origin.rstrip('/')}/organisationlogin/default.aspx?shortcode={quote(short_code, safe='!')}&redirecturl={redirect}"
