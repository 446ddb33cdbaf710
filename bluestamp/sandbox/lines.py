"""Reading lines: which are updated, added or dropped, which account and tax they may carry, what they come to.

From developer.xero.com, api/accounting/invoices (line items), taxrates, and guides: rounding in Xero.
"""

from decimal import Decimal

from bluestamp.sandbox import items, wire
from bluestamp.sandbox.acts import Act, new_id
from bluestamp.sandbox.charts import Account, TaxRate
from bluestamp.sandbox.documents import COMPLETE, Document, Line, Track
from bluestamp.sandbox.elements import Element
from bluestamp.sandbox.kinds import BANK_TRANSACTION

MAX_DESCRIPTION = 4000
MAX_LINE_AMOUNT = Decimal("9999999999.99")
CENT = Decimal("0.01")
AMOUNT_KEYS = ("Quantity", "UnitAmount", "LineAmount", "DiscountRate", "DiscountAmount")
MONEY_KEYS = (*AMOUNT_KEYS, "TaxAmount", "TaxType", "ItemCode")


Held = tuple[Decimal, str]
"""Line amount and tax type before: tax is worked out again only when one of them moved."""


class Reading:
    """Reads the lines of one document and collects everything wrong with them."""

    def __init__(
        self, act: Act, document: Document, *, types_moved: bool = False, posts: bool = True
    ) -> None:
        self.act, self.document = act, document
        self.types_moved = types_moved
        self.faults: list[str] = []
        self.warnings: list[str] = []
        self.must_be_complete = document.status in COMPLETE | {"PAID", "BILLED"}
        self.needs_accounts = posts and self.must_be_complete
        self.is_money = document.kind == BANK_TRANSACTION.name
        """Bank transactions word it shorter."""
        self.takes_discount = document.type in {"ACCREC", "PURCHASEORDER"}

    def merge(self, sent: list[Element]) -> list[Line]:
        """Entries with a known LineItemID update, the others add; lines that aren't mentioned are dropped."""
        known = {line.id: line for line in self.document.lines}
        return [self.read(element, self._take(known, element.text("LineItemID") or "")) for element in sent]

    def _take(self, known: dict[str, Line], line_id: str) -> Line | None:
        """The line that an entry updates; each is updated once, and an id that isn't there adds (or is refused)."""
        found = known.pop(line_id.lower(), None)
        if line_id and found is None and self.act.switches.unknown_line_id == "refused":
            self.faults.append(f"The line item with LineItemID {line_id} could not be found on this document")
        return found

    def read(self, element: Element, line: Line | None) -> Line:
        """Read one entry, on top of the line it updates; what it leaves out, an item that it names fills in."""
        element, fault = items.fill(self.act, self.document, element, line)
        self.faults += [fault] if fault else []
        found = line or Line(id=new_id())
        found.item_code = element.text("ItemCode") or found.item_code
        found.description = (
            element.text("Description") or "" if "Description" in element else found.description
        )
        if len(found.description) > MAX_DESCRIPTION:
            self.faults.append("Description must be 4000 characters or fewer.")
        self._read_tracking(element, found)
        if line is None and not any(key in element for key in ("AccountCode", "AccountID", *MONEY_KEYS)):
            return found
        held = (found.line_amount, found.tax_type)
        account = self._read_account(element, found)
        self._read_amounts(element, found)
        self._read_tax(element, found, account, held)
        return found

    def recheck(self) -> None:
        """Hold lines that weren't sent again to what the status asks for."""
        for line in self.document.lines:
            if line.quantity is not None or line.account_code:
                self._check_tax(line, self._account_of(line))

    def retax(self) -> None:
        """Work tax out again after the document's LineAmountTypes changed."""
        for line in self.document.lines:
            rate = self.act.chart.tax_rate(line.tax_type)
            line.tax_amount = tax_on(line.line_amount, rate, self.document.line_amount_types)

    def _read_account(self, element: Element, line: Line) -> Account | None:
        code, account_id = element.text("AccountCode"), element.text("AccountID")
        if code is None and account_id is None:
            return self._account_of(line)
        chart = self.act.chart
        account = chart.account(code) if code else chart.accounts.get((account_id or "").lower())
        if account is None and (not code or self.is_money):
            self.faults.append("Account must be valid.")
            return None
        refused = self._refuse_account(code or account_id or "", account)
        line.account_code = "" if refused or account is None else account.code
        line.account_id = "" if refused or account is None else account.id
        return None if refused else account

    def _refuse_account(self, code: str, account: Account | None) -> bool:
        if account is None and not self.must_be_complete:
            self.warnings.append(
                f"Account code '{code}' has been removed as it does not match a recognised account."
            )
            return True
        if account is None or not account.is_open_to_lines:
            self.faults.append(f"Account code '{code}' is not a valid code for this document.")
            return True
        if account.status != "ACTIVE":
            self.faults.append(
                f"Account code '{code}' has been archived, or has been deleted. Each line item must reference a valid account."
            )
            return True
        return False

    def _account_of(self, line: Line) -> Account | None:
        account = self.act.chart.accounts.get(line.account_id)
        if account is None and self.needs_accounts:
            self.faults.append("Account code must be specified")
        return account

    def _read_amounts(self, element: Element, line: Line) -> None:
        if line.quantity is not None and not any(key in element for key in AMOUNT_KEYS):
            return
        quantity = element.number("Quantity")
        line.quantity = wire.places(quantity, 4) if quantity is not None else line.quantity or Decimal(1)
        if self.takes_discount:
            _read_discount(element, line)
        said = element.number("LineAmount")
        unit = self._unit_amount(element, line, said)
        line.unit_amount = wire.places(unit, self.act.unit_places)
        expected = line_amount(line)
        if "UnitAmount" not in element and said is not None and not line.line_amount:
            expected = wire.cents(said)
        if said is not None and wire.cents(said) != expected:
            self.faults.append(
                f"The line total {wire.cents(said)} does not match the expected line total {expected}"
            )
        if abs(expected) > MAX_LINE_AMOUNT:
            self.faults.append("The line amount cannot be greater than 9999999999.99")
        line.line_amount = expected

    @staticmethod
    def _unit_amount(element: Element, line: Line, said: Decimal | None) -> Decimal:
        sent = element.number("UnitAmount")
        if sent is not None:
            return sent
        if line.unit_amount is not None:
            return line.unit_amount
        return said / line.quantity if said is not None and line.quantity else Decimal(0)

    def _read_tax(self, element: Element, line: Line, account: Account | None, held: Held) -> None:
        sent = element.text("TaxType")
        if sent == "" and self.needs_accounts:
            self.faults.append("The TaxType field is mandatory")
        if sent:
            line.tax_type = sent.upper()
        elif account and not line.tax_type:
            line.tax_type = account.tax_type
        line.tax_type = line.tax_type or "NONE"
        rate = self._check_tax(line, account)
        said = element.number("TaxAmount")
        if self.document.line_amount_types == "NoTax":
            line.tax_amount = Decimal("0.00")
        elif said is not None:
            self._check_override(said, tax_on(line.line_amount, rate, self.document.line_amount_types))
            line.tax_amount = wire.cents(said)
        elif self.types_moved or held != (line.line_amount, line.tax_type):
            line.tax_amount = tax_on(line.line_amount, rate, self.document.line_amount_types)

    def _check_tax(self, line: Line, account: Account | None) -> TaxRate | None:
        rate = self.act.chart.tax_rate(line.tax_type)
        if rate is None or (self.act.switches.tax_side_checked and self._is_other_side(rate)):
            sentence = f"The TaxType code {line.tax_type} does not exist or cannot be used for this type of transaction."
            self.faults.append("Tax rate must be valid." if self.is_money else sentence)
        elif account and not rate.suits(account.class_):
            self.faults.append(
                f"The TaxType code '{rate.tax_type}' cannot be used with account code '{account.code}'."
            )
        return rate

    def _is_other_side(self, rate: TaxRate) -> bool:
        """Is it output tax on a purchase, or input tax on a sale?"""
        return ("INPUT" if self.document.is_sales else "OUTPUT") in rate.tax_type

    def _check_override(self, said: Decimal, expected: Decimal) -> None:
        if self.act.switches.tax_override == "cent" and abs(said - expected) > CENT:
            self.faults.append(f"The tax amount {said} does not match the expected tax amount {expected}")

    def _read_tracking(self, element: Element, line: Line) -> None:
        sent = element.children("Tracking")
        if sent is None:
            return
        if len(sent) > 2:
            self.faults.append("A maximum of 2 tracking categories can be used on a line item.")
        line.tracking = [track for entry in sent if (track := self._track(entry))]

    def _track(self, element: Element) -> Track | None:
        wanted = element.text("TrackingCategoryID") or element.text("Name") or ""
        option = element.text("Option") or element.text("TrackingOptionID") or ""
        for category in self.act.organisation.tracking:
            if category.status == "ACTIVE" and wanted.lower() in {category.id, category.name.lower()}:
                found = category.option(option)
                if found:
                    return Track(category.id, category.name, found.name)
                self.faults.append(
                    f"The Tracking option '{option}' could not be found in category '{category.name}'."
                )
                return None
        self.faults.append(f"The Tracking category '{wanted}' could not be found.")
        return None


def _read_discount(element: Element, line: Line) -> None:
    """A rate or an amount, the one replacing the other; nought takes the discount off again."""
    if "DiscountRate" in element:
        line.discount_rate, line.discount_amount = element.number("DiscountRate") or None, None
    if "DiscountAmount" in element:
        line.discount_amount = element.number("DiscountAmount") or None
        line.discount_rate = line.discount_rate if "DiscountRate" in element else None


def line_amount(line: Line) -> Decimal:
    """Quantity times unit amount, less the discount, rounded half up to cents."""
    gross = (line.quantity or Decimal(0)) * (line.unit_amount or Decimal(0))
    if line.discount_rate:
        gross = gross * (100 - line.discount_rate) / 100
    return wire.cents(wire.cents(gross) - line.discount_amount if line.discount_amount else gross)


def tax_on(amount: Decimal, rate: TaxRate | None, line_amount_types: str) -> Decimal:
    """The tax in or on a line amount, rounded half up to cents."""
    if rate is None or line_amount_types == "NoTax":
        return Decimal("0.00")
    percent = rate.effective
    if line_amount_types == "Inclusive":
        return wire.cents(amount * percent / (100 + percent))
    return wire.cents(amount * percent / 100)
