"""What the forms of all documents have in common: totals as one types, defaults of a company, words for ids."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from bluestamp.books import companies, expenses, items, jobs, keepers, ledgers
from bluestamp.books.companies import Company
from bluestamp.books.documents import Document
from bluestamp.books.ledgers import Ledger
from bluestamp.books.line_items import LineDraft
from bluestamp.errors import Invalid
from bluestamp.money import amounts
from bluestamp.money.totals import Line, TaxMode, totals
from bluestamp.people.branches import Branch
from bluestamp.web import charts, document_lists, rate_fields, typed
from bluestamp.web.kinds import Kind
from bluestamp.web.typed import Typed, TypedLine
from bluestamp.web.visits import StudioRequest, Visit

TAX_MODES: Final = [("exclusive", "without tax"), ("inclusive", "with tax"), ("no_tax", "free of tax")]
NEW: Final = "new:"
MOST_CHOICES: Final = 20


@dataclass(frozen=True)
class TotalsShown:
    """The foot of a document."""

    sub_total: Decimal
    total: Decimal
    taxes: list[tuple[str, Decimal]]


def context(
    visit: Visit,
    kind: Kind,
    form: Typed,
    *,
    may_lines: bool,
    may_codes: bool,
    found: Document | None = None,
) -> dict[str, Any]:
    """What every document's form shows, whatever its kind. Works out the totals and puts each line's amount in it."""
    ledger = ledger_of(form, found)
    company_id = form.get("company_id")
    blank = typed.blank_line("__key__")
    blank.words |= suggestion(ledger, kind, company_id)
    if not form.lines and may_lines:
        form.lines.append(TypedLine(key="new0", words=dict(blank.words)))
    currency = form.get("currency") or visit.home.currency
    put_remarks(form, ledger, kind)
    came_to = work_out(form, ledger, kind)
    return {
        "kind": kind,
        "item_source": visit.path("item_choices"),
        "typed": form,
        "chart": charts.of(ledger, kind.name),
        "ledger_id": ledger.id if ledger else "",
        "totals": came_to,
        "rate": rate_fields.of(visit, kind, form, ledger, total=came_to.total, found=found),
        "currency": currency,
        "locale": locale_of(visit, form),
        "may_lines": may_lines,
        "may_codes": may_codes,
        "blank_line": blank,
        "shown_words": {"company": company_words(company_id), "job": jobs.name_of(form.get("job_id"))},
        "branch_options": [(branch.pk, branch.name) for branch in visit.branches if _offered(branch, form)],
        "tax_mode_options": TAX_MODES,
        "home_currency": ledger.base_currency if ledger else visit.home.currency,
        "warnings": warnings(form, ledger, kind, found),
        **document_lists.paths(visit, kind),
    }


def warnings(form: Typed, ledger: Ledger | None, kind: Kind, found: Document | None) -> list[str]:
    """What is worth changing while it is a draft: a date in a closed period (bookkeeping rule 22)."""
    day, locked = form.get("issued_on"), ledgers.locked_until(ledger) if ledger else None
    is_draft = found is None or found.status == "draft"
    if not (is_draft and kind.posts and locked and day and day <= locked.isoformat()):
        return []
    return [
        f"Its date lies in the period up to {locked.day} {locked:%b %Y}, which is closed. Choose a later one "
        "before it is issued or sent."
    ]


def put_remarks(form: Typed, ledger: Ledger | None, kind: Kind) -> None:
    """Put into each line what is worth a second look: an item's account that was passed over, "No tax"."""
    coded = [
        LineDraft(
            master_id=line.words.get("master_id") or None,
            account_code=line.words.get("account_code", ""),
            tax_type=line.words.get("tax_type", ""),
        )
        for line in form.lines
    ]
    known = items.codes_for(ledger, kind.name, coded)
    for remark in ledgers.codebook(ledger, kind.name, items=known).remarks(coded):
        form.lines[int(remark.field.split(".")[1])].remarks.append(remark.sentence)


def _offered(branch: Branch, form: Typed) -> bool:
    return branch.is_active or branch.pk == form.get("branch_id")


def ledger_of(form: Typed, found: Document | None = None) -> Ledger | None:
    """The ledger that keeps what the form is of: the one that holds it, or the bill that it credits, else its branch's."""
    bill_id = form.get("expense_id") if found is None else ""
    bill = expenses.Expense.objects.filter(pk=bill_id).first() if bill_id else None
    return keepers.of_draft(form.get("branch_id"), found or bill)


def locale_of(visit: Visit, form: Typed) -> str:
    """How the form's branch writes figures and days."""
    branch = visit.branch_by_id.get(form.get("branch_id"))
    return branch.locale if branch else visit.locale


def company_words(company_id: str) -> str:
    """What the company's box says: its name, also while it is still to be made."""
    return company_id.removeprefix(NEW) if company_id.startswith(NEW) else companies.name_of(company_id)


def suggestion(ledger: Ledger | None, kind: Kind, company_id: str) -> dict[str, str]:
    """The account and tax rate that a new line begins with."""
    if ledger is None:
        return {}
    codes = ledgers.suggest(ledger, kind.name, known_company(company_id))
    return {"account_code": codes.account_code, "tax_type": codes.tax_type}


def known_company(company_id: str) -> Company | None:
    """The company of a form, unless it is none or still to be made."""
    if not company_id or company_id.startswith(NEW):
        return None
    return Company.objects.filter(pk=company_id).first()


def work_out(form: Typed, ledger: Ledger | None, kind: Kind) -> TotalsShown:
    """What the form comes to as it stands and as it is shown; what can't be read counts as nothing until it is saved."""
    percents = ledgers.percents(ledger)
    mode = TaxMode(form.get("tax_mode") or TaxMode.EXCLUSIVE)
    lines = [_line(line, percents.get(line.words.get("tax_type", ""), Decimal(0))) for line in form.lines]
    came_to = totals(lines, mode)
    for line, amount in zip(form.lines, came_to.lines, strict=True):
        line.amount = kind.shown(amount.line_amount)
    taxes = [
        (f"Tax {amounts.format_quantity(rate, locale='en-GB')}%", kind.shown(tax))
        for rate, tax in came_to.tax_by_percent.items()
        if tax or rate
    ]
    return TotalsShown(kind.shown(came_to.sub_total), kind.shown(came_to.total), taxes)


def _line(line: TypedLine, percent: Decimal) -> Line:
    return Line(
        quantity=_or(line.words.get("quantity", ""), Decimal(1)),
        unit_amount=_or(line.words.get("unit_amount", ""), Decimal(0)),
        discount_rate=_or(line.words.get("discount_rate", ""), Decimal(0)),
        tax_percent=percent,
        typed_tax=_or(line.words["typed_tax"], Decimal(0)) if line.words.get("typed_tax") else None,
    )


def _or(text: str, otherwise: Decimal) -> Decimal:
    try:
        return amounts.parse_amount(text, places=4) if text else otherwise
    except Invalid:
        return Decimal(0)


def preview_totals(request: StudioRequest, kind: Kind) -> HttpResponse:
    """Work the totals out while somebody types: the same arithmetic as saving, never a second one in the browser."""
    visit, form = request.visit, typed.from_post(request.POST)
    found, drawn_for = rate_fields.stored_in(form, kind), form.get(rate_fields.FOR)
    ledger = ledger_of(form, found)
    came_to = work_out(form, ledger, kind)
    rate = rate_fields.of(visit, kind, form, ledger, total=came_to.total, found=found)
    words = {
        "typed": form,
        "totals": came_to,
        "rate": rate,
        "is_rate_redrawn": drawn_for != (rate.currency if rate else ""),
        "currency": form.get("currency") or visit.home.currency,
        "locale": locale_of(visit, form),
    }
    return render(request, "documents/preview_totals.html", words)


def defaults(request: StudioRequest, kind: Kind) -> HttpResponse:
    """What a company that was just chosen brings along, and nothing else: somebody may be typing elsewhere already."""
    visit = request.visit
    form = typed.from_post(request.POST)
    before = {line.key for line in form.lines}
    form.lines += [blank for blank in typed.blank_lines(request.POST) if blank.key not in before]
    company = known_company(form.get("company_id"))
    branch = visit.branch_by_id.get(form.get("branch_id"), visit.home)
    if company is not None:
        terms_days = branch.payment_terms_days if kind.name == "invoice" else None
        take_defaults(form, company, kind=kind, branch_currency=branch.currency, terms_days=terms_days)
    found = rate_fields.stored_in(form, kind)
    words = context(visit, kind, form, may_lines=True, may_codes=True, found=found)
    untouched = [line for line in form.lines if line.is_blank()]
    for line in untouched:
        line.words |= suggestion(ledger_of(form, found), kind, form.get("company_id"))
    return render(request, "documents/defaults.html", words | {"untouched": untouched})


def take_defaults(
    form: Typed, company: Company, *, kind: Kind, branch_currency: str, terms_days: int | None
) -> None:
    """Put what the company usually has into a form: its currency, and its terms as the due date of what is to be paid."""
    form.words["currency"] = company.currency or branch_currency
    days = company.terms_days if company.terms_days is not None else terms_days
    if not kind.is_due_by_terms or days is None or not form.get("issued_on"):
        return
    try:
        issued_on = dt.date.fromisoformat(form["issued_on"])
    except ValueError:
        return
    form.words["due_on"] = (issued_on + dt.timedelta(days=days)).isoformat()


@require_GET
def company_choices(request: StudioRequest) -> HttpResponse:
    """Companies that match what is typed into a box, for it to offer."""
    found = companies.search(request.GET.get("q", ""), limit=MOST_CHOICES)
    return _choices([(company.pk, company.name, company.currency) for company in found])


@require_GET
def job_choices(request: StudioRequest) -> HttpResponse:
    """Jobs that match what is typed into a box."""
    found = jobs.search(request.GET.get("q", ""), limit=MOST_CHOICES)
    return _choices([(job.pk, str(job), job.company.name) for job in found])


def _choices(found: Sequence[tuple[str, str, str]]) -> HttpResponse:
    return JsonResponse(
        {"choices": [{"value": pk, "label": label, "hint": hint} for pk, label, hint in found]}
    )
