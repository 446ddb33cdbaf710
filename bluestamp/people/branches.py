"""Branches: the offices or identities of a studio. One is home; each may have its own name on paper and its ledger."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import models, transaction
from django.db.models import Q

from bluestamp.errors import Conflict, Invalid, InvalidFields, NotFound
from bluestamp.people import activity, permissions, places
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action
from bluestamp.people.rows import Studio, StudioRow


class Branch(StudioRow):
    """One office or identity; what stands at the head of its invoices."""

    name = models.CharField(max_length=100)
    is_home = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    legal_name = models.CharField(max_length=200)
    address = models.TextField(blank=True)
    tax_number = models.CharField(max_length=50, blank=True)
    email = models.EmailField(blank=True)
    currency = models.CharField(max_length=3)
    locale = models.CharField(max_length=20)
    payment_terms_days = models.PositiveSmallIntegerField(default=30)
    payment_details = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "branches"
        constraints = [
            models.UniqueConstraint(
                fields=["studio"], condition=Q(is_home=True), name="people_branch_one_home"
            ),
            models.UniqueConstraint(fields=["studio", "name"], name="people_branch_name"),
            models.CheckConstraint(
                condition=Q(is_home=False) | Q(is_active=True), name="people_branch_home_active"
            ),
        ]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class BranchDraft:
    """All of a branch that its owner can change. `payment_details` and `address` are free text for the paper."""

    name: str
    legal_name: str
    currency: str
    locale: str
    address: str = ""
    tax_number: str = ""
    email: str = ""
    payment_terms_days: int = 30
    payment_details: str = ""


class HomeStays(Conflict):
    """The home branch is closed only after another became home."""

    code = "HOME_STAYS"


def home() -> Branch:
    """The home branch of the open studio."""
    return Branch.objects.get(is_home=True)


def listed() -> list[Branch]:
    """All branches of the open studio, home first, then by name."""
    return list(Branch.objects.order_by("-is_home", "name"))


def find(branch_id: str) -> Branch:
    """A branch of the open studio. Raises NotFound."""
    try:
        return Branch.objects.get(pk=branch_id)
    except Branch.DoesNotExist:
        raise NotFound("There is no such branch.") from None


def create(draft: BranchDraft, *, by: Actor, now: datetime) -> Branch:
    """Add a branch. Refuses a name that another has, and unknown codes (InvalidFields)."""
    permissions.require(by, Action.EDIT_STUDIO)
    with transaction.atomic():
        _lock_branches(by)
        _refuse_faults(draft, besides="")
        branch = Branch.objects.create(studio_id=by.studio_id, **asdict(draft))
        _record(branch, "branch.created", f"Added the branch {branch.name}.", by=by, now=now)
    return branch


def edit(branch_id: str, draft: BranchDraft, *, by: Actor, now: datetime) -> Branch:
    """Change a branch. Refuses a name that another has, and unknown codes (InvalidFields)."""
    permissions.require(by, Action.EDIT_STUDIO)
    with transaction.atomic():
        _lock_branches(by)
        branch = find(branch_id)
        _refuse_faults(draft, besides=branch_id)
        changed = [field for field, value in asdict(draft).items() if getattr(branch, field) != value]
        for field in changed:
            setattr(branch, field, getattr(draft, field))
        if changed:
            branch.save(update_fields=changed)
            _record(branch, "branch.edited", f"Changed the branch {branch.name}.", by=by, now=now)
    return branch


def make_home(branch_id: str, *, by: Actor, now: datetime) -> Branch:
    """Make this branch the home of the studio, instead of the one that was. A closed one opens again."""
    permissions.require(by, Action.EDIT_STUDIO)
    with transaction.atomic():
        _lock_branches(by)
        branch = find(branch_id)
        if branch.is_home:
            return branch
        Branch.objects.filter(is_home=True).update(is_home=False)
        branch.is_home = branch.is_active = True
        branch.save(update_fields=["is_home", "is_active"])
        _record(branch, "branch.made_home", f"Made {branch.name} the home branch.", by=by, now=now)
    return branch


def close(branch_id: str, *, by: Actor, now: datetime) -> Branch:
    """Offer the branch for nothing new. Refuses the home branch (HomeStays)."""
    permissions.require(by, Action.EDIT_STUDIO)
    with transaction.atomic():
        _lock_branches(by)
        branch = find(branch_id)
        if branch.is_home:
            raise HomeStays(f"{branch.name} is the home branch. Make another branch home first.")
        _open_or_close(branch, is_active=False, by=by, now=now)
    return branch


def reopen(branch_id: str, *, by: Actor, now: datetime) -> Branch:
    """Offer the branch again."""
    permissions.require(by, Action.EDIT_STUDIO)
    with transaction.atomic():
        _lock_branches(by)
        branch = find(branch_id)
        _open_or_close(branch, is_active=True, by=by, now=now)
    return branch


def _open_or_close(branch: Branch, *, is_active: bool, by: Actor, now: datetime) -> None:
    if branch.is_active == is_active:
        return
    branch.is_active = is_active
    branch.save(update_fields=["is_active"])
    verb, word = ("branch.reopened", "Reopened") if is_active else ("branch.closed", "Closed")
    _record(branch, verb, f"{word} the branch {branch.name}.", by=by, now=now)


def _lock_branches(by: Actor) -> None:
    """One change of branches at a time: which one is home, and whose name is whose, is said by all of them."""
    Studio.objects.select_for_update().get(pk=by.studio_id)


def _refuse_faults(draft: BranchDraft, *, besides: str) -> None:
    faults = [*faults_of(draft), *_faults_of_name(draft.name, besides=besides)]
    if faults:
        raise InvalidFields(faults)


def faults_of(draft: BranchDraft) -> list[Invalid]:
    """What can't be taken whatever other branches there are, in the order of the form."""
    missing = [
        Invalid(sentence, field=field)
        for field, sentence in (
            ("name", "Say the branch's name."),
            ("legal_name", "Say the name for invoices."),
        )
        if not getattr(draft, field).strip()
    ]
    terms_fit = 0 <= draft.payment_terms_days <= 365
    return [
        *missing,
        *places.faults_of_currency(draft.currency, field="currency"),
        *places.faults_of_locale(draft.locale, field="locale"),
        *([] if terms_fit else [Invalid("Payment terms are 0 to 365 days.", field="payment_terms_days")]),
    ]


def _faults_of_name(name: str, *, besides: str) -> list[Invalid]:
    if Branch.objects.filter(name=name).exclude(pk=besides).exists():
        return [Invalid(f"Another branch is called {name}.", field="name")]
    return []


def _record(branch: Branch, verb: str, sentence: str, *, by: Actor, now: datetime) -> None:
    activity.record(by=by, verb=verb, kind="branch", subject_id=branch.pk, sentence=sentence, now=now)
