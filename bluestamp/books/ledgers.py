"""Ledgers: the chart of accounts that branches book into, with tax rates, currencies, default codes and lock dates.

A branch has at most one. A ledger of its own is filled by a person; one that stands for an organisation elsewhere is
kept filled by whoever keeps that connection, through `fill`. Lines are validated against a ledger; nothing here asks
where it came from. What vanished elsewhere is marked inactive and never deleted, for documents name it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from decimal import Decimal
from typing import Any

from django.db import models, transaction

from bluestamp.books.codes import Codebook, Coded, Codes, ItemCodes
from bluestamp.books.companies import Company
from bluestamp.errors import Invalid, NotFound
from bluestamp.people import activity, branches, permissions
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch
from bluestamp.people.permissions import Action
from bluestamp.people.rows import StudioRow


class Source(models.TextChoices):
    """Who fills the ledger."""

    OWN = "own", "kept here"
    XERO = "xero", "kept in Xero"


class AccountClass(models.TextChoices):
    """The five classes of accounts."""

    ASSET = "ASSET", "Asset"
    EQUITY = "EQUITY", "Equity"
    EXPENSE = "EXPENSE", "Expense"
    LIABILITY = "LIABILITY", "Liability"
    REVENUE = "REVENUE", "Revenue"


class Ledger(StudioRow):
    """One chart of accounts with its defaults. Codes and tax types are of this ledger; "" for none."""

    name = models.CharField(max_length=255)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.OWN)
    base_currency = models.CharField(max_length=3)
    country = models.CharField(max_length=2, blank=True)
    is_tax_registered = models.BooleanField(default=False)
    revenue_account_code = models.CharField(max_length=10, blank=True)
    expense_account_code = models.CharField(max_length=10, blank=True)
    payments_account_code = models.CharField(max_length=10, blank=True)
    revenue_tax_type = models.CharField(max_length=50, blank=True)
    expense_tax_type = models.CharField(max_length=50, blank=True)
    period_lock_on = models.DateField(null=True)
    end_of_year_lock_on = models.DateField(null=True)
    refreshed_at = models.DateTimeField(null=True)
    #: whether payments are recorded here although the books are kept elsewhere (bookkeeping rule 12)
    records_payments_here = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class Account(StudioRow):
    """One account of a chart."""

    ledger = models.ForeignKey(Ledger, on_delete=models.CASCADE, related_name="accounts")
    code = models.CharField(max_length=10, blank=True)
    name = models.CharField(max_length=150)
    account_class = models.CharField(max_length=10, choices=AccountClass.choices)
    account_type = models.CharField(max_length=20, blank=True)
    tax_type = models.CharField(max_length=50, blank=True)
    accepts_payments = models.BooleanField(default=False)
    is_bank = models.BooleanField(default=False)
    #: kept by the ledger itself (debtors, creditors …); never on a line
    is_system = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    external_id = models.CharField(max_length=36, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["studio", "ledger", "code"],
                condition=~models.Q(code="") & models.Q(is_active=True),
                name="account_code_once",
            )
        ]
        indexes = [models.Index(fields=["ledger", "code"], name="account_by_code")]

    def __str__(self) -> str:
        return f"{self.code} · {self.name}"

    @property
    def may_stand_on_lines(self) -> bool:
        """Whether lines of documents may name this account."""
        return self.is_active and bool(self.code) and not self.is_bank and not self.is_system


class TaxRate(StudioRow):
    """One tax rate: its effective percentage, its components, and the classes of accounts it goes with."""

    ledger = models.ForeignKey(Ledger, on_delete=models.CASCADE, related_name="tax_rates")
    tax_type = models.CharField(max_length=50)
    name = models.CharField(max_length=100)
    percent = models.DecimalField(max_digits=8, decimal_places=4)
    components = models.JSONField(default=list)
    for_assets = models.BooleanField(default=False)
    for_equity = models.BooleanField(default=False)
    for_expenses = models.BooleanField(default=False)
    for_liabilities = models.BooleanField(default=False)
    for_revenue = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["studio", "ledger", "tax_type"], name="tax_type_once")]

    def __str__(self) -> str:
        return self.name

    def goes_with(self, account_class: str) -> bool:
        """Tell whether lines on an account of this class may carry the rate."""
        return bool(getattr(self, _FLAG_OF_CLASS[account_class]))


class LedgerCurrency(StudioRow):
    """A currency that the ledger takes besides its own; `rate` is the last one known to be the ledger's, of `rate_on`."""

    ledger = models.ForeignKey(Ledger, on_delete=models.CASCADE, related_name="currencies")
    code = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    rate_on = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["studio", "ledger", "code"], name="currency_once")]


class BranchLedger(StudioRow):
    """Which ledger a branch books into."""

    branch = models.OneToOneField(Branch, on_delete=models.CASCADE, related_name="+")
    ledger = models.ForeignKey(Ledger, on_delete=models.PROTECT, related_name="branches")


_FLAG_OF_CLASS: Mapping[str, str] = {
    AccountClass.ASSET: "for_assets",
    AccountClass.EQUITY: "for_equity",
    AccountClass.EXPENSE: "for_expenses",
    AccountClass.LIABILITY: "for_liabilities",
    AccountClass.REVENUE: "for_revenue",
}

#: The class of account offered first for each kind of document (bookkeeping rule 10); a bookkeeper may take any other.
FIRST_CLASS = {
    "invoice": AccountClass.REVENUE,
    "credit_note": AccountClass.REVENUE,
    "quote": AccountClass.REVENUE,
    "expense": AccountClass.EXPENSE,
    "supplier_credit": AccountClass.EXPENSE,
    "purchase_order": AccountClass.EXPENSE,
}

#: The kinds whose lines take accounts of these classes only; every other takes any account that may stand on lines.
ONLY_CLASSES: Mapping[str, frozenset[str]] = {
    "purchase_order": frozenset({AccountClass.EXPENSE, AccountClass.LIABILITY}),
}


# What fills a ledger


@dataclass(frozen=True, kw_only=True)
class ChartAccount:
    """One account as a chart brings it."""

    code: str
    name: str
    account_class: str
    account_type: str = ""
    tax_type: str = ""
    accepts_payments: bool = False
    is_bank: bool = False
    is_system: bool = False
    is_active: bool = True
    external_id: str = ""


@dataclass(frozen=True, kw_only=True)
class ChartTaxRate:
    """One tax rate as a chart brings it. `percent` is the effective one, with compound components in it."""

    tax_type: str
    name: str
    percent: Decimal
    components: tuple[dict[str, Any], ...] = ()
    for_assets: bool = False
    for_equity: bool = False
    for_expenses: bool = False
    for_liabilities: bool = False
    for_revenue: bool = False
    is_active: bool = True


@dataclass(frozen=True, kw_only=True)
class Chart:
    """All that a ledger is filled with."""

    name: str
    base_currency: str
    country: str = ""
    is_tax_registered: bool = False
    period_lock_on: dt.date | None = None
    end_of_year_lock_on: dt.date | None = None
    accounts: tuple[ChartAccount, ...] = ()
    tax_rates: tuple[ChartTaxRate, ...] = ()
    currencies: tuple[str, ...] = field(default_factory=tuple)


def fill(ledger: Ledger, chart: Chart, *, now: dt.datetime) -> Ledger:
    """Make the ledger say what the chart says. What the chart no longer has turns inactive; nothing is deleted."""
    with transaction.atomic():
        ledger = Ledger.objects.select_for_update().get(id=ledger.id)
        for name in _HEAD_OF_CHART:
            setattr(ledger, name, getattr(chart, name))
        ledger.refreshed_at = now
        ledger.save(update_fields=[*_HEAD_OF_CHART, "refreshed_at"])
        _fill_accounts(ledger, chart.accounts)
        _fill_tax_rates(ledger, chart.tax_rates)
        wanted = set(chart.currencies) - {chart.base_currency}
        ledger.currencies.exclude(code__in=wanted).delete()
        new = [
            LedgerCurrency(studio_id=ledger.studio_id, ledger=ledger, code=code) for code in sorted(wanted)
        ]
        LedgerCurrency.objects.bulk_create(new, ignore_conflicts=True)
    return ledger


_HEAD_OF_CHART = (
    "name",
    "base_currency",
    "country",
    "is_tax_registered",
    "period_lock_on",
    "end_of_year_lock_on",
)


def _fill_accounts(ledger: Ledger, accounts: Sequence[ChartAccount]) -> None:
    """Accounts are known by their id elsewhere, or by code where they have none; renamed codes are followed."""
    known = {row.external_id or row.code: row for row in ledger.accounts.all()}
    keys = {account.external_id or account.code for account in accounts}
    vanished = [row for key, row in known.items() if key not in keys]
    changed = [
        row
        for account in accounts
        if (row := known.get(account.external_id or account.code)) and _take(row, asdict(account))
    ]
    # All of them inactive first, so that codes that changed places are free before they are taken.
    ledger.accounts.filter(id__in=[row.id for row in (*vanished, *changed)]).update(is_active=False)
    Account.objects.bulk_update(changed, [column.name for column in fields(ChartAccount)])
    new = [account for account in accounts if (account.external_id or account.code) not in known]
    Account.objects.bulk_create(
        Account(studio_id=ledger.studio_id, ledger=ledger, **asdict(account)) for account in new
    )


def _fill_tax_rates(ledger: Ledger, rates: Sequence[ChartTaxRate]) -> None:
    ledger.tax_rates.exclude(tax_type__in=[rate.tax_type for rate in rates]).update(is_active=False)
    known = {row.tax_type: row for row in ledger.tax_rates.all()}
    said = {rate.tax_type: {**asdict(rate), "components": list(rate.components)} for rate in rates}
    changed = [known[tax_type] for tax_type, values in said.items() if tax_type in known]
    changed = [row for row in changed if _take(row, said[row.tax_type])]
    TaxRate.objects.bulk_update(changed, [column.name for column in fields(ChartTaxRate)])
    new = [values for tax_type, values in said.items() if tax_type not in known]
    TaxRate.objects.bulk_create(
        TaxRate(studio_id=ledger.studio_id, ledger=ledger, **values) for values in new
    )


def _take(row: models.Model, values: Mapping[str, Any]) -> bool:
    """Make a row say this; False when it does already. Saves nothing."""
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)


def create(
    *, studio_id: int, name: str, base_currency: str, source: str = Source.OWN, country: str = ""
) -> Ledger:
    """Make an empty ledger; the caller's transaction."""
    return Ledger.objects.create(
        studio_id=studio_id, name=name, base_currency=base_currency, source=source, country=country
    )


def starter(*, studio_id: int, name: str, base_currency: str, country: str, now: dt.datetime) -> Ledger:
    """Make a ledger for a studio without Xero: a handful of accounts and one rate without tax, to be edited by a person.

    No tax percentages are put in: a list of ours would be wrong somewhere, and is wrong after the next budget.
    """
    ledger = create(studio_id=studio_id, name=name, base_currency=base_currency, country=country)
    chart = Chart(
        name=name,
        base_currency=base_currency,
        country=country,
        accounts=(
            ChartAccount(code="200", name="Sales", account_class="REVENUE", tax_type="NONE"),
            ChartAccount(code="310", name="Cost of sales", account_class="EXPENSE", tax_type="NONE"),
            ChartAccount(code="400", name="Overheads", account_class="EXPENSE", tax_type="NONE"),
        ),
        tax_rates=(
            ChartTaxRate(
                tax_type="NONE",
                name="No tax",
                percent=Decimal(0),
                for_assets=True,
                for_equity=True,
                for_expenses=True,
                for_liabilities=True,
                for_revenue=True,
            ),
        ),
    )
    ledger = fill(ledger, chart, now=now)
    edit_defaults(
        ledger,
        LedgerDefaults(
            revenue_account_code="200",
            expense_account_code="310",
            revenue_tax_type="NONE",
            expense_tax_type="NONE",
        ),
    )
    return ledger


@dataclass(frozen=True, kw_only=True)
class LedgerDefaults:
    """The codes that lines start with; "" for none."""

    revenue_account_code: str = ""
    expense_account_code: str = ""
    payments_account_code: str = ""
    revenue_tax_type: str = ""
    expense_tax_type: str = ""


def edit_defaults(ledger: Ledger, defaults: LedgerDefaults) -> Ledger:
    """Set the default codes. Refuses Invalid for a code or rate that the ledger does not have; the caller's permission."""
    checks = (
        ("revenue_account_code", _has_account), ("expense_account_code", _has_account),
        ("payments_account_code", _has_account), ("revenue_tax_type", _has_rate), ("expense_tax_type", _has_rate),
    )  # fmt: skip
    for name, has in checks:
        value = getattr(defaults, name)
        if value and not has(ledger, value):
            raise Invalid(f"{ledger.name} has no active {value}.", field=name)
        setattr(ledger, name, value)
    ledger.save(update_fields=[name for name, _ in checks])
    return ledger


def _has_account(ledger: Ledger, code: str) -> bool:
    return ledger.accounts.filter(code=code, is_active=True).exists()


def _has_rate(ledger: Ledger, tax_type: str) -> bool:
    return ledger.tax_rates.filter(tax_type=tax_type, is_active=True).exists()


# Which ledger, and what it offers


def of_branch(branch_id: str) -> Ledger | None:
    """Return the ledger that a branch books into; None for a branch without."""
    row = BranchLedger.objects.select_related("ledger").filter(branch_id=branch_id).first()
    return row.ledger if row else None


def find(ledger_id: str) -> Ledger:
    """Return one ledger. Raises NotFound."""
    found = Ledger.objects.filter(id=ledger_id).first()
    if found is None:
        raise NotFound("There is no such ledger.")
    return found


def assign(branch_ids: Collection[str], ledger: Ledger, *, by: Actor, now: dt.datetime) -> None:
    """Let exactly these branches book into the ledger; ones that did before and are not named book into none.

    Refuses NotPermitted, NotFound for a branch.
    """
    permissions.require(by, Action.EDIT_LEDGERS)
    with transaction.atomic():
        ledger.branches.exclude(branch_id__in=branch_ids).delete()
        for branch_id in sorted(branch_ids):
            # Foreign keys look across the border between studios; `find` does not.
            branch = branches.find(branch_id)
            BranchLedger.objects.update_or_create(
                studio_id=by.studio_id, branch=branch, defaults={"ledger": ledger}
            )
        activity.record(
            by=by,
            verb="ledger.assigned",
            kind="ledger",
            subject_id=ledger.id,
            sentence=f"{len(branch_ids)} {'branch books' if len(branch_ids) == 1 else 'branches book'} into {ledger.name}.",
            now=now,
        )


def currency_codes(ledger: Ledger) -> frozenset[str]:
    """Return the currencies that documents in this ledger may have, its own included."""
    return frozenset({ledger.base_currency, *ledger.currencies.values_list("code", flat=True)})


def locked_until(ledger: Ledger) -> dt.date | None:
    """Return the last day on which nothing may be dated any more; None when no period is locked."""
    return max((day for day in (ledger.period_lock_on, ledger.end_of_year_lock_on) if day), default=None)


def accounts_for(ledger: Ledger, kind: str) -> list[Account]:
    """Return the accounts that lines of this kind may name: the kind's own class first, then the others, by code."""
    rows = [row for row in ledger.accounts.filter(is_active=True).order_by("code") if row.may_stand_on_lines]
    only = ONLY_CLASSES.get(kind)
    rows = [row for row in rows if only is None or row.account_class in only]
    return sorted(rows, key=lambda row: row.account_class != FIRST_CLASS[kind])


def tax_rates_for(ledger: Ledger, account: Account | None = None) -> list[TaxRate]:
    """Return the active tax rates, those legal with the account only when one is given."""
    rows = ledger.tax_rates.filter(is_active=True).order_by("name")
    return [row for row in rows if account is None or row.goes_with(account.account_class)]


def percents(ledger: Ledger | None) -> dict[str, Decimal]:
    """Return every tax type's percentage, inactive ones too: a document keeps what it was priced with."""
    return dict(ledger.tax_rates.values_list("tax_type", "percent")) if ledger else {}


def codebook(ledger: Ledger | None, kind: str, *, items: Mapping[str, ItemCodes] | None = None) -> Codebook:
    """Read once all that lines of this kind of document may name in the ledger; `items` has the codes of its items."""
    # Active accounts come last, so that of two with one code the active one is found.
    accounts = ledger.accounts.exclude(code="").order_by("is_active") if ledger else ()
    rates = ledger.tax_rates.all() if ledger else ()
    return Codebook(
        ledger=ledger,
        sells=sells(kind),
        accounts={row.code: row for row in accounts},
        tax_rates={row.tax_type: row for row in rates},
        only_classes=ONLY_CLASSES.get(kind, frozenset()),
        items=items or {},
    )


def sells(kind: str) -> bool:
    """Tell whether documents of this kind are about what the studio sells; the others are about what it buys."""
    return FIRST_CLASS[kind] == AccountClass.REVENUE


def suggest(
    ledger: Ledger | None, kind: str, company: Company | None = None, *, account_code: str = ""
) -> Codes:
    """Return the codes for a new line without an item, as `Codebook.suggest` does."""
    return codebook(ledger, kind).suggest(company, account_code=account_code)


def faults_of_lines(
    ledger: Ledger | None, kind: str, lines: Iterable[Coded], *, need_codes: bool = True
) -> list[Invalid]:
    """Return what is wrong with the codes of each line, at `lines.<n>.account_code` or `lines.<n>.tax_type`.

    `need_codes` asks for both on every line; without it only codes that stand there are looked at.
    """
    return codebook(ledger, kind).faults(enumerate(lines), need_codes=need_codes)
