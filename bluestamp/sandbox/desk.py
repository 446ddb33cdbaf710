"""The web face: pages on which a person plays the bookkeeper, at the deep-link paths that Xero publishes.

From developer.xero.com, api-guides/deep-link-xero: /organisationlogin/default.aspx, /AccountsReceivable/View.aspx,
/AccountsPayable/Edit.aspx. Everything a page does goes through `bookkeeper` or `control`, as tests do.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from werkzeug import Request

from bluestamp.sandbox import (
    allocations,
    bookkeeper,
    charts,
    connections,
    contacts,
    control,
    document_list,
    documents,
    faces,
    organisations,
    payments,
)
from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.documents import Document
from bluestamp.sandbox.errors import ElementRefused, NotFound, Redirected, Refused
from bluestamp.sandbox.idempotency import Answered
from bluestamp.sandbox.organisations import Organisation
from bluestamp.sandbox.world import World

STATUS_LABELS = {
    "DRAFT": "Draft",
    "SUBMITTED": "Awaiting approval",
    "AUTHORISED": "Awaiting payment",
    "PAID": "Paid",
    "BILLED": "Billed",
    "VOIDED": "Voided",
    "DELETED": "Deleted",
}
TONES = {
    "SUBMITTED": "warn",
    "AUTHORISED": "main",
    "PAID": "ok",
    "BILLED": "ok",
    "VOIDED": "gone",
    "DELETED": "gone",
}
LINKS = {
    "ACCPAY": "/AccountsPayable/Edit.aspx?InvoiceID={}",
    "ACCREC": "/AccountsReceivable/View.aspx?InvoiceID={}",
    "ACCPAYCREDIT": "/AccountsPayable/ViewCreditNote.aspx?creditNoteID={}",
    "ACCRECCREDIT": "/AccountsReceivable/ViewCreditNote.aspx?creditNoteID={}",
    "PURCHASEORDER": "/Accounts/Payable/PurchaseOrders/View/{}/",
}
DOCUMENT_PATH = re.compile(
    r"^/(AccountsReceivable|AccountsPayable)/(View|Edit|ViewCreditNote)\.aspx$|^/Accounts/Payable/PurchaseOrders/View/(?P<order>[^/]+)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Asked:
    """One page request."""

    world: World
    request: Request
    words: tuple[str, ...]


def answer(world: World, request: Request) -> Answered:
    """Answer a page. Raises NotFound; a refusal is shown on the page it happened on."""
    path = request.path.rstrip("/")
    asked = Asked(world, request, tuple(path.strip("/").split("/")))
    if request.method == "POST":
        control.refuse_strangers(request)
        return _post(asked)
    found = DOCUMENT_PATH.match(path)
    if found:
        named = {name.lower(): value for name, value in request.args.items()}
        return _document(asked, found["order"] or named.get("invoiceid") or named.get("creditnoteid") or "")
    if path.lower() == "/organisationlogin/default.aspx":
        return _switch(asked)
    view = VIEWS.get(asked.words[0])
    if view is None:
        raise NotFound
    return view(asked)


def deep_link(document: Document) -> str:
    """The path of a document's page."""
    return LINKS[document.type].format(document.id)


def _home(asked: Asked) -> Answered:
    store = asked.world.store
    held = []
    for organisation in organisations.every(store):
        rows = store.all(
            "SELECT type, status, COUNT(*) AS n FROM documents WHERE organisation = ? AND kind = 'INVOICE' GROUP BY 1, 2",
            organisation.id,
        )
        counts = {(row["type"], row["status"]): row["n"] for row in rows}
        held.append((organisation, counts, len(connections.of_organisation(store, organisation.id))))
    return faces.page("home.html", held=held, now=asked.world.clock.now_ms(), webhooks=asked.world.webhooks)


def _organisation(asked: Asked) -> Answered:
    organisation = _named(asked)
    if len(asked.words) > 2 and asked.words[2] == "settings":
        return _settings(asked, organisation)
    return _list(asked, organisation)


def _list(asked: Asked, organisation: Organisation) -> Answered:
    store = asked.world.store
    wanted = document_list.read(asked.request)
    found = document_list.find(store, organisation.id, wanted)
    return faces.page(
        "list.html",
        organisation=organisation,
        wanted=wanted,
        found=found,
        names=contacts.find_many(store, {document.contact_id for document in found.documents}),
        link=deep_link,
        kinds=document_list.KIND_LABELS,
        labels=STATUS_LABELS,
        tones=TONES,
    )


def _settings(asked: Asked, organisation: Organisation, problem: str = "") -> Answered:
    store = asked.world.store
    apps = asked.world.config.apps
    linked = [
        (apps[row["app"]].name if row["app"] in apps else row["app"], row)
        for row in connections.of_organisation(store, organisation.id)
    ]
    return faces.page(
        "settings.html",
        status=400 if problem else 200,
        organisation=organisation,
        accounts=charts.accounts(store, organisation.id),
        linked=linked,
        problem=problem,
    )


def _document(asked: Asked, document_id: str, problem: tuple[str, ...] = ()) -> Answered:
    world = asked.world
    owner = world.store.scalar("SELECT organisation FROM documents WHERE id = ?", document_id.lower())
    organisation = organisations.load(world.store, owner or "")
    act = control.act_in(world, organisation, asked.request)
    document = bookkeeper.load(act, document_id)
    listed = sorted(act.chart.accounts.values(), key=lambda account: account.code)
    return faces.page(
        "document.html",
        status=400 if problem else 200,
        organisation=organisation,
        document=document,
        contact=contacts.find(world.store, organisation.id, document.contact_id),
        word=document_list.KIND_LABELS[document.type],
        verbs=bookkeeper.open_verbs(document),
        used=allocations.of_notes(world.store, [document.id]).get(document.id, []),
        owing=_owing(act, document),
        paid=payments.of_documents(world.store, [document.id]).get(document.id, []),
        accounts=[account for account in listed if account.is_open_to_lines and account.status == "ACTIVE"],
        banks=bookkeeper.payment_accounts(act),
        rates=[rate for rate in act.chart.tax_rates.values() if rate.status == "ACTIVE"],
        history=world.store.all(
            "SELECT * FROM history WHERE subject = ? ORDER BY id DESC LIMIT 50", document.id
        ),
        today=act.today,
        problem=problem,
        label="Approved"
        if not _is_payable(document) and document.status == "AUTHORISED"
        else STATUS_LABELS[document.status],
        tone=TONES.get(document.status, "idle"),
    )


def _is_payable(document: Document) -> bool:
    return document.kind == documents.INVOICE.name


def _owing(act: Act, document: Document) -> list[Document]:
    """Invoices of the same contact that a credit note could be used on."""
    if document.type not in allocations.SIDES:
        return []
    rows = act.store.all(
        "SELECT body FROM documents WHERE organisation = ? AND contact = ? AND type = ? AND status = 'AUTHORISED'",
        act.organisation.id,
        document.contact_id,
        allocations.SIDES[document.type],
    )
    return [documents.from_row(row) for row in rows]


def _calls(asked: Asked) -> Answered:
    rows = asked.world.store.all("SELECT * FROM calls ORDER BY id DESC LIMIT 200")
    names = {organisation.id: organisation.name for organisation in organisations.every(asked.world.store)}
    return faces.page("calls.html", rows=rows, names=names)


def _webhooks(asked: Asked) -> Answered:
    rows = asked.world.store.all("SELECT * FROM deliveries ORDER BY id DESC LIMIT 100")
    return faces.page("webhooks.html", rows=rows, webhooks=asked.world.webhooks)


def _switch(asked: Asked) -> Answered:
    """A deep link: to the organisation that the short code names, then to the path inside it."""
    wanted = asked.request.args.get("redirecturl", "")
    organisation = organisations.by_short_code(asked.world.store, asked.request.args.get("shortcode", ""))
    address = urlsplit(wanted)
    if organisation is None or address.scheme or address.netloc or not wanted.startswith("/"):
        raise NotFound
    raise Redirected(wanted if address.path != "/" else f"/organisations/{organisation.id}")


def _post(asked: Asked) -> Answered:
    match asked.words:
        case ("documents", document_id, verb):
            return _do(asked, document_id, verb)
        case ("organisations", _, "settings"):
            return _change_settings(asked)
        case _:
            raise NotFound


def _do(asked: Asked, document_id: str, verb: str) -> Answered:
    world, form = asked.world, asked.request.form
    owner = world.store.scalar("SELECT organisation FROM documents WHERE id = ?", document_id.lower())
    act = control.act_in(world, organisations.load(world.store, owner or ""), asked.request)
    try:
        with world.store.transaction():
            document = bookkeeper.do(act, document_id, verb, _wish(form))
    except ElementRefused as refused:
        return _document(asked, document_id, refused.messages)
    except Refused as refused_whole:
        return _document(asked, document_id, (refused_whole.message,))
    world.webhooks.wake()
    raise Redirected(deep_link(document))


def _wish(form: Mapping[str, str]) -> dict[str, object]:
    """A form as the JSON the control endpoint takes: fields whose name is Xero's (capitalised) go under `fields`."""
    fields = {name: value for name, value in form.items() if name[:1].isupper() and value.strip()}
    wish: dict[str, object] = {
        name: value for name, value in form.items() if not name[:1].isupper() and value
    }
    return wish | ({"fields": fields} if fields else {})


def _change_settings(asked: Asked) -> Answered:
    organisation, form = _named(asked), asked.request.form
    body: dict[str, object] = {
        name: form[name] for name in ("archive_account", "restore_account") if form.get(name)
    }
    for name in ("period_lock_on", "end_of_year_lock_on", "approved_as"):
        if name in form:
            body[name] = form[name] or None
    if form.get("withdraw_access"):
        body["withdraw_access"] = form["withdraw_access"]
    if "availability" in form:
        body["is_offline"] = form["availability"] == "offline"
    try:
        with asked.world.store.transaction():
            control.change_organisation(asked.world, organisation, body)
    except (Refused, ValueError) as refused:
        return _settings(asked, organisation, str(refused))
    raise Redirected(f"/organisations/{quote(organisation.id)}/settings")


def _named(asked: Asked) -> Organisation:
    return organisations.load(asked.world.store, asked.words[1].lower() if len(asked.words) > 1 else "")


View = Callable[[Asked], Answered]
VIEWS: Mapping[str, View] = {
    "": _home,
    "organisations": _organisation,
    "calls": _calls,
    "webhooks": _webhooks,
}
