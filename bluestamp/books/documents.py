"""What expenses and invoices have in common: the head of a document, its totals, its payment standing, its version.

Every edit raises `version`; an edit that saw an older one is refused as `Stale`, with the fresh document in hand.
`ledger` is the one that holds the document, and `ledger_version` the version that it is known to hold. Both are written
by whoever keeps the ledger, through `note_ledger_version`; here they tell what is ahead of it, and `keepers` where the
document belongs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Final, NamedTuple, TypeVar, cast

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Concat, Left, Lower

from bluestamp.books import keepers
from bluestamp.books.companies import Company
from bluestamp.books.jobs import Job
from bluestamp.books.ledgers import Ledger
from bluestamp.books.line_items import LineItem, priced
from bluestamp.errors import Conflict, Invalid, InvalidFields, NotFound
from bluestamp.money import amounts
from bluestamp.money.totals import TaxMode, Totals
from bluestamp.people.branches import Branch
from bluestamp.people.rows import StudioRow

ZERO: Final = Decimal("0.00")
#: Letters that a search looks in; more would not fit into an entry of an index (2,704 bytes).
LONGEST_SEARCH: Final = 600


class TaxModes(models.TextChoices):
    """How the unit amounts of a document are meant."""

    EXCLUSIVE = TaxMode.EXCLUSIVE.value, "Tax is added"
    INCLUSIVE = TaxMode.INCLUSIVE.value, "Tax is included"
    NO_TAX = TaxMode.NO_TAX.value, "No tax"


class RateOrigin(models.TextChoices):
    """Whose exchange rate a document has; none yet, or none at all, is ""."""

    LEDGER = "ledger", "the ledger's"
    OWN = "own", "typed here"
    INVOICE = "invoice", "its invoice's"


class Rows(models.QuerySet[Any]):
    """Lists of documents, as pages and the API ask for them."""

    def with_words(self, text: str) -> Rows:
        """Keep those whose number, company or reference contains the text, whatever its case.

        No trigram index: behind a row-level policy PostgreSQL may not use one, for LIKE is not leakproof.
        """
        words = text.strip().lower()
        return self.filter(search_text__contains=words) if words else self

    def ahead_of_ledger(self) -> Rows:
        """Keep those that changed since their ledger last got them."""
        return self.filter(version__gt=F("ledger_version"))

    def newest_first(self) -> Rows:
        """Order by date, the newest first, and stably."""
        return self.order_by("-issued_on", "-id")


class Document(StudioRow):
    """The head of a document. Amounts are in `currency`, two places; days are calendar days and never shift."""

    kind: ClassVar[str]
    #: the columns in which a search looks
    searched: ClassVar[tuple[str, ...]] = ("number", "company_name", "reference")

    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="+")
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    company_name = models.CharField(max_length=255)
    job = models.ForeignKey(Job, null=True, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=50, blank=True)
    reference = models.CharField(max_length=255, blank=True)
    currency = models.CharField(max_length=3)
    #: as the ledger counts it; `exchange_rates` says whose it is, and only `money.exchange` which way round
    currency_rate = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    rate_origin = models.CharField(max_length=10, choices=RateOrigin.choices, blank=True)
    #: the day whose rate the ledger took; None where that isn't known, or the rate isn't its own
    rate_on = models.DateField(null=True)
    tax_mode = models.CharField(max_length=10, choices=TaxModes.choices, default=TaxModes.EXCLUSIVE)
    issued_on = models.DateField()
    due_on = models.DateField(null=True)

    sub_total = models.DecimalField(max_digits=14, decimal_places=2, default=ZERO)
    total_tax = models.DecimalField(max_digits=14, decimal_places=2, default=ZERO)
    total = models.DecimalField(max_digits=14, decimal_places=2, default=ZERO)
    amount_paid = models.DecimalField(max_digits=14, decimal_places=2, default=ZERO)
    amount_credited = models.DecimalField(max_digits=14, decimal_places=2, default=ZERO)
    amount_due = models.DecimalField(max_digits=14, decimal_places=2, default=ZERO)
    fully_paid_on = models.DateField(null=True)

    status = models.CharField(max_length=10)
    version = models.PositiveIntegerField(default=1)
    ledger = models.ForeignKey(Ledger, null=True, on_delete=models.PROTECT, related_name="+")
    ledger_version = models.PositiveIntegerField(null=True)
    in_books_already = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    changed_at = models.DateTimeField()
    search_text = models.CharField(max_length=LONGEST_SEARCH, blank=True)

    objects = Rows.as_manager()

    class Meta:
        abstract = True
        indexes = [
            models.Index(fields=["studio", "-issued_on", "-id"], name="%(class)s_newest"),
            models.Index(fields=["studio", "status", "-issued_on", "-id"], name="%(class)s_by_status"),
            models.Index(fields=["studio", "company"], name="%(class)s_of_company"),
            models.Index(fields=["studio", "job"], name="%(class)s_of_job"),
            # The tabs' counts are read from this index alone, and hardly a row of the table.
            models.Index(fields=["studio", "status", "due_on"], name="%(class)s_counted"),
            models.Index(fields=["studio"], condition=Q(in_books_already=True), name="%(class)s_in_books"),
            models.Index(
                fields=["studio"], condition=Q(version__gt=F("ledger_version")), name="%(class)s_ahead"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["studio", "number"], condition=~Q(number=""), name="%(class)s_number_once"
            ),
            models.CheckConstraint(
                condition=Q(total=F("sub_total") + F("total_tax")), name="%(class)s_total_adds_up"
            ),
            models.CheckConstraint(
                condition=Q(amount_paid__gte=0, amount_credited__gte=0), name="%(class)s_standing_positive"
            ),
            models.CheckConstraint(condition=Q(tax_mode__in=TaxModes.values), name="%(class)s_tax_mode"),
            models.CheckConstraint(condition=Q(version__gte=1), name="%(class)s_version"),
            models.CheckConstraint(
                condition=Q(ledger=None, ledger_version=None)
                | Q(ledger__isnull=False, ledger_version__isnull=False),
                name="%(class)s_version_of_a_ledger",
            ),
            models.CheckConstraint(
                condition=Q(currency_rate=None, rate_origin="")
                | (Q(currency_rate__gt=0) & Q(rate_origin__in=RateOrigin.values)),
                name="%(class)s_rate_is_somebodys",
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"{self.kind} {self.id}"

    def money(self, amount: Decimal) -> str:
        """Write an amount of this document for a sentence, as its branch writes money."""
        return amounts.format_amount(amount, currency=self.currency, locale=self.branch.locale)

    @property
    def words(self) -> str:
        """What a search looks in."""
        parts = (getattr(self, name) for name in self.searched)
        return " ".join(part for part in parts if part).lower()[:LONGEST_SEARCH]

    @property
    def own_rate(self) -> Decimal | None:
        """The exchange rate that a person typed for it; None when it is somebody else's, or nobody's yet."""
        return self.currency_rate if self.rate_origin == RateOrigin.OWN else None

    @property
    def items(self) -> list[LineItem]:
        """The lines, in their order."""
        return list(cast(Any, self).lines.all())


DocumentType = TypeVar("DocumentType", bound=Document)

#: Every kind of document; each noun's file registers its own.
KINDS: dict[str, type[Document]] = {}


def register(kind: str) -> Callable[[type[DocumentType]], type[DocumentType]]:
    """Make a class the model of a kind of document."""

    def remember(model: type[DocumentType]) -> type[DocumentType]:
        model.kind = kind
        KINDS[kind] = model
        return model

    return remember


class Move(NamedTuple):
    """A step in a document's life."""

    starts: Set[str]
    end: str


@dataclass(frozen=True, slots=True)
class PaymentStanding:
    """What was paid, credited and is due, in the document's currency; `fully_paid_on` only once nothing is."""

    amount_paid: Decimal
    amount_credited: Decimal
    amount_due: Decimal
    fully_paid_on: dt.date | None = None


class Stale(Conflict):
    """Somebody changed the document first; `fresh` is what it is now."""

    code = "STALE"

    def __init__(self, fresh: Document) -> None:
        super().__init__(
            "Somebody changed this while you had it open. Here is what it says now; look, then save again."
        )
        self.fresh = fresh


class NotEditable(Conflict):
    """The document's status does not allow changes."""

    code = "NOT_EDITABLE"


def kind_of(document: Document) -> str:
    """Return the kind of a document: "expense", "invoice"."""
    return document.kind


def load(kind: str, document_id: str) -> Document:
    """Return one document with company, job and lines. Raises NotFound."""
    model = KINDS.get(kind)
    rows = (
        model.objects.select_related("company", "job", "branch", "ledger").prefetch_related("lines")
        if model
        else None
    )
    found: Document | None = rows.filter(id=document_id).first() if rows is not None else None
    if found is None:
        raise NotFound(f"There is no such {kind.replace('_', ' ')}.")
    return found


def note_ledger_version(*, kind: str, document_id: str, version: int, ledger_id: str) -> None:
    """Write down that a ledger holds the document, and which version of it. Not an edit."""
    note_ledger_versions(kind=kind, versions=[(document_id, version)], ledger_id=ledger_id)


def note_ledger_versions(*, kind: str, versions: Iterable[tuple[str, int]], ledger_id: str) -> None:
    """Write down many of them, by document; one statement for each version, of which most are the same."""
    held = dict(versions)
    for version in sorted(set(held.values())):
        ids = [id_ for id_, known in held.items() if known == version]
        KINDS[kind].objects.filter(id__in=ids).update(ledger_version=version, ledger_id=ledger_id)


def leave_ledger(*, kind: str, document_id: str) -> None:
    """Write down that no ledger holds the document any more: its branch's counts again. Not an edit."""
    KINDS[kind].objects.filter(id=document_id).update(ledger_version=None, ledger_id=None)


def stand_in_books_already(ledger_id: str, *, before: dt.date) -> None:
    """Mark what would go to a ledger and is older than its start; what is younger loses the mark.

    It stands in the ledger's books by other means, so nobody sends it in bulk. Not an edit.
    """
    for kind, model in KINDS.items():
        unknown = model.objects.filter(keepers.kept_in(kind, ledger_id), ledger=None)
        unknown.filter(issued_on__lt=before, in_books_already=False).update(in_books_already=True)
        unknown.filter(issued_on__gte=before, in_books_already=True).update(in_books_already=False)


def rename_company(company_id: str, name: str) -> None:
    """Carry a company's new name into the lists; what was issued keeps its paper. The caller's transaction."""
    for model in KINDS.values():
        rows = model.objects.filter(company_id=company_id)
        rows.update(company_name=name)
        parts = [part for name in model.searched for part in (F(name), models.Value(" "))]
        rows.update(search_text=Left(Lower(Concat(*parts, output_field=models.TextField())), LONGEST_SEARCH))


# What every noun's verbs do alike


def locked(model: type[DocumentType], document_id: str, *, version: int | None = None) -> DocumentType:
    """Return the document, locked until the transaction ends. Raises NotFound, and Stale when it is newer than seen."""
    rows = model.objects.select_for_update(of=("self",)).select_related("company", "job", "branch", "ledger")
    found: DocumentType | None = rows.filter(id=document_id).first()
    if found is None:
        raise NotFound(f"There is no such {model.kind.replace('_', ' ')}.")
    if version is not None and found.version != version:
        raise Stale(found)
    return found


def raise_version(document: Document, *, now: dt.datetime, fields: Sequence[str]) -> None:
    """Save these fields of a locked document as its next version."""
    document.version += 1
    document.changed_at = now
    document.search_text = document.words
    document.save(update_fields=[*fields, "version", "changed_at", "search_text"])


#: The exchange rate, with whose it is.
RATE: Final = ("currency_rate", "rate_origin", "rate_on")
#: What an edit works out from the head and the lines.
TOTALS: Final = ("sub_total", "total_tax", "total", "amount_due", *RATE)


STANDING: Final = ("amount_paid", "amount_credited", "amount_due", "fully_paid_on")


def set_standing(document: Document, standing: PaymentStanding) -> bool:
    """Set what was paid, credited and is due; False when it says so already. Saves nothing."""
    changed = [name for name in STANDING if getattr(document, name) != getattr(standing, name)]
    for name in changed:
        setattr(document, name, getattr(standing, name))
    return bool(changed)


def set_totals(document: Document, lines: Sequence[LineItem]) -> Totals:
    """Price the lines and set the document's totals from them; saves nothing."""
    figures = priced(lines, tax_mode=TaxMode(document.tax_mode))
    document.sub_total, document.total_tax, document.total = (
        figures.sub_total,
        figures.total_tax,
        figures.total,
    )
    document.amount_due = document.total - document.amount_paid - document.amount_credited
    return figures


def add_lines(lines: Sequence[LineItem]) -> None:
    """Write the lines of a document that has none yet."""
    if lines:
        type(lines[0])._default_manager.bulk_create(lines)


def save_lines(document: Document, lines: Sequence[LineItem], *, known: Iterable[LineItem]) -> None:
    """Write the lines of a document: new ones are added, known ones keep their ids, missing ones go."""
    related = cast(Any, document).lines
    known_ids = {line.id for line in known}
    gone = known_ids - {line.id for line in lines}
    if gone:
        related.filter(id__in=gone).delete()
    add_lines([line for line in lines if line.id not in known_ids])
    related.model.objects.bulk_update(
        [line for line in lines if line.id in known_ids], related.model.written_fields()
    )


def refuse_faults(faults: Sequence[Invalid]) -> None:
    """Raise one InvalidFields for all faults, or return when there is none."""
    if faults:
        raise InvalidFields(list(faults))
