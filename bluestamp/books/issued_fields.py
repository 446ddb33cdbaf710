"""What the client has seen of an invoice, and so no longer changes once it was issued (bookkeeping rule 4)."""

from __future__ import annotations

from typing import Final

from bluestamp.books import drafts
from bluestamp.books.documents import Document
from bluestamp.books.drafts import Draft, Setting

#: What of the head may still change; of lines, their account.
OPEN: Final = frozenset({"due_on", "reference", "job_id"})
#: What of a line the client sees; of its tax type only the percentage.
_SEEN_OF_LINE: Final = ("item", "description", "quantity", "unit_amount", "discount_rate", "typed_tax")


def changed(stored: Document, draft: Draft, setting: Setting) -> list[str]:
    """Return the fields that the client has seen and that the draft would change, as the form calls them."""
    lines = stored.items
    fixed = [name for name in drafts.HEAD if name not in OPEN]
    found = [name for name in fixed if getattr(draft, name) != getattr(stored, name)]
    if [line.id for line in draft.lines] != [line.id for line in lines]:
        return [*found, "lines"]
    percents = drafts.percents(draft, setting, standing=drafts.standing_tax(lines))
    for position, (line, old, percent) in enumerate(zip(draft.lines, lines, percents, strict=True)):
        names = [name for name in _SEEN_OF_LINE if getattr(line, name) != getattr(old, name)]
        names += ["tax_type"] if percent != old.tax_percent else []
        found += [f"lines.{position}.{name}" for name in names]
    return found
