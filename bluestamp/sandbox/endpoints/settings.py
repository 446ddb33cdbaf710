"""/Organisation, /Accounts, /TaxRates, /Currencies: what an app reads once and keeps."""

from bluestamp.sandbox import charts, elements, listings, organisations, wire
from bluestamp.sandbox.endpoints.calls import Call, Result
from bluestamp.sandbox.errors import NotFound, PostDataInvalid
from bluestamp.sandbox.listings import Selection


def organisation(call: Call) -> Result:
    """GET /Organisation."""
    return Result("Organisations", [organisations.render(call.act.organisation)])


def actions(call: Call) -> Result:
    """GET /Organisation/Actions."""
    return Result("Actions", organisations.render_actions(call.act.organisation))


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
    found = call.act.chart.accounts.get(name.lower())
    if found is None:
        raise NotFound
    return Result("Accounts", [charts.render_account(found)])


def tax_rates(call: Call) -> Result:
    """GET /TaxRates."""
    found = charts.tax_rates(call.act.store, call.act.organisation.id)
    return Result("TaxRates", [charts.render_tax_rate(rate) for rate in found])


def tax_rate(call: Call, name: str) -> Result:
    """GET /TaxRates/{TaxType}."""
    found = call.act.chart.tax_rates.get(name.upper())
    if found is None:
        raise NotFound
    return Result("TaxRates", [charts.render_tax_rate(found)])


def branding_themes(call: Call) -> Result:
    """GET /BrandingThemes: the one every organisation has."""
    held = call.act.organisation
    theme: wire.Json = {
        "BrandingThemeID": held.branding_theme_id,
        "Name": "Standard",
        "Type": "INVOICE",
        "SortOrder": 0,
        "CreatedDateUTC": wire.instant(held.created_ms),
    }
    return Result("BrandingThemes", [theme])


def tracking_categories(call: Call) -> Result:
    """GET /TrackingCategories."""
    found: list[wire.Json] = [
        {
            "Name": category.name,
            "Status": "ACTIVE",
            "TrackingCategoryID": category.id,
            "Options": [
                {"TrackingOptionID": category.option_id(option), "Name": option, "Status": "ACTIVE"}
                for option in category.options
            ],
        }
        for category in call.act.organisation.tracking
    ]
    return Result("TrackingCategories", found)


def currencies(call: Call) -> Result:
    """GET /Currencies."""
    found = charts.currencies(call.act.store, call.act.organisation.id)
    return Result("Currencies", [{"Code": code, "Description": description} for code, description in found])


def subscribe(call: Call) -> Result:
    """PUT /Currencies: {"Code": "SEK", "Description": "..."}."""
    sent = elements.read(call.raw, "Currencies")[0]
    code = (sent.text("Code") or "").upper()
    if len(code) != 3 or not code.isalpha():
        raise PostDataInvalid(f"Error converting value \"{code}\" to type 'CurrencyCode'. Path 'Code'.")
    charts.subscribe(call.act.store, call.act.organisation.id, code, sent.text("Description") or code)
    return Result("Currencies", [{"Code": code, "Description": sent.text("Description") or code}])
