"""/Accounts and /TaxRates: read whole, written one a call."""

from collections.abc import Callable
from typing import cast

from bluestamp.sandbox import chart_edits, charts, elements, listings, wire
from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.charts import Account, TaxRate
from bluestamp.sandbox.elements import Element
from bluestamp.sandbox.endpoints.batches import Invalid, Noun, write
from bluestamp.sandbox.endpoints.calls import Call, Result
from bluestamp.sandbox.errors import ElementRefused, NotFound
from bluestamp.sandbox.listings import Selection


def _accounts_written(_: Act, done: list[object]) -> list[wire.Json]:
    return [charts.render_account(account) for account in cast(list[Account], done)]


def _rates_written(_: Act, done: list[object]) -> list[wire.Json]:
    return [charts.render_tax_rate(rate) for rate in cast(list[TaxRate], done)]


ACCOUNTS = Noun("Accounts", "", _accounts_written, chart_edits.account_echo)
TAX_RATES = Noun("TaxRates", "", _rates_written, chart_edits.rate_echo)


def accounts(call: Call) -> Result:
    """GET /Accounts: never paged, archived ones included."""
    selection = Selection("accounts", listings.ACCOUNT_COLUMNS, order="code ASC, id ASC")
    selection.narrow("organisation = ?", call.act.organisation.id)
    selection.narrow_by(call.query, call.since)
    known = call.act.chart.accounts
    return Result(
        "Accounts", [charts.render_account(known[row["id"]]) for row in selection.all(call.act.store)]
    )


def account(call: Call, name: str) -> Result:
    """GET /Accounts/{AccountID}."""
    return Result("Accounts", [charts.render_account(_account(call.act, name))])


def create_account(call: Call) -> Result:
    """PUT /Accounts."""
    return _write_one(call, ACCOUNTS, chart_edits.create_account)


def change_account(call: Call, name: str) -> Result:
    """POST /Accounts/{AccountID}."""
    known = _account(call.act, name)
    return _write_one(call, ACCOUNTS, lambda act, element: chart_edits.change_account(act, element, known))


def upsert_account(call: Call) -> Result:
    """POST /Accounts: changes the account that AccountID or Code points at, else creates one."""

    def upsert(act: Act, element: Element) -> Account:
        wanted = element.text("AccountID") or ""
        found = act.chart.accounts.get(wanted.lower()) or act.chart.account(element.text("Code") or "")
        return (
            chart_edits.change_account(act, element, found)
            if found
            else chart_edits.create_account(act, element)
        )

    return _write_one(call, ACCOUNTS, upsert)


def remove_account(call: Call, name: str) -> Result:
    """DELETE /Accounts/{AccountID}: one that was never used."""
    known = _account(call.act, name)
    try:
        gone = chart_edits.remove_account(call.act, known)
    except ElementRefused as refused:
        said = charts.render_account(known) | {
            "ValidationErrors": [{"Message": text} for text in refused.messages]
        }
        raise Invalid([said]) from None
    return Result("Accounts", [charts.render_account(gone)])


def tax_rates(call: Call) -> Result:
    """GET /TaxRates, those deleted left out."""
    selection = Selection("tax_rates", listings.TAX_RATE_COLUMNS, order="position ASC", key="tax_type")
    selection.narrow("organisation = ?", call.act.organisation.id)
    selection.narrow_by(call.query, None)
    found = [charts.rate_from_row(row) for row in selection.all(call.act.store)]
    return Result("TaxRates", [charts.render_tax_rate(rate) for rate in found if rate.status != "DELETED"])


def tax_rate(call: Call, name: str) -> Result:
    """GET /TaxRates/{TaxType}."""
    found = call.act.chart.tax_rates.get(name.upper())
    if found is None:
        raise NotFound
    return Result("TaxRates", [charts.render_tax_rate(found)])


def create_tax_rate(call: Call) -> Result:
    """PUT /TaxRates."""
    return _write_one(call, TAX_RATES, chart_edits.create_rate)


def upsert_tax_rate(call: Call) -> Result:
    """POST /TaxRates: found by TaxType or Name."""
    return _write_one(call, TAX_RATES, chart_edits.upsert_rate)


def _write_one(call: Call, noun: Noun, verb: Callable[[Act, Element], object]) -> Result:
    """Write the only element there may be."""
    sent = elements.read(call.raw, noun.collection)
    if len(sent) > 1:
        raise Invalid(
            [{"ValidationErrors": [{"Message": f"Only one of {noun.collection} can be written in a call."}]}]
        )
    return write(call, noun, sent, verb)


def _account(act: Act, name: str) -> Account:
    found = act.chart.accounts.get(name.lower())
    if found is None:
        raise NotFound
    return found
