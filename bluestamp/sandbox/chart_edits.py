"""Writing accounts and tax rates through the API: one a call, unique names and codes, system ones left alone.

From developer.xero.com, api/accounting/accounts and taxrates, and the 400 examples of the OpenAPI file. Wordings that
those don't give are ours.
"""

from bluestamp.sandbox import charts, tracking, wire
from bluestamp.sandbox.acts import Act, later, new_id
from bluestamp.sandbox.charts import CLASSES, Account, TaxComponent, TaxRate
from bluestamp.sandbox.elements import Element
from bluestamp.sandbox.errors import ElementRefused

TYPES = frozenset(CLASSES)
ACCOUNT_STATUSES = frozenset({"ACTIVE", "ARCHIVED"})
RATE_STATUSES = frozenset({"ACTIVE", "ARCHIVED", "DELETED", "PENDING"})
ACCOUNT_LIMITS = {"Code": 10, "Name": 150, "Description": 4000}
REPORTING_COUNTRIES = frozenset({"AU", "NZ", "GB"})
"""Where a tax rate needs a ReportTaxType."""
CUSTOM = "TAX"
ON_SALES, ON_PURCHASES, ON_ALL = "AELR", "AEXL", "AEXLR"


def create_account(act: Act, element: Element) -> Account:
    """Create an account (PUT). Raises ElementRefused."""
    kind = element.choice("Type", TYPES)
    if kind is None:
        raise ElementRefused(["Account Type must be specified"])
    account = Account(id=new_id(), code="", name="", type=kind, class_=CLASSES[kind])
    account.tax_type = _default_tax_type(act, account)
    if kind == "BANK":
        account.bank_type, account.currency = "BANK", act.organisation.base_currency
        if not element.text("BankAccountNumber"):
            raise ElementRefused(["Bank Account Number must be specified"])
    return _write_account(act, account, element)


def change_account(act: Act, element: Element, account: Account) -> Account:
    """Change an account, or archive it or bring it back; not both in one call (POST). Raises ElementRefused."""
    status = element.choice("Status", ACCOUNT_STATUSES)
    if status is None or status == account.status:
        return _write_account(act, account, element)
    if set(element.sent) - {"Status", "AccountID"}:
        raise ElementRefused(["An account can't be archived or restored together with other changes."])
    if account.system:
        raise ElementRefused(["System accounts cannot be archived."])
    account.status = status
    return _keep_account(act, account)


def remove_account(act: Act, account: Account) -> Account:
    """Delete an account that was never used. Raises ElementRefused."""
    if account.system or tracking.is_used(act, account.id) or _has_payments(act, account):
        raise ElementRefused(["The account has been used and cannot be deleted. Archive it instead."])
    act.store.run("DELETE FROM accounts WHERE id = ?", account.id)
    account.status, account.updated_ms = "DELETED", later(act, account.updated_ms)
    return account


def create_rate(act: Act, element: Element) -> TaxRate:
    """Create a tax rate of the organisation's own, TAX001 and so on (PUT). Raises ElementRefused."""
    taken = {rate.tax_type for rate in charts.tax_rates(act.store, act.organisation.id)}
    following = next(
        f"{CUSTOM}{number:03d}" for number in range(1, 1000) if f"{CUSTOM}{number:03d}" not in taken
    )
    rate = TaxRate(tax_type=following, name="", components=(), classes=ON_ALL)
    if not element.children("TaxComponents"):
        raise ElementRefused(["At least one tax component must be specified"])
    return _write_rate(act, rate, element, place=len(taken))


def upsert_rate(act: Act, element: Element) -> TaxRate:
    """Change the tax rate of that TaxType or Name, or create it (POST). Raises ElementRefused."""
    held = charts.tax_rates(act.store, act.organisation.id)
    wanted = (element.text("TaxType") or element.text("Name") or "").lower()
    for place, rate in enumerate(held):
        if wanted in {rate.tax_type.lower(), rate.name.lower()}:
            if not rate.tax_type.startswith(CUSTOM):
                raise ElementRefused(["System defined tax rates cannot be edited."])
            return _write_rate(act, rate, element, place=place)
    return create_rate(act, element)


def account_echo(element: Element) -> wire.Json:
    """A refused account, as the OpenAPI file's example gives it back."""
    keys = ("AccountID", "Code", "Name", "Type", "Description")
    said: wire.Json = {name: element.sent[name] for name in keys if name in element}
    return {"AccountID": wire.NIL, **said}


def rate_echo(element: Element) -> wire.Json:
    """A refused tax rate."""
    return {name: element.sent[name] for name in ("Name", "TaxType", "Status") if name in element}


def _write_account(act: Act, account: Account, element: Element) -> Account:
    faults = [
        f"The value for {name} must be {limit} characters or fewer."
        for name, limit in ACCOUNT_LIMITS.items()
        if len(element.text(name) or "") > limit
    ]
    code, name = element.text("Code") or account.code, element.text("Name") or account.name
    others = [other for other in act.chart.accounts.values() if other.id != account.id]
    if not name or any(other.name.lower() == name.lower() for other in others):
        faults.append("Please enter a unique Name.")
    if (not code and account.type != "BANK") or any(
        code and other.code.lower() == code.lower() for other in others
    ):
        faults.append("Please enter a unique Code.")
    tax_type = (element.text("TaxType") or account.tax_type).upper()
    if act.chart.tax_rate(tax_type) is None:
        faults.append("Tax rate must be valid.")
    if faults:
        raise ElementRefused(faults)
    account.code, account.name, account.tax_type = code, name, tax_type
    _apply_account(account, element)
    return _keep_account(act, account)


def _apply_account(account: Account, element: Element) -> None:
    if "Description" in element:
        account.description = element.text("Description") or ""
    payments, claims = element.flag("EnablePaymentsToAccount"), element.flag("ShowInExpenseClaims")
    account.accepts_payments = account.accepts_payments if payments is None else payments
    account.in_expense_claims = account.in_expense_claims if claims is None else claims
    account.bank_number = element.text("BankAccountNumber") or account.bank_number
    account.bank_type = element.text("BankAccountType") or account.bank_type
    account.currency = (element.text("CurrencyCode") or account.currency) if account.type == "BANK" else ""


def _keep_account(act: Act, account: Account) -> Account:
    account.updated_ms = later(act, account.updated_ms)
    charts.save_account(act.store, act.organisation.id, account)
    return account


def _has_payments(act: Act, account: Account) -> bool:
    sql = "SELECT 1 FROM payments WHERE organisation = ? AND instr(CAST(body AS TEXT), ?) LIMIT 1"
    return act.store.scalar(sql, act.organisation.id, account.id) is not None


def _default_tax_type(act: Act, account: Account) -> str:
    """Sales carry output tax, costs input tax, everything else none, by whatever the country calls them."""
    wanted = {
        "REVENUE": ("OUTPUT2", "OUTPUT"),
        "EXPENSE": ("INPUT2", "INPUT"),
    }.get(account.class_, ())
    offered = (*wanted, "NONE", "BASEXCLUDED") if account.type != "BANK" else ("NONE", "BASEXCLUDED")
    return next((tax_type for tax_type in offered if act.chart.tax_rate(tax_type)), "NONE")


def _write_rate(act: Act, rate: TaxRate, element: Element, *, place: int) -> TaxRate:
    name = element.text("Name") or rate.name
    others = [other.name.lower() for other in act.chart.tax_rates.values() if other.tax_type != rate.tax_type]
    report = element.text("ReportTaxType") or rate.report_type
    faults = [] if name and name.lower() not in others else ["Please enter a unique Name."]
    if act.organisation.country in REPORTING_COUNTRIES and not report:
        faults.append("ReportTaxType must be specified")
    components = _components(rate, element, faults)
    if faults:
        raise ElementRefused(faults)
    rate.name, rate.report_type, rate.components = name, report, components
    rate.status = element.choice("Status", RATE_STATUSES) or rate.status
    rate.classes = _classes(report)
    charts.save_tax_rate(act.store, act.organisation.id, rate, place)
    return rate


def _components(rate: TaxRate, element: Element, faults: list[str]) -> tuple[TaxComponent, ...]:
    """What was sent, if it still has every component that was there: they can be added, not renamed or removed."""
    sent = element.children("TaxComponents")
    if sent is None:
        return rate.components
    read = tuple(
        TaxComponent(
            name=part.text("Name") or "",
            rate=wire.places(part.number("Rate") or wire.FOUR_PLACES * 0, 4),
            is_compound=bool(part.flag("IsCompound")),
            is_non_recoverable=bool(part.flag("IsNonRecoverable")),
        )
        for part in sent
    )
    if not {part.name for part in rate.components} <= {part.name for part in read}:
        faults.append("Tax components cannot be renamed or removed.")
    if not all(part.name for part in read):
        faults.append("Each tax component must have a Name.")
    return read


def _classes(report_type: str) -> str:
    if "INPUT" in report_type or "EXPENSE" in report_type:
        return ON_PURCHASES
    return ON_SALES if "OUTPUT" in report_type else ON_ALL
