"""/Organisation, /Currencies, /BrandingThemes, /Users: what an app reads once and keeps."""

from bluestamp.sandbox import charts, elements, organisations, plans, wire
from bluestamp.sandbox.endpoints.calls import Call, Result
from bluestamp.sandbox.errors import NotFound, PostDataInvalid
from bluestamp.sandbox.users import USERS, User


def organisation(call: Call) -> Result:
    """GET /Organisation."""
    return Result("Organisations", [organisations.render(call.act.organisation)])


def actions(call: Call) -> Result:
    """GET /Organisation/Actions: what the plan allows, this month's caps included."""
    return Result("Actions", plans.render_actions(call.act))


def branding_themes(call: Call) -> Result:
    """GET /BrandingThemes: the first is the default."""
    return Result("BrandingThemes", organisations.render_themes(call.act.organisation))


def branding_theme(call: Call, name: str) -> Result:
    """GET /BrandingThemes/{BrandingThemeID}."""
    found = [
        theme
        for theme in organisations.render_themes(call.act.organisation)
        if theme["BrandingThemeID"] == name.lower()
    ]
    if not found:
        raise NotFound
    return Result("BrandingThemes", found)


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


def users(call: Call) -> Result:
    """GET /Users: everybody who belongs to the organisation."""
    return Result("Users", [_user(call, user) for user in USERS.values() if _belongs(call, user)])


def user(call: Call, name: str) -> Result:
    """GET /Users/{UserID}."""
    found = USERS.get(name.lower())
    if found is None or not _belongs(call, found):
        raise NotFound
    return Result("Users", [_user(call, found)])


def _belongs(call: Call, user: User) -> bool:
    return user.belongs_to(call.act.organisation.id)


def _user(call: Call, user: User) -> wire.Json:
    return {
        "UserID": user.id,
        "EmailAddress": user.email,
        "FirstName": user.given_name,
        "LastName": user.family_name,
        "UpdatedDateUTC": wire.instant(call.act.organisation.created_ms),
        "IsSubscriber": user.is_subscriber,
        "OrganisationRole": user.role,
    }
