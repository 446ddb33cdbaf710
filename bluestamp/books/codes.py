"""The codes of a line, decided over what a ledger offers: which it starts with, and which it may not have.

Everything here is decided over values that were read already, so that a document of sixty lines asks the database as
often as one of a single line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Protocol

from bluestamp.errors import Invalid

if TYPE_CHECKING:
    from bluestamp.books.companies import Company
    from bluestamp.books.ledgers import Account, Ledger, TaxRate


#: The tax type that stands for "no tax" in every ledger (Xero's page "Types and Codes", tax types).
NO_TAX: Final = "NONE"

_A_CLASS: Final[Mapping[str, str]] = {
    "ASSET": "an asset",
    "EQUITY": "an equity",
    "EXPENSE": "an expense",
    "LIABILITY": "a liability",
    "REVENUE": "a revenue",
}


class Coded(Protocol):
    """A line, drafted or stored, with its codes."""

    @property
    def account_code(self) -> str: ...
    @property
    def tax_type(self) -> str: ...
    @property
    def master_id(self) -> str | None: ...


@dataclass(frozen=True, kw_only=True)
class Codes:
    """The codes that a new line starts with; "" for none."""

    account_code: str = ""
    tax_type: str = ""


@dataclass(frozen=True, kw_only=True)
class ItemCodes:
    """How a ledger books an item, for the kind of document that asks: sold or bought (rule 9); "" where it says nothing."""

    name: str
    account_code: str = ""
    tax_type: str = ""


@dataclass(frozen=True, kw_only=True)
class Remark:
    """Something to look at twice, at a field; it stops nothing."""

    field: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Codebook:
    """What a ledger offers to the lines of one kind of document, read once; without a ledger it offers nothing.

    `only_classes` are the classes of accounts that the kind may have; empty stands for any.
    """

    ledger: Ledger | None
    sells: bool
    accounts: Mapping[str, Account]
    tax_rates: Mapping[str, TaxRate]
    only_classes: frozenset[str] = frozenset()
    items: Mapping[str, ItemCodes] = field(default_factory=dict)

    def percent(self, tax_type: str) -> Decimal:
        """Return a tax type's percentage, an inactive one's too: a document keeps what it was priced with."""
        rate = self.tax_rates.get(tax_type)
        return rate.percent if rate else Decimal(0)

    def suggest(
        self, company: Company | None, *, account_code: str = "", master_id: str | None = None
    ) -> Codes:
        """Return the codes for a line: the first that is active and legal there, or "" where none is.

        The account is the line's own, which is not questioned here, then its item's, then the ledger's. The tax rate is
        the company's, then the item's, the account's, the ledger's (bookkeeping rules 8 and 9).
        """
        if self.ledger is None:
            return Codes()
        item = self.items.get(master_id or "")
        code = account_code or self._first_account(item)
        account = self.accounts.get(code)
        account = account if account is not None and account.is_active else None
        legal = (tax for tax in self._tax_choices(company, item, account) if self._goes(tax, account))
        return Codes(account_code=code, tax_type=next(legal, ""))

    def faults(self, lines: Iterable[tuple[int, Coded]], *, need_codes: bool) -> list[Invalid]:
        """Return what is wrong with the codes of lines at these positions, at `lines.<n>.account_code` or `.tax_type`.

        `need_codes` asks for both on every line; without it only codes that stand there are looked at. Where there is
        no ledger an account is free text, and a tax type, whose percentage nobody knows, is refused.
        """
        return [
            Invalid(sentence, field=f"lines.{position}.{name}")
            for position, line in lines
            for name, sentence in (
                *self._account_faults(line.account_code, need_codes=need_codes),
                *self._tax_faults(line, need_codes=need_codes),
            )
        ]

    def remarks(self, lines: Iterable[Coded]) -> list[Remark]:
        """Return what a bookkeeper would ask about lines that may stay as they are (rule 8).

        In a tax-registered organisation a line at "No tax" drops out of the tax return, where a zero-rated one stays.
        """
        if self.ledger is None:
            return []
        return [
            Remark(field=f"lines.{position}.{name}", sentence=sentence)
            for position, line in enumerate(lines)
            for name, sentence in (*self._passed_over(line), *self._left_out_of_the_return(line))
        ]

    def why_not(self, code: str) -> str:
        """Say why lines of this kind can't have the account; "" when they can."""
        account = self.accounts.get(code)
        name = self.ledger.name if self.ledger else ""
        if account is None or not account.may_stand_on_lines:
            return f"{name} has no active account {code} for lines."
        if self.only_classes and account.account_class not in self.only_classes:
            return f"{code} is {_A_CLASS[account.account_class]} account, which can't stand here."
        return ""

    def _first_account(self, item: ItemCodes | None) -> str:
        assert self.ledger is not None
        default = self.ledger.revenue_account_code if self.sells else self.ledger.expense_account_code
        choices = (item.account_code if item else "", default)
        return next((code for code in choices if code and not self.why_not(code)), "")

    def _tax_choices(
        self, company: Company | None, item: ItemCodes | None, account: Account | None
    ) -> Iterator[str]:
        assert self.ledger is not None
        if company is not None:
            yield company.sales_tax_type if self.sells else company.purchases_tax_type
        if item is not None:
            yield item.tax_type
        if account is not None:
            yield account.tax_type
        yield self.ledger.revenue_tax_type if self.sells else self.ledger.expense_tax_type

    def _goes(self, tax_type: str, account: Account | None) -> bool:
        rate = self.tax_rates.get(tax_type)
        if rate is None or not rate.is_active:
            return False
        return account is None or rate.goes_with(account.account_class)

    def _passed_over(self, line: Coded) -> Iterator[tuple[str, str]]:
        """An item's account that the line could not have: it got another, or none, and somebody should know."""
        item = self.items.get(line.master_id or "")
        if item is None or not item.account_code or item.account_code == line.account_code:
            return
        why = self.why_not(item.account_code)
        if why:
            yield "account_code", f"The account of “{item.name}” was passed over: {why}"

    def _left_out_of_the_return(self, line: Coded) -> Iterator[tuple[str, str]]:
        assert self.ledger is not None
        if self.ledger.is_tax_registered and line.tax_type == NO_TAX:
            yield "tax_type", "“No tax” leaves this line out of the tax return. Zero-rated stays in it."

    def _account_faults(self, code: str, *, need_codes: bool) -> Iterator[tuple[str, str]]:
        if self.ledger is None:
            return
        if code:
            why = self.why_not(code)
            if why:
                yield "account_code", f"{why} Choose another."
        elif need_codes:
            yield "account_code", "Choose an account: neither the item nor the ledger's default gives one."

    def _tax_faults(self, line: Coded, *, need_codes: bool) -> Iterator[tuple[str, str]]:
        if self.ledger is None:
            if line.tax_type:
                yield "tax_type", "This branch has no ledger, so the rate's percentage is not known."
            return
        rate, account = self.tax_rates.get(line.tax_type), self.accounts.get(line.account_code)
        if not line.tax_type:
            if need_codes:
                yield "tax_type", "Choose a tax rate."
        elif rate is None or not rate.is_active:
            yield (
                "tax_type",
                f"{self.ledger.name} no longer has the tax rate {line.tax_type}. Choose another.",
            )
        elif account is not None and account.may_stand_on_lines and not rate.goes_with(account.account_class):
            yield (
                "tax_type",
                f"{rate.name} can't be used with account {account.code}. Choose another rate.",
            )
