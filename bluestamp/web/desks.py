"""A desk: how a kind of document is opened, saved, refused and shown anew on a page of its own.

What is the same for every such kind stands here; the noun's own file has its fields, its verbs and what may be done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render

from bluestamp.books import documents
from bluestamp.errors import Conflict, Invalid, Refusal
from bluestamp.sync import pull
from bluestamp.web import (
    copy_panels,
    document_forms,
    held_acts,
    histories,
    kinds,
    rate_fields,
    refusals,
    typed,
)
from bluestamp.web.kinds import Kind
from bluestamp.web.typed import Typed
from bluestamp.web.visits import StudioRequest, Visit

Act = Callable[[Any, Visit], Any]


@dataclass(frozen=True, kw_only=True)
class Desk:
    """One kind's own: `draft` reads its form, `written` fills it; `can` says which controls are shown.

    `acts` are the acts with an address, `own` what its template shows besides, `compared` the plain fields that a person
    is told of when somebody else changed the document first.
    """

    kind: Kind
    template: str
    create: Callable[..., Any]
    edit: Callable[[Any, int, Any, Visit], Any]
    draft: Callable[[Typed, Visit], Any]
    written: Callable[[Any], Mapping[str, str]]
    can: Callable[[Visit, Any], dict[str, bool]]
    own: Callable[[Visit, Any, Typed], dict[str, Any]]
    acts: tuple[str, ...]
    compared: tuple[str, ...]

    def load(self, document_id: str) -> Any:
        """The document of an address."""
        return documents.load(self.kind.name, document_id)

    def new(self, request: StudioRequest, blank: Typed) -> HttpResponse:
        """One that is not there yet; posting writes it down."""
        if request.method == "GET":
            return self.page(request, None, blank)
        visit, form = request.visit, typed.from_post(request.POST)
        try:
            with transaction.atomic():
                made = self.create(self.draft(form, visit), by=visit.actor, now=visit.now)
        except (Invalid, Conflict) as refusal:
            return self.refused(request, None, form, refusal)
        return self.fresh(request, made.pk)

    def open(self, request: StudioRequest, document_id: str) -> HttpResponse:
        """One document; posting saves what was typed."""
        found = self.load(document_id)
        if request.method == "GET":
            pull.look_on_opening(found, now=request.visit.now)
            return self.page(request, found, self.form_of(found))
        return self.save_then(request, found, lambda _saved, _visit: None)

    def save_then(self, request: StudioRequest, found: Any, act: Act) -> HttpResponse:
        """Save if anything was typed, then act; refused, neither is done and what was typed stays in the form."""
        visit, has_form = request.visit, "tax_mode" in request.POST
        form = typed.from_post(request.POST) if has_form else self.form_of(found)
        try:
            with transaction.atomic():
                act(self._saved(found, form, visit) if has_form else found, visit)
        except (Invalid, Conflict) as refusal:
            return self.refused(request, self.load(found.pk), form, refusal)
        return self.fresh(request, found.pk)

    def redraw(self, request: StudioRequest, *, terms_days: int | None = None) -> HttpResponse:
        """The same form after its company or branch changed, with what these bring along."""
        form = typed.from_post(request.POST)
        found = self.load(form["document"]) if form.get("document") else None
        company = document_forms.known_company(form.get("company_id"))
        branch = request.visit.branch_by_id.get(form.get("branch_id"), request.visit.home)
        if company is not None:
            currency = branch.currency
            document_forms.take_defaults(
                form, company, kind=self.kind, branch_currency=currency, terms_days=terms_days
            )
        return self.page(request, found, form)

    def refused(self, request: StudioRequest, found: Any, form: Typed, refusal: Refusal) -> HttpResponse:
        """The page as it was typed, with the reasons where they belong."""
        words: dict[str, Any] = {"faults": typed.spread_faults(form, refusals.by_field(refusal))}
        words |= copy_panels.refused_words(refusal)
        if found is not None and isinstance(refusal, documents.Stale):
            words |= {"is_stale": True, "meanwhile": self._meanwhile(form, found)}
            form.words["version"] = str(found.version)
        return self.page(request, found, form, status=refusal.http_status, **words)

    def fresh(self, request: StudioRequest, document_id: str) -> HttpResponse:
        """The document as it now is, at its own address."""
        path = request.visit.path(self.kind.name, document_id)
        if not request.htmx:
            return redirect(path)
        found = self.load(document_id)
        response = self.page(request, found, self.form_of(found), is_saved=True)
        response["HX-Push-Url"] = path
        return response

    def page(
        self, request: StudioRequest, found: Any, form: Typed, *, status: int = 200, **words: Any
    ) -> HttpResponse:
        """Draw the page."""
        return render(
            request, self.template, self._context(request.visit, found, form) | words, status=status
        )

    def form_of(self, found: Any) -> Typed:
        """The form as the document fills it."""
        words = {"version": str(found.version), **_head(found), **self.written(found)}
        return Typed(words=words, lines=typed.from_lines(found.lines.all()))

    def _saved(self, found: Any, form: Typed, visit: Visit) -> Any:
        return self.edit(found, int(form.get("version") or 0), self.draft(form, visit), visit)

    def _meanwhile(self, form: Typed, found: Any) -> dict[str, str]:
        now = self.form_of(found)
        return {name: now.get(name) or "nothing" for name in self.compared if now.get(name) != form.get(name)}

    def _context(self, visit: Visit, found: Any, form: Typed) -> dict[str, Any]:
        held = held_acts.of(self.kind.name, found.pk) if found else held_acts.NOTHING
        can = self.can(visit, found) | held.refused
        panel = copy_panels.context(visit, found) if found else {"is_connected": False}
        edits = can["edit"]
        words = document_forms.context(visit, self.kind, form, may_lines=edits, may_codes=edits, found=found)
        words |= panel
        can |= {"copy": bool(panel.get("can_copy"))}
        words |= {
            "document": found,
            "is_new": found is None,
            "holds": held.sentences,
            "version": form.get("version") or (found.version if found else ""),
            "action": visit.path(self.kind.name, found.pk) if found else visit.path(f"{self.kind.name}_new"),
            "can": can,
            "main_action": main_action(found, can),
            "branch": visit.branch_by_id.get(form.get("branch_id"), visit.home),
        }
        if found:
            words |= {
                "status": _status(self.kind, found),
                "paths": {act: visit.path(f"{self.kind.name}_{act}", found.pk) for act in self.acts},
                "history": histories.of(self.kind.name, found.pk),
            }
        return words | self.own(visit, found, form)


def blank(request: StudioRequest) -> Typed:
    """The form before anybody typed, with what the address names: a branch, a company, a job."""
    visit = request.visit
    words = {
        "branch_id": request.GET.get("branch") or visit.home.pk,
        "company_id": request.GET.get("company", ""),
        "job_id": request.GET.get("job", ""),
        "issued_on": visit.today.isoformat(),
        "currency": visit.home.currency,
        "tax_mode": "exclusive",
    }
    form = Typed(words=words, lines=[])
    company = document_forms.known_company(form["company_id"])
    if company is not None:
        form.words["currency"] = company.currency or visit.home.currency
    return form


def main_action(found: Any, can: Mapping[str, bool]) -> str:
    """The one button that stands out."""
    if found is None:
        return "save"
    if can.get("approve"):
        return "approve"
    return "copy" if can.get("copy") else ""


def _head(found: Any) -> dict[str, str]:
    return {
        "branch_id": found.branch_id,
        "company_id": found.company_id,
        "job_id": found.job_id or "",
        "issued_on": found.issued_on.isoformat(),
        "due_on": found.due_on.isoformat() if found.due_on else "",
        "reference": found.reference,
        "currency": found.currency,
        "tax_mode": found.tax_mode,
        **rate_fields.written(found),
    }


def _status(kind: Kind, found: Any) -> dict[str, str]:
    label, tone, title = kinds.status_of_document(kind, found)
    return {"label": label, "tone": tone, "title": title}
