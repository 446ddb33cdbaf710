"""Settings, Master Settings, Items & Expenses: the master list, how each ledger books an item, codes that vanished."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bluestamp.books import companies, items, jobs, ledgers, stale_codes
from bluestamp.books.items import CodesDraft, Item, ItemDraft
from bluestamp.books.ledgers import Ledger
from bluestamp.books.line_items import LineDraft
from bluestamp.errors import Conflict, Invalid
from bluestamp.money import amounts
from bluestamp.people.permissions import Action
from bluestamp.web import charts, document_forms, histories, listings, refusals
from bluestamp.web.typed import Reading
from bluestamp.web.visits import StudioRequest, Visit

TABS: Final = (("items", "Items"), ("expenses", "Expenses"), ("archived", "Archived"))
MOST_CHOICES: Final = 8
FIGURES: Final = ("rate", "cost", "markup_percent")


@require_GET
def index(request: StudioRequest) -> HttpResponse:
    """The list: what the studio sells, what it buys for clients, and what is archived."""
    ask = listings.read(request.GET)
    tab = ask.tab if ask.tab in dict(TABS) else "items"
    found = listings.page_of(_asked_for(tab, ask.q), ask)
    books = list(Ledger.objects.order_by("name"))
    stale = [(ledger, codes) for ledger in books if (codes := stale_codes.stale_codes(ledger))]
    gone = {(ledger.pk, each.code) for ledger, codes in stale for each in codes if each.of == "account"}
    words = {
        "page": found,
        "ask": ask,
        "rows": [_row(row, gone) for row in found.rows],
        "ledgers": books,
        "tabs": [(label, f"?tab={name}", name == tab) for name, label in TABS],
        "previous_query": ask.with_(page=str(ask.number - 1)),
        "next_query": ask.with_(page=str(ask.number + 1)),
        "is_first": not found.rows and not Item.objects.exists(),
        "stale": stale,
        "may_edit": request.visit.may(Action.EDIT_ITEMS),
        "may_replace": request.visit.may(Action.EDIT_LEDGERS),
    }
    return render(request, "settings/items.html", words)


def _asked_for(tab: str, text: str) -> QuerySet[Item]:
    rows = Item.objects.select_related("supplier").prefetch_related("codes__ledger")
    rows = rows.filter(is_active=tab != "archived")
    if tab != "archived":
        rows = rows.filter(is_cost=tab == "expenses")
    for word in text.split()[:6]:
        rows = rows.filter(name__icontains=word)
    return rows.order_by(Lower("name"), "id")


def _row(item: Item, gone: set[tuple[str, str]]) -> dict[str, Any]:
    """An item with the account of each ledger, and whether the ledger has it no longer."""
    side = "purchase" if item.is_cost else "sales"
    codes = [(row.ledger, getattr(row, f"{side}_account_code")) for row in item.codes.all()]
    shown = [(ledger, code, (ledger.pk, code) in gone) for ledger, code in codes if code]
    return {"item": item, "codes": shown}


@require_http_methods(["GET", "POST"])
def item(request: StudioRequest, item_id: str = "") -> HttpResponse:
    """One item with its codes in every ledger; without an id, a new one."""
    visit = request.visit
    found = items.find(item_id) if item_id else None
    if request.method == "GET":
        return _page(request, found, found or _blank(request))
    try:
        saved = _saved(found, request.POST, visit)
    except (Invalid, Conflict) as refusal:
        fresh = items.find(item_id) if item_id else None
        faults = refusals.by_field(refusal)
        return _page(request, fresh, request.POST, status=refusal.http_status, faults=faults)
    messages.success(request, f"Saved {saved.name}.", extra_tags="ok")
    return redirect(visit.path("settings_item", saved.pk))


@require_POST
def codes(request: StudioRequest, item_id: str, ledger_id: str) -> HttpResponse:
    """Say how one ledger books the item."""
    visit = request.visit
    said = {name: request.POST.get(f"{ledger_id}-{name}", "") for name in CodesDraft.__dataclass_fields__}
    try:
        items.set_codes(
            item_id=item_id, ledger_id=ledger_id, codes=CodesDraft(**said), by=visit.actor, now=visit.now
        )
    except Invalid as refusal:
        found = items.find(item_id)
        faults = {f"{ledger_id}-{name}": why for name, why in refusals.by_field(refusal).items()}
        return _page(request, found, found, status=422, code_faults=faults, code_words=request.POST)
    messages.success(request, "Saved.", extra_tags="ok")
    return redirect(visit.path("settings_item", item_id))


@require_POST
def archive(request: StudioRequest, item_id: str) -> HttpResponse:
    """Offer it no more."""
    items.archive(item_id=item_id, by=request.visit.actor, now=request.visit.now)
    return redirect(request.visit.path("settings_item", item_id))


@require_POST
def restore(request: StudioRequest, item_id: str) -> HttpResponse:
    """Offer it again."""
    items.restore(item_id=item_id, by=request.visit.actor, now=request.visit.now)
    return redirect(request.visit.path("settings_item", item_id))


@require_http_methods(["GET", "POST"])
def replacement(request: StudioRequest, ledger_id: str) -> HttpResponse:
    """Replace a code that vanished, everywhere."""
    visit = request.visit
    ledger = ledgers.find(ledger_id)
    if request.method == "GET":
        return _replacement_page(request, ledger, request.GET)
    of = _of(request.POST.get("of", ""))
    try:
        done = stale_codes.replace_code(
            ledger_id=ledger_id,
            of=of,
            old=request.POST.get("old", ""),
            new=request.POST.get("new", ""),
            by=visit.actor,
            now=visit.now,
        )
    except Invalid as refusal:
        return _replacement_page(request, ledger, request.POST, status=422, faults=refusals.by_field(refusal))
    if done.left:
        return _replacement_page(request, ledger, request.POST, done=done)
    messages.success(request, f"Replaced in {done.places}.", extra_tags="ok")
    return redirect(visit.path("settings_items"))


@require_GET
def choices(request: StudioRequest) -> HttpResponse:
    """Items that match what is typed into a line, each with all that it brings to a line of this kind."""
    asked = request.GET
    kind = asked.get("kind") or "invoice"
    found = items.search(asked.get("q", ""), limit=MOST_CHOICES)
    if kind == jobs.KIND:
        return _answer([(each, _plan_words(each), _hint(each, "invoice")) for each in found])
    if kind not in ledgers.FIRST_CLASS:
        raise Invalid("Which kind of document?", field="kind")
    ledger = ledgers.find(asked["ledger"]) if asked.get("ledger") else None
    company = document_forms.known_company(asked.get("company_id", ""))
    known = items.codes_for(ledger, kind, [LineDraft(master_id=each.pk) for each in found])
    book = ledgers.codebook(ledger, kind, items=known)
    answer = []
    for each in found:
        words = _line_words(each, kind)
        suggested = book.suggest(company, master_id=each.pk)
        words |= {"account_code": suggested.account_code, "tax_type": suggested.tax_type}
        answer.append((each, words, _hint(each, kind)))
    return _answer(answer)


# ── steps ──


def _answer(found: list[tuple[Item, dict[str, str], str]]) -> JsonResponse:
    rows = [
        {"value": each.pk, "label": each.name, "hint": hint, "words": words} for each, words, hint in found
    ]
    return JsonResponse({"choices": rows})


def _plan_words(each: Item) -> dict[str, str]:
    """What an item brings to a line of a job's plan."""
    supplier = {
        "supplier_id": each.supplier_id or "",
        "supplier": each.supplier.name if each.supplier else "",
    }
    cost = "" if each.cost is None else amounts.format_plain(each.cost)
    words = _line_words(each, "invoice") | {"cost_unit_amount": cost, **supplier}
    return words | {"is_cost": "yes" if each.is_cost else ""}


def _line_words(each: Item, kind: str) -> dict[str, str]:
    rate = amounts.format_plain(each.rate)
    words = {"item": each.name, "description": each.description}
    if ledgers.sells(kind):
        return words | {"unit_amount": rate}
    cost = amounts.format_plain(each.cost) if each.cost is not None else ""
    return words | {"unit_amount": cost, "sell_unit_amount": rate}


def _hint(each: Item, kind: str) -> str:
    figure = each.rate if ledgers.sells(kind) else each.cost
    shown = "" if figure is None else amounts.format_plain(figure)
    return f"{shown} / {each.unit}" if shown and each.unit else shown


def _of(word: str) -> stale_codes.Of:
    if word == "tax_rate":
        return "tax_rate"
    if word != "account":
        raise Invalid("An account or a tax rate?", field="of")
    return "account"


def _blank(request: StudioRequest) -> dict[str, Any]:
    return {"is_cost": "yes" if request.GET.get("tab") == "expenses" else "", "rate": "0.00"}


def _saved(found: Item | None, post: QueryDict, visit: Visit) -> Item:
    draft = _draft(post)
    if found is None:
        return items.create(draft, by=visit.actor, now=visit.now)
    version = int(post.get("version") or 0)
    return items.edit(item_id=found.pk, version=version, draft=draft, by=visit.actor, now=visit.now)


def _draft(post: QueryDict) -> ItemDraft:
    reading = Reading()
    figures = {name: reading.figure(post.get(name, ""), places=4, name=name) for name in FIGURES}
    draft = ItemDraft(
        name=post.get("name", ""),
        description=post.get("description", ""),
        unit=post.get("unit", ""),
        rate=figures["rate"] or items.ZERO,
        cost=figures["cost"],
        markup_percent=figures["markup_percent"],
        supplier_id=post.get("supplier_id") or None,
        is_cost=bool(post.get("is_cost")),
    )
    reading.finish()
    return draft


def _page(
    request: StudioRequest, found: Item | None, typed: Any, *, status: int = 200, **words: Any
) -> HttpResponse:
    visit = request.visit
    supplier_id = typed.get("supplier_id", "") if hasattr(typed, "get") else typed.supplier_id
    words |= {
        "item": found,
        "typed": _figures_shown(typed) if isinstance(typed, Item) else typed,
        "supplier_shown": companies.name_of(supplier_id),
        "company_source": visit.path("company_choices"),
        "books": _books(found, words.get("code_words")) if found else [],
        "history": histories.of("item", found.pk) if found else [],
        "may_edit": visit.may(Action.EDIT_ITEMS),
    }
    return render(request, "settings/item.html", words, status=status)


def _figures_shown(found: Item) -> dict[str, Any]:
    words: dict[str, Any] = {name: getattr(found, name) for name in ItemDraft.__dataclass_fields__}
    shown = {name: "" if words[name] is None else amounts.format_plain(words[name]) for name in FIGURES}
    return words | shown


def _books(found: Item, typed: QueryDict | None) -> list[dict[str, Any]]:
    """Each ledger with its chart and what it says of the item; what was typed and refused stays."""
    said = items.codes_of(found)
    answer = []
    for ledger in Ledger.objects.order_by("name"):
        codes = said.get(ledger.pk, CodesDraft())
        names = CodesDraft.__dataclass_fields__
        words = {name: getattr(codes, name) for name in names}
        if typed and f"{ledger.pk}-sales_account_code" in typed:
            words = {name: typed.get(f"{ledger.pk}-{name}", "") for name in names}
        sold, bought = charts.of(ledger, "invoice"), charts.of(ledger, "expense")
        answer.append({"ledger": ledger, "words": words, "sold": sold, "bought": bought})
    return answer


def _replacement_page(
    request: StudioRequest, ledger: Ledger, asked: QueryDict, *, status: int = 200, **words: Any
) -> HttpResponse:
    of = _of(asked.get("of", "account"))
    chart = charts.of(ledger, "invoice")
    options = (
        [(account.code, account.label) for account in chart.accounts]
        if of == "account"
        else [(rate.tax_type, rate.label) for rate in chart.tax_rates]
    )
    stale = next(
        (one for one in stale_codes.stale_codes(ledger) if (one.of, one.code) == (of, asked.get("old"))), None
    )
    words |= {
        "ledger": ledger,
        "of": of,
        "old": asked.get("old", ""),
        "stale": stale,
        "typed": asked,
        "options": [("", "Choose"), *options],
    }
    return render(request, "settings/replacement.html", words, status=status)
