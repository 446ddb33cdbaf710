"""From what somebody typed to what is stored: the steps that are the same for every kind of document.

Look up what the draft points at, complete what was left open, find faults, then fill the document's row and its lines.
Nothing here saves; the noun's verbs do, on a row that they have locked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final, Protocol, TypeVar, cast

from bluestamp.books import companies, documents, exchange_rates, items, jobs, keepers, ledgers, line_items
from bluestamp.books.codes import Codebook, Remark
from bluestamp.books.companies import Company
from bluestamp.books.documents import Document
from bluestamp.books.line_items import LineDraft, LineItem
from bluestamp.errors import Invalid
from bluestamp.money import amounts
from bluestamp.people import branches, places
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch

#: What every kind of document has at its head, as its draft and its row both call it.
HEAD: Final = (
    "branch_id",
    "company_id",
    "job_id",
    "issued_on",
    "due_on",
    "currency",
    "reference",
    "tax_mode",
)


class Draft(Protocol):
    """What the drafts of all kinds have in common."""

    @property
    def branch_id(self) -> str: ...
    @property
    def company_id(self) -> str: ...
    @property
    def job_id(self) -> str | None: ...
    @property
    def issued_on(self) -> dt.date: ...
    @property
    def due_on(self) -> dt.date | None: ...
    @property
    def currency(self) -> str: ...
    @property
    def reference(self) -> str: ...
    @property
    def tax_mode(self) -> str: ...
    @property
    def own_rate(self) -> Decimal | None: ...
    @property
    def lines(self) -> tuple[LineDraft, ...]: ...


D = TypeVar("D", bound=Draft)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a draft points at, read once, and who wrote it. `is_held`: its ledger is not its branch's to choose."""

    branch: Branch
    company: Company
    codebook: Codebook
    by: Actor
    is_held: bool


def look_up(draft: Draft, kind: str, document: Document | None, *, by: Actor) -> Setting:
    """Read what the draft points at, on this side of the border. Raises NotFound for branch, company and job.

    `document` is the one that is changed, or the one that something new credits: where it is held, its codes belong.
    """
    branch = branches.find(draft.branch_id)
    company = companies.find(draft.company_id)
    if draft.job_id:
        jobs.find(draft.job_id)
    ledger = keepers.of_draft(branch.id, document)
    codebook = ledgers.codebook(ledger, kind, items=items.codes_for(ledger, kind, draft.lines))
    is_held = document is not None and keepers.holding(document) is not None
    return Setting(branch=branch, company=company, codebook=codebook, by=by, is_held=is_held)


def with_due_on(draft: D, setting: Setting) -> D:
    """Complete the due date by the company's terms, else the branch's (bookkeeping rule 20)."""
    if draft.due_on:
        return draft
    days = setting.company.terms_days
    days = setting.branch.payment_terms_days if days is None else days
    return _replaced(draft, due_on=draft.issued_on + dt.timedelta(days=days))


def with_codes(draft: D, setting: Setting) -> D:
    """Complete blank accounts and tax rates by what the ledger suggests; what was chosen stands."""
    return _replaced(draft, lines=tuple(_coded(line, setting) for line in draft.lines))


def _coded(line: LineDraft, setting: Setting) -> LineDraft:
    if line.account_code and line.tax_type:
        return line
    codes = setting.codebook.suggest(
        setting.company, account_code=line.account_code, master_id=line.master_id
    )
    return replace(line, account_code=codes.account_code, tax_type=line.tax_type or codes.tax_type)


def remarks(document: Document) -> list[Remark]:
    """Return what is worth a second look on lines that may stay as they are, each at its field."""
    ledger, lines = keepers.of(document), document.items
    known = items.codes_for(ledger, document.kind, lines)
    return ledgers.codebook(ledger, document.kind, items=known).remarks(lines)


def _replaced(draft: D, **changes: Any) -> D:
    return cast(D, replace(cast(Any, draft), **changes))


# Faults: what not even a draft may be


def faults(draft: Draft, stored: Draft | None, setting: Setting) -> list[Invalid]:
    """Return what may not stand there, in the order of the form. What stood there before is not held against a change."""
    return [
        *_head_faults(draft),
        *_newness_faults(draft, stored, setting),
        *faults_of_ids(draft, stored),
        *_item_faults(draft, setting),
        *line_items.faults(draft.lines),
        *_code_faults(draft, stored, setting),
    ]


def faults_of_ids(draft: Draft, stored: Draft | None) -> list[Invalid]:
    """Return a fault for each line that claims an id which the document does not have, or another line has too."""
    free = {line.id for line in stored.lines} if stored else set()
    found: list[Invalid] = []
    for position, line in enumerate(draft.lines):
        if line.id is not None and line.id not in free:
            found.append(Invalid("This line was removed meanwhile.", field=f"lines.{position}"))
        free.discard(line.id)
    return found


def _item_faults(draft: Draft, setting: Setting) -> list[Invalid]:
    """Foreign keys look across the border between studios; the codebook has read on this side of it."""
    return [
        Invalid("There is no such item.", field=f"lines.{position}.master_id")
        for position, line in enumerate(draft.lines)
        if line.master_id and line.master_id not in setting.codebook.items
    ]


def faults_of_text(values: Iterable[tuple[str, str, int]]) -> list[Invalid]:
    """Return a fault for text that its column can't hold: field, text and most letters of each."""
    return [
        Invalid(f"At most {most} letters." if len(text) > most else "This sign can't be kept.", field=field)
        for field, text, most in values
        if len(text) > most or "\x00" in text
    ]


def _head_faults(draft: Draft) -> list[Invalid]:
    found = faults_of_text([("reference", draft.reference, 255)])
    found += places.faults_of_currency(draft.currency, field="currency")
    if draft.tax_mode not in documents.TaxModes.values:
        found.append(Invalid("Say how the amounts are meant.", field="tax_mode"))
    if draft.due_on and draft.due_on < draft.issued_on:
        found.append(Invalid("It can't be due before its date.", field="due_on"))
    return found


def _newness_faults(draft: Draft, stored: Draft | None, setting: Setting) -> list[Invalid]:
    """An archived company and a closed branch are for nothing new; documents that have them keep them."""
    found: list[Invalid] = []
    if setting.company.is_archived and (stored is None or stored.company_id != draft.company_id):
        found.append(
            Invalid(f"{setting.company.name} is archived. Restore the company first.", field="company_id")
        )
    if not setting.branch.is_active and (stored is None or stored.branch_id != draft.branch_id):
        found.append(Invalid(f"The branch {setting.branch.name} is closed.", field="branch_id"))
    return found


def _code_faults(draft: Draft, stored: Draft | None, setting: Setting) -> list[Invalid]:
    """Codes that were just chosen must exist; ones that vanished since are flagged when they matter, not now."""
    same_ledger = stored is not None and (setting.is_held or stored.branch_id == draft.branch_id)
    known = {line.id: (line.account_code, line.tax_type) for line in stored.lines} if stored else {}
    chosen = [
        (position, line)
        for position, line in enumerate(draft.lines)
        if not (same_ledger and known.get(line.id) == (line.account_code, line.tax_type))
    ]
    return setting.codebook.faults(chosen, need_codes=False)


# Filling


def fill(document: Document, draft: Draft, setting: Setting, lines: Sequence[LineItem]) -> None:
    """Set the head from the draft and the totals from its lines.

    Refuses InvalidFields for totals too large, and for an exchange rate that may not be typed; NotPermitted.
    """
    found = exchange_rates.settle(document, draft, setting)
    for name in HEAD:
        setattr(document, name, getattr(draft, name))
    document.branch, document.company = setting.branch, setting.company
    document.company_name = setting.company.name
    document.search_text = document.words
    documents.set_totals(document, lines)
    if amounts.is_too_large(document.total):
        found.append(Invalid("The total is too large.", field="lines"))
    documents.refuse_faults(found)


def percents(draft: Draft, setting: Setting, *, standing: Mapping[str, tuple[str, Decimal]]) -> list[Decimal]:
    """Return each line's percentage: the rate's own, or the one that its line has and keeps.

    `standing` has tax type and percentage, by id, of lines whose tax no longer moves while their tax type stays.
    """
    found = []
    for line in draft.lines:
        tax_type, percent = standing.get(line.id or "", ("", Decimal(0)))
        keeps = line.id in standing and tax_type == line.tax_type
        found.append(percent if keeps else setting.codebook.percent(line.tax_type))
    return found


def standing_tax(lines: Iterable[LineItem]) -> dict[str, tuple[str, Decimal]]:
    """Return tax type and percentage of stored lines by id, for `percents`."""
    return {line.id: (line.tax_type, line.tax_percent) for line in lines}
