"""Companies: clients and suppliers, their people, and what is open with them."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bluestamp.books import companies, documents, ledgers
from bluestamp.books.companies import Company, CompanyDraft, PersonDraft
from bluestamp.errors import Conflict, Invalid
from bluestamp.people import permissions
from bluestamp.people.permissions import Action
from bluestamp.sync import connections, contacts, relinking
from bluestamp.sync.connections import Connection
from bluestamp.sync.relinking import Relinked
from bluestamp.web import document_lists, histories, kinds, listings, refusals
from bluestamp.web.visits import StudioRequest

TABS: Final = {"": "All", "clients": "Clients", "suppliers": "Suppliers", "archived": "Archived"}
WORDS: Final = (
    "name",
    "tax_number",
    "email",
    "phone",
    "address",
    "currency",
    "sales_tax_type",
    "purchases_tax_type",
    "notes",
)
PERSON_WORDS: Final = ("name", "email", "phone", "position")
LATEST: Final = 8


@require_GET
def index(request: StudioRequest) -> HttpResponse:
    """The list."""
    ask = listings.read(request.GET)
    found = listings.page_of(_asked_for(ask.tab, ask.q).order_by("name_key", "id"), ask)
    words = {
        "page": found,
        "ask": ask,
        "tabs": [(label, f"?tab={name}", name == ask.tab) for name, label in TABS.items()],
        "previous_query": ask.with_(page=str(ask.number - 1)),
        "next_query": ask.with_(page=str(ask.number + 1)),
        "is_first": not found.rows and not ask.q and not ask.tab,
        "may_edit": request.visit.may(Action.EDIT_COMPANIES),
    }
    return render(request, "companies/index.html", words)


def _asked_for(tab: str, text: str) -> QuerySet[Company]:
    rows = Company.objects.filter(status="archived" if tab == "archived" else "active")
    if tab in {"clients", "suppliers"}:
        rows = rows.filter(**{f"is_{tab.removesuffix('s')}": True})
    if text:
        rows = rows.filter(Q(name_key__contains=companies.name_key(text)) | Q(email__icontains=text))
    return rows


@require_http_methods(["GET", "POST"])
def new(request: StudioRequest) -> HttpResponse:
    """A company that is not there yet."""
    visit = request.visit
    if request.method == "GET":
        return _page(request, None, {"is_client": True})
    try:
        made = companies.create(_draft(request.POST), by=visit.actor, now=visit.now)
    except Invalid as refusal:
        return _page(request, None, request.POST, status=422, faults=refusals.by_field(refusal))
    return redirect(visit.path("company", made.pk))


@require_http_methods(["GET", "POST"])
def company(request: StudioRequest, company_id: str) -> HttpResponse:
    """One company; posting saves what was typed."""
    visit = request.visit
    found = companies.find(company_id)
    if request.method == "GET":
        return _page(request, found, found)
    version = int(request.POST.get("version") or 0)
    try:
        companies.edit(
            company_id=company_id, version=version, draft=_draft(request.POST), by=visit.actor, now=visit.now
        )
    except (Invalid, Conflict) as refusal:
        fresh = companies.find(company_id)
        return _page(
            request, fresh, request.POST, status=refusal.http_status, faults=refusals.by_field(refusal)
        )
    messages.success(request, "Saved.", extra_tags="ok")
    return redirect(visit.path("company", company_id))


@require_POST
def archive(request: StudioRequest, company_id: str) -> HttpResponse:
    """Offer it for nothing new, or again."""
    act = companies.restore if request.POST.get("restore") else companies.archive
    act(company_id=company_id, by=request.visit.actor, now=request.visit.now)
    return redirect(request.visit.path("company", company_id))


@require_POST
def person_new(request: StudioRequest, company_id: str) -> HttpResponse:
    """Add somebody who works there."""
    visit = request.visit
    try:
        companies.add_person(
            company_id=company_id, draft=_person(request.POST), by=visit.actor, now=visit.now
        )
    except Invalid as refusal:
        found = companies.find(company_id)
        words = {"person_typed": request.POST, "person_faults": refusals.by_field(refusal)}
        return _page(request, found, found, status=422, **words)
    return redirect(visit.path("company", company_id))


@require_POST
def person(request: StudioRequest, company_id: str, person_id: str) -> HttpResponse:
    """Change or remove somebody who works there."""
    visit = request.visit
    if request.POST.get("remove"):
        companies.remove_person(person_id=person_id, by=visit.actor, now=visit.now)
    else:
        companies.edit_person(person_id=person_id, draft=_person(request.POST), by=visit.actor, now=visit.now)
    return redirect(visit.path("company", company_id))


@require_http_methods(["GET", "POST"])
def contact(request: StudioRequest, company_id: str, connection_id: str) -> HttpResponse:
    """Which contact of an organisation the company is: look for it, and link it anew (bookkeeping rule 24)."""
    visit = request.visit
    permissions.require(visit.actor, Action.LINK_CONTACTS)
    found, connection = companies.find(company_id), connections.load(connection_id)
    path = visit.path("company", company_id)
    if request.method == "POST":
        contact_id = request.POST.get("contact_id", "")
        try:
            done = relinking.relink(connection, found, contact_id, by=visit.actor, now=visit.now)
        except Invalid as refusal:
            messages.error(request, refusal.sentence, extra_tags="amber")
        else:
            messages.success(request, _relinked(connection, done), extra_tags="ok")
        return redirect(path)
    text = request.GET.get("q", found.name)
    words = {
        "company": found,
        "connection": connection,
        "contacts": contacts.search(connection, text),
        "copied": relinking.copied(connection, found),
        "q": text,
    }
    return render(request, "companies/contact.html", words)


def _relinked(connection: Connection, done: Relinked) -> str:
    said = [f"Linked in {connection.name}."]
    if done.moving:
        said.append(f"{_counted(len(done.moving))} not paid yet will move to the new contact.")
    if done.staying:
        said.append(
            f"{_counted(len(done.staying))} stay with the old one: credit and reissue them where that matters."
        )
    return " ".join(said)


def _counted(many: int) -> str:
    return f"{many} document{'' if many == 1 else 's'}"


# ── steps ──


def _draft(post: QueryDict) -> CompanyDraft:
    days = post.get("terms_days", "").strip()
    if days and not (days.isascii() and days.isdigit()):
        raise Invalid("Write the days as a number, such as 30.", field="terms_days")
    return CompanyDraft(
        **{name: post.get(name, "").strip() for name in WORDS if name != "currency"},
        currency=post.get("currency", "").strip().upper(),
        is_client=bool(post.get("is_client")),
        is_supplier=bool(post.get("is_supplier")),
        terms_days=int(days) if days else None,
    )


def _person(post: QueryDict) -> PersonDraft:
    return PersonDraft(**{name: post.get(name, "").strip() for name in PERSON_WORDS})


def _page(
    request: StudioRequest, found: Company | None, typed: object, *, status: int = 200, **words: Any
) -> HttpResponse:
    visit = request.visit
    words |= {
        "company": found,
        "is_new": found is None,
        "typed": typed,
        "may_edit": visit.may(Action.EDIT_COMPANIES),
        "tax_rates": _tax_rates(visit.home.pk),
    }
    if found is not None:
        words |= {
            "people": list(found.people.all()),
            "linked": (linked := contacts.of_company(found.pk)),
            "linked_in": {link.connection_id for link, _ in linked},
            "connections": [row for row in connections.living() if row.is_connected],
            "may_link": visit.may(Action.LINK_CONTACTS),
            "tables": _documents(request, found),
            "history": histories.of("company", found.pk),
        }
    return render(request, "companies/company.html", words, status=status)


def _tax_rates(branch_id: str) -> list[tuple[str, str]]:
    ledger = ledgers.of_branch(branch_id)
    rates = ledgers.tax_rates_for(ledger) if ledger else []
    return [("", "As the account says"), *((rate.tax_type, rate.name) for rate in rates)]


def _documents(request: StudioRequest, found: Company) -> list[dict[str, Any]]:
    """The latest documents of each kind, with the way to all of them."""
    tables = []
    for kind in kinds.KINDS.values():
        model = documents.KINDS[kind.name]
        latest = model.objects.select_related("job").filter(company=found).newest_first()[:LATEST]
        rows = document_lists.rows_of(kind, latest, request.visit)
        if rows:
            all_path = f"{request.visit.path(kind.plural)}?company={found.pk}"
            tables.append({"kind": kind, "rows": rows, "all_path": all_path})
    return tables
