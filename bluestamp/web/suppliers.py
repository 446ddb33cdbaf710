"""A company named in a document's form: one that exists, or one made by naming it there."""

from __future__ import annotations

from bluestamp.books import companies
from bluestamp.books.companies import CompanyDraft
from bluestamp.errors import Invalid
from bluestamp.web.document_forms import NEW
from bluestamp.web.typed import Typed
from bluestamp.web.visits import Visit


def of_form(form: Typed, visit: Visit, *, is_supplier: bool) -> str:
    """Return the company's id, making the company when the form names a new one; the caller's transaction."""
    word = form.get("company_id")
    if not word.startswith(NEW):
        if not word:
            raise Invalid("Choose a supplier." if is_supplier else "Choose a client.", field="company_id")
        return word
    draft = CompanyDraft(name=word.removeprefix(NEW), is_supplier=is_supplier, is_client=not is_supplier)
    made = companies.create(draft, by=visit.actor, now=visit.now)
    return str(made.pk)
