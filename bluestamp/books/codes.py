"""The codes of a line, decided over what a ledger offers: which it starts with, and which it may not have.

Everything here is decided over values that were read already, so that a document of sixty lines asks the database as
often as one of a single line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Protocol

from bluestamp.errors import Invalid

if TYPE_CHECKING:
    from bluestamp.books.companies import Company
    from bluestamp.books.ledgers import Account, Ledger, TaxRate


#: The tax type that stands for "no tax" in every ledger (Xero's page "Types and Codes", tax types).
NO_TAX: Final = "NONE"


class Coded(Protocol):
    """A line, drafted or stored, with its codes."""

    @property
    def account_code(self) -> str: ...
    @property
    def tax_type(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Codes:
    """The codes that a new line starts with; "" for none."""

    account_code: str = ""
    tax_type: str = ""


@dataclass(frozen=True, kw_only=True)
class Remark:
    """Something to look at twice, at a field; it stops nothing."""

    field: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Codebook:
    """What a ledger offers to the lines of one kind of document, read once; without a ledger it offers nothing."""

    ledger: Ledger | None
    sells: bool
    accounts: Mapping[str, Account]
    tax_rates: Mapping[str, TaxRate]

    def percent(self, tax_type: str) -> Decimal:
        """Return a tax type's percentage, an inactive one's too: a document keeps what it was priced with."""
        rate = self.tax_rates.get(tax_type)
        return rate.percent if rate else Decimal(0)

    def suggest(self, company: Company | None, *, account_code: str = "") -> Codes:
        """Return the codes for a line: the ledger's account unless one stands there, and the rate by rule 8.

        That is the company's, then the account's, then the ledger's: the first that is active and legal there.
        """
        if self.ledger is None:
            return Codes()
        code = account_code or self._default_account()
        account = self.accounts.get(code)
        account = account if account is not None and account.is_active else None
        legal = (tax_type for tax_type in self._choices(company, account) if self._goes(tax_type, account))
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
        if self.ledger is None or not self.ledger.is_tax_registered:
            return []
        why = "“No tax” leaves this line out of the tax return. Zero-rated stays in it."
        return [
            Remark(field=f"lines.{position}.tax_type", sentence=why)
            for position, line in enumerate(lines)
            if line.tax_type == NO_TAX
        ]

    def _default_account(self) -> str:
        assert self.ledger is not None
        return self.ledger.revenue_account_code if self.sells else self.ledger.expense_account_code

    def _choices(self, company: Company | None, account: Account | None) -> Iterator[str]:
        assert self.ledger is not None
        if company is not None:
            yield company.sales_tax_type if self.sells else company.purchases_tax_type
        if account is not None:
            yield account.tax_type
        yield self.ledger.revenue_tax_type if self.sells else self.ledger.expense_tax_type

    def _goes(self, tax_type: str, account: Account | None) -> bool:
        rate = self.tax_rates.get(tax_type)
        if rate is None or not rate.is_active:
            return False
        return account is None or rate.goes_with(account.account_class)

    def _account_faults(self, code: str, *, need_codes: bool) -> Iterator[tuple[str, str]]:
        if self.ledger is None:
            return
        account = self.accounts.get(code)
        if not code:
            if need_codes:
                yield "account_code", "Choose an account."
        elif account is None or not account.may_stand_on_lines:
            name = self.ledger.name
            yield "account_code", f"{name} has no active account {code} for lines. Choose another."

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
