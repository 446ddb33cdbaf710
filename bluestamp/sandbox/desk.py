"""The web face: pages on which a person plays the bookkeeper, at the deep-link paths that Xero publishes.

From developer.xero.com, api-guides/deep-link-xero: /organisationlogin/default.aspx, /AccountsReceivable/View.aspx,
/AccountsPayable/Edit.aspx and so on. Everything a page does goes through `bookkeeper` or `control`, as tests do.
"""

import re
from collections.abc import Callable, Mapping
from urllib.parse import quote, urlsplit

from werkzeug import Request

from bluestamp.sandbox import (
    charts,
    connections,
    contact_desk,
    control,
    document_desk,
    inspector,
    organisations,
    workbench,
)
from bluestamp.sandbox.errors import NotFound, Redirected, Refused
from bluestamp.sandbox.idempotency import Answered
from bluestamp.sandbox.organisations import Organisation
from bluestamp.sandbox.users import USERS
from bluestamp.sandbox.visits import Visit
from bluestamp.sandbox.world import World

DOCUMENT_PATH = re.compile(
    r"^/(AccountsReceivable|AccountsPayable)/(View|Edit|ViewCreditNote)\.aspx$"
    r"|^/Bank/ViewTransaction\.aspx$"
    r"|^/(Accounts/Payable/PurchaseOrders/View|documents)/(?P<named>[^/]+)$",
    re.IGNORECASE,
)
CONTACT_PATH = re.compile(r"^/Contacts/View/(?P<named>[^/]+)$", re.IGNORECASE)


def answer(world: World, request: Request) -> Answered:
    """Answer a page. A refusal is shown on the page it happened on."""
    path = request.path.rstrip("/")
    visit = Visit(world, request, tuple(path.strip("/").split("/")))
    if request.method == "POST":
        control.refuse_strangers(request)
        return _post(visit)
    try:
        return _get(visit, path)
    except NotFound:
        return visit.show("lost.html", here="", status=404)


def _get(visit: Visit, path: str) -> Answered:
    named = {name.lower(): value for name, value in visit.request.args.items()}
    if found := DOCUMENT_PATH.match(path):
        wanted = [
            found["named"],
            *(named.get(key) for key in ("invoiceid", "creditnoteid", "banktransactionid")),
        ]
        return document_desk.show(visit, next((item for item in wanted if item), ""))
    match visit.words:
        case ("documents", document_id, "paper"):
            return document_desk.paper(visit, document_id)
        case ("documents", document_id, "files", file_id):
            return document_desk.file(visit, document_id, file_id)
    if found := CONTACT_PATH.match(path):
        return contact_desk.show(visit, found["named"])
    if path.lower() == "/organisationlogin/default.aspx":
        return _switch(visit)
    view = VIEWS.get(visit.words[0])
    if view is None:
        raise NotFound
    return view(visit)


def _post(visit: Visit) -> Answered:
    match visit.words:
        case ("documents", document_id, verb):
            return document_desk.do(visit, document_id, verb)
        case ("contacts", contact_id, verb):
            return contact_desk.do(visit, contact_id, verb)
        case ("organisations", _, "documents"):
            return document_desk.do_to_many(visit, visit.organisation(visit.words[1]))
        case ("organisations", _, "settings"):
            return _change_settings(visit, visit.organisation(visit.words[1]))
        case ("workbench", what):
            return workbench.do(visit, what)
        case _:
            raise NotFound


def _home(visit: Visit) -> Answered:
    store = visit.world.store
    held = []
    for organisation in organisations.every(store):
        rows = store.all(
            "SELECT type, status, COUNT(*) AS n, SUM(amount_due) AS due FROM documents INDEXED BY documents_by_standing"
            " WHERE organisation = ? AND kind = 'INVOICE' AND status IN ('DRAFT', 'SUBMITTED', 'AUTHORISED') GROUP BY 1, 2",
            organisation.id,
        )
        counts = {(row["type"], row["status"]): (row["n"], row["due"]) for row in rows}
        linked = {row["app"] for row in connections.of_organisation(store, organisation.id)}
        held.append((organisation, counts, len(linked)))
    apps = list(visit.world.config.apps.values())
    return visit.show(
        "home.html", here="home", held=held, apps=apps, origin=visit.request.host_url.rstrip("/")
    )


def _organisation(visit: Visit) -> Answered:
    organisation = visit.organisation(visit.words[1] if len(visit.words) > 1 else "")
    match visit.words[2:]:
        case ():
            return document_desk.index(visit, organisation)
        case ("contacts",):
            return contact_desk.index(visit, organisation)
        case ("settings",):
            return _settings(visit, organisation)
        case _:
            raise NotFound


def _settings(visit: Visit, organisation: Organisation, problem: str = "") -> Answered:
    store, apps = visit.world.store, visit.world.config.apps
    linked = [
        (apps[row["app"]].name if row["app"] in apps else row["app"], USERS.get(row["user"]), row)
        for row in connections.of_organisation(store, organisation.id)
    ]
    return visit.show(
        "settings.html",
        here="settings",
        organisation=organisation,
        status=400 if problem else 200,
        accounts=charts.accounts(store, organisation.id),
        linked=linked,
        problem=problem,
    )


def _change_settings(visit: Visit, organisation: Organisation) -> Answered:
    form = visit.request.form
    body: dict[str, object] = {
        name: form[name]
        for name in ("archive_account", "restore_account", "withdraw_access")
        if form.get(name)
    }
    for name in ("period_lock_on", "end_of_year_lock_on", "approved_as"):
        if name in form:
            body[name] = form[name] or None
    for name in ("invoice_cap", "bill_cap", "emails_a_day"):
        if name in form:
            body[name] = int(form[name]) if form[name].strip() else None
    if "availability" in form:
        body["is_offline"] = form["availability"] == "offline"
    try:
        with visit.world.store.transaction():
            control.change_organisation(visit.world, organisation, body)
    except (Refused, ValueError) as refused:
        return _settings(visit, organisation, str(refused))
    raise Redirected(f"/organisations/{quote(organisation.id)}/settings")


def _switch(visit: Visit) -> Answered:
    """A deep link: to the organisation that the short code names, then to the path inside it."""
    wanted = visit.request.args.get("redirecturl", "")
    organisation = organisations.by_short_code(visit.world.store, visit.request.args.get("shortcode", ""))
    address = urlsplit(wanted)
    if organisation is None or address.scheme or address.netloc or not wanted.startswith("/"):
        raise NotFound
    raise Redirected(wanted if address.path != "/" else f"/organisations/{organisation.id}")


View = Callable[[Visit], Answered]
VIEWS: Mapping[str, View] = {
    "": _home,
    "organisations": _organisation,
    "calls": inspector.calls,
    "webhooks": inspector.webhooks,
    "workbench": workbench.show,
}
