"""The address that a document in Xero carries back to us, and how we know our own documents by it.

Xero shows it as "Go to Bluestamp". Invoices and bills are ours only if this address ends in our opaque id
(bookkeeping rule 1); the host is ignored, for a studio may move to another one.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.conf import settings

_NOUNS = {
    "expense": "expenses",
    "invoice": "invoices",
    "purchase_order": "purchase-orders",
    "credit_note": "credit-notes",
    "supplier_credit": "supplier-credits",
}
_OPAQUE_ID = re.compile(r"[0-9a-v]{20}")


def of_document(kind: str, document_id: str, *, studio_slug: str) -> str:
    """Return the permanent address of a document: `https://…/northlight/expenses/<id>`."""
    return f"{settings.BLUESTAMP_URL.rstrip('/')}/{studio_slug}/{_NOUNS[kind]}/{document_id}"


def our_id(url: str | None, *, kind: str) -> str:
    """Return the opaque id in an address of a document of this kind; "" when it is none of ours."""
    try:
        segments = urlsplit(url or "").path.rstrip("/").split("/")
    except ValueError:  # somebody else's address, which need not be one
        return ""
    if len(segments) < 3 or segments[-2] != _NOUNS[kind]:
        return ""
    return segments[-1] if _OPAQUE_ID.fullmatch(segments[-1]) else ""
