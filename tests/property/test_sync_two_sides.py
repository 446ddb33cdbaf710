"""Two people edit one document, one here and one in Xero; sends, lost replies and readings fall in between.

The model of Xero knows one thing: how lines merge (developer.xero.com, Accounting API, Invoices: a line with a known
LineItemID is updated, one without is added, one that is left out is deleted, no lines at all keeps all). What the two
people mean is kept beside it, so that a test can tell whose work was lost.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from bluestamp.sync import payloads, their_faces, updates
from bluestamp.sync.faces import Face, LineFace, by_xero_id
from bluestamp.sync.plan import CopyState, Last, Money, plan
from bluestamp.sync.updates import Change, Nothing, Stop
from bluestamp.xero.records import Contact, Invoice, LineItem
from bluestamp.xero.writes import InvoiceWrite, LineItemWrite

CENT = Decimal("0.01")
TAX_RATES = {"INPUT2": Decimal("0.20"), "ZERORATEDINPUT": Decimal(0), "RRINPUT": Decimal("0.05")}
UNPAID = Money(Decimal(0), Decimal(0), Decimal(0), None)

words = st.sampled_from(["Edit", "Grade", "Day rate", "Day rate\nTuesday"])
amounts = st.sampled_from([Decimal("0.00"), Decimal("10.00"), Decimal("20.00"), Decimal("33.33")])
accounts = st.sampled_from(["400", "404", "429"])
tax_types = st.sampled_from(sorted(TAX_RATES))
days = st.dates(dt.date(2026, 3, 1), dt.date(2026, 3, 6))
picks = st.integers(0, 20)

#: What a person may set on a line, and the fields of ours that say it.
LINE_EDITS: dict[str, st.SearchStrategy[Any]] = {
    "description": words,
    "unit_amount": amounts,
    "account_code": accounts,
    "tax_type": tax_types,
}
CODES = ("account_code", "tax_type")
HEAD_EDITS = ("date", "due_date")
edits = st.sampled_from(sorted(LINE_EDITS)).flatmap(lambda name: st.tuples(st.just(name), LINE_EDITS[name]))


def tax_on(amount: Decimal, tax_type: str) -> Decimal:
    return (amount * TAX_RATES[tax_type]).quantize(CENT)


class Xero:
    """One bill in Xero: it merges what it is sent, and it lets a person edit."""

    def __init__(self, write: InvoiceWrite) -> None:
        self.made = 0
        self.record = Invoice(invoice_id="inv-1", contact=Contact(contact_id="c"))
        self.take(write)

    def take(self, write: InvoiceWrite) -> Invoice:
        """Merge an update, as the reference says, and answer the whole document."""
        fields = {name: getattr(write, name) for name in ("date", "due_date", "status", "invoice_number")}
        given = {name: value for name, value in fields.items() if value is not msgspec.UNSET}
        record = replace(self.record, **given)
        if write.line_items is not msgspec.UNSET:
            known = {line.line_item_id: line for line in self.record.line_items}
            assert isinstance(write.line_items, tuple)
            record = replace(record, line_items=tuple(self._line(line, known) for line in write.line_items))
        return self._keep(record)

    def edit(self, lines: tuple[LineItem, ...]) -> None:
        """A person changes lines by hand; Xero reckons their tax."""
        self._keep(replace(self.record, line_items=tuple(map(self._reckoned, lines))))

    def new_line(self) -> LineItem:
        self.made += 1
        return LineItem(line_item_id=f"x-{self.made}", quantity=Decimal(1))

    def _line(self, sent: LineItemWrite, known: dict[str, LineItem]) -> LineItem:
        id_ = sent.line_item_id
        line = self.new_line() if id_ is msgspec.UNSET else known[str(id_)]
        names = ("description", "quantity", "unit_amount", "account_code", "tax_type")
        given = {name: getattr(sent, name) for name in names if getattr(sent, name) is not msgspec.UNSET}
        merged = self._reckoned(replace(line, **given))
        assert sent.line_amount in (msgspec.UNSET, merged.line_amount), "The line total does not match"
        return merged

    @staticmethod
    def _reckoned(line: LineItem) -> LineItem:
        amount = ((line.quantity or Decimal(0)) * (line.unit_amount or Decimal(0))).quantize(CENT)
        tax_type = line.tax_type or "INPUT2"
        return replace(line, line_amount=amount, tax_type=tax_type, tax_amount=tax_on(amount, tax_type))

    def _keep(self, record: Invoice) -> Invoice:
        net = sum((line.line_amount or Decimal(0) for line in record.line_items), Decimal(0))
        tax = sum((line.tax_amount or Decimal(0) for line in record.line_items), Decimal(0))
        self.record = replace(record, sub_total=net, total_tax=tax, total=net + tax)
        return self.record


def ours_of(line: LineFace) -> LineFace:
    """A line of ours with its amounts worked out."""
    amount = (line.quantity * line.unit_amount).quantize(CENT)
    return replace(line, line_amount=amount, tax_amount=tax_on(amount, line.tax_type))


class TwoSides(RuleBasedStateMachine):
    """One bill awaiting approval, its copy, and the two people at it."""

    @initialize(first=st.lists(st.tuples(words, amounts), min_size=1, max_size=3))
    def copy(self, first: list[tuple[str, Decimal]]) -> None:
        """It was created in Xero and the answer came."""
        self.made = 0
        self.lines = [self._new_line(text, amount) for text, amount in first]
        self.status = "SUBMITTED"
        self.date, self.due_date = dt.date(2026, 3, 1), dt.date(2026, 3, 31)
        self.line_ids: dict[str, str] = {}
        self.xero = Xero(payloads.creation(self.ours(), kind="expense", url="https://x.example/s/expenses/1"))
        self._remember(self.ours(), self.xero.record)
        #: fields that the person in Xero set, by LineItemID ("" is the head), until they are seen here
        self.unseen: dict[str, set[str]] = {}
        self.recoded: dict[tuple[str, str], str] = {}
        self.strange: set[str] = set()
        self.let_stand: set[str] = set()

    def _new_line(self, text: str, amount: Decimal) -> LineFace:
        self.made += 1
        line = LineFace(
            our_id=f"l-{self.made}",
            description=text,
            quantity=Decimal(1),
            unit_amount=amount,
            account_code="400",
            tax_type="INPUT2",
        )
        return ours_of(line)

    # Readings

    def ours(self) -> Face:
        lines = tuple(replace(line, xero_id=self.line_ids.get(line.our_id, "")) for line in self.lines)
        net = sum((line.line_amount for line in lines), Decimal(0))
        tax = sum((line.tax_amount for line in lines), Decimal(0))
        return Face(
            status=self.status,
            contact_id="c",
            date=self.date,
            due_date=self.due_date,
            lines=lines,
            currency="",
            sub_total=net,
            total_tax=tax,
            total=net + tax,
        )

    def theirs(self) -> Face:
        face = their_faces.of_record(self.xero.record, line_ids=self.line_ids)
        return replace(face, tax_mode="", currency="")

    def _remember(self, sent: Face, record: Invoice) -> None:
        self.line_ids = their_faces.match_lines(sent, record)
        self.sent = replace(
            sent,
            lines=tuple(replace(line, xero_id=self.line_ids.get(line.our_id, "")) for line in sent.lines),
        )
        self.held = self.known = self.theirs()

    # The person here

    @rule(pick=picks, edit=edits)
    def edit_here(self, pick: int, edit: tuple[str, Any]) -> None:
        if self.lines:
            place = pick % len(self.lines)
            self.lines[place] = ours_of(replace(self.lines[place], **{edit[0]: edit[1]}))

    @rule(text=words, amount=amounts, pick=picks)
    def add_here(self, text: str, amount: Decimal, pick: int) -> None:
        if len(self.lines) < 5:
            self.lines.insert(pick % (len(self.lines) + 1), self._new_line(text, amount))

    @rule(pick=picks)
    def remove_here(self, pick: int) -> None:
        if len(self.lines) > 1:
            del self.lines[pick % len(self.lines)]

    @rule()
    def turn_here(self) -> None:
        self.lines.reverse()

    @rule(name=st.sampled_from(HEAD_EDITS), day=days)
    def redate_here(self, name: str, day: dt.date) -> None:
        setattr(self, name, day)

    @rule(status=st.sampled_from(["DRAFT", "SUBMITTED"]))
    def move_here(self, status: str) -> None:
        self.status = status

    # The person in Xero

    @rule(pick=picks, edit=edits)
    def edit_there(self, pick: int, edit: tuple[str, Any]) -> None:
        lines = list(self.xero.record.line_items)
        line = lines[pick % len(lines)]
        name, value = edit
        if getattr(line, name) == value:
            return
        lines[pick % len(lines)] = replace(line, **{name: value})
        self.xero.edit(tuple(lines))
        self.unseen.setdefault(line.line_item_id, set()).add(name)
        if name in CODES:
            self.recoded[line.line_item_id, name] = value

    @rule(text=words, amount=amounts)
    def add_there(self, text: str, amount: Decimal) -> None:
        if len(self.xero.record.line_items) < 6:
            line = replace(self.xero.new_line(), description=f"Theirs: {text}", unit_amount=amount)
            self.xero.edit((*self.xero.record.line_items, line))
            self.strange.add(line.line_item_id)

    @rule(pick=picks)
    def delete_there(self, pick: int) -> None:
        lines = list(self.xero.record.line_items)
        if len(lines) > 1:
            gone = lines.pop(pick % len(lines)).line_item_id
            self.xero.edit(tuple(lines))
            self.strange.discard(gone)
            self._forget(gone)

    @rule(name=st.sampled_from(HEAD_EDITS), day=days)
    def redate_there(self, name: str, day: dt.date) -> None:
        if getattr(self.xero.record, name) != day:
            self.xero.record = replace(self.xero.record, **{name: day})
            self.unseen.setdefault("", set()).add(name)

    @rule(status=st.sampled_from(["DRAFT", "SUBMITTED"]))
    def move_there(self, status: str) -> None:
        if self.xero.record.status != status:
            self.xero.record = replace(self.xero.record, status=status)
            self.unseen.setdefault("", set()).add("status")

    # Between them

    @rule()
    def read(self) -> None:
        """A webhook or a sweep: the person here can see what Xero says."""
        self.known = self.theirs()
        self.unseen.clear()

    @rule(is_reply_lost=st.booleans())
    def send(self, is_reply_lost: bool) -> None:
        before, ours = self.xero.record, self.ours()
        decision = self._decided(ours)
        if isinstance(decision, Stop):
            assert decision.code in ("CHANGED_IN_XERO", "LINES_DIFFER")
            self.read()
            return
        if isinstance(decision, Nothing):
            self.sent = ours
            self._agrees(ours, had=before)
            return
        answer = self.xero.take(payloads.change(decision, kind="expense", xero_id="inv-1"))
        self._nothing_unseen_was_lost(before, decision)
        self._no_stranger_was_lost(before)
        self._no_code_was_lost(before)
        self._agrees(ours, had=before)
        if is_reply_lost:
            self._note_codes(decision)
        else:
            self._remember(ours, answer)
            self.unseen.clear()
            self.let_stand = set(self.strange)

    @rule()
    def send_twice(self) -> None:
        """The reply is lost, the same wish is decided anew: nothing more is to be sent, or lines named alone."""
        ours = self.ours()
        decision = self._decided(ours)
        if not isinstance(decision, Change):
            return
        before = self.xero.record
        after = self.xero.take(payloads.change(decision, kind="expense", xero_id="inv-1"))
        self._nothing_unseen_was_lost(before, decision)
        again = self._decided(self.ours())
        assert not isinstance(again, Stop), again
        if isinstance(again, Change):
            assert not again.fields
            assert not again.status
            assert all(line.xero_id and not line.fields for line in again.lines or ())
            answer = self.xero.take(payloads.change(again, kind="expense", xero_id="inv-1"))
            assert {line.line_item_id: line for line in answer.line_items} == {
                line.line_item_id: line for line in after.line_items
            }
        else:
            answer = after
        self._remember(ours, answer)
        self.unseen.clear()
        self.let_stand = set(self.strange)

    @precondition(lambda self: self.strange)
    @rule()
    def remove_what_was_added_there(self) -> None:
        """LINES_DIFFER was settled: somebody took the line out of Xero again."""
        self.xero.edit(tuple(line for line in self.xero.record.line_items if line.line_item_id not in self.strange))  # fmt: skip
        for gone in self.strange:
            self._forget(gone)
        self.strange.clear()
        if not self.xero.record.line_items:
            self.take_xeros_place()

    @rule()
    def take_xeros_place(self) -> None:
        """All is settled by a person: what stands here is put into Xero by hand, line by line."""
        self.xero = Xero(payloads.creation(self.ours(), kind="expense", url="https://x.example/s/expenses/1"))
        self.line_ids = {}
        self.lines = [replace(line, xero_id="") for line in self.lines]
        self._remember(self.ours(), self.xero.record)
        self.unseen.clear()
        self.recoded.clear()
        self.strange.clear()
        self.let_stand.clear()

    # What must hold

    def _decided(self, ours: Face) -> updates.Decision:
        return updates.decide(
            kind="expense",
            our_status="draft" if self.status == "DRAFT" else "approved",
            ours=ours,
            sent=self.sent,
            held=self.held,
            theirs=self.theirs(),
            known=self.known,
            has_money=False,
        )

    def _forget(self, id_: str) -> None:
        self.unseen.pop(id_, None)
        self.recoded = {key: value for key, value in self.recoded.items() if key[0] != id_}

    def _nothing_unseen_was_lost(self, before: Invoice, decision: Change) -> None:
        """What a person set in Xero, and what it said before was last seen here, still stands."""
        after = {line.line_item_id: line for line in self.xero.record.line_items}
        was = {line.line_item_id: line for line in before.line_items}
        seen = {line.xero_id: line for line in self.known.lines}
        for id_, names in self.unseen.items():
            if id_ and id_ not in seen:
                continue
            had, saw = (was[id_], seen[id_]) if id_ else (before, self.known)
            unseen = [name for name in names if getattr(had, name) != getattr(saw, name)]
            has = after.get(id_) if id_ else self.xero.record
            assert has is not None or not unseen, f"unseen {unseen} of {id_} deleted by {decision}"
            lost = [name for name in unseen if getattr(has, name) != getattr(had, name)]
            assert not lost, f"unseen {lost} of {id_ or 'the head'} written over by {decision}"

    def _no_stranger_was_lost(self, before: Invoice) -> None:
        there = {line.line_item_id for line in self.xero.record.line_items}
        assert self.strange <= there

    def _no_code_was_lost(self, before: Invoice) -> None:
        """An account or tax rate that was chosen in Xero since our last send stays."""
        after = {line.line_item_id: line for line in self.xero.record.line_items}
        for line in before.line_items:
            answered, now = by_xero_id(self.held).get(line.line_item_id), after.get(line.line_item_id)
            for name in CODES if answered and now else ():
                if getattr(line, name) != getattr(answered, name):
                    assert getattr(now, name) == getattr(line, name)

    def _note_codes(self, decision: Change) -> None:
        """Codes that arrived without our hearing look like a choice made in Xero, and stay like one."""
        for line in decision.lines or ():
            for name in line.fields & set(CODES):
                self.recoded[line.xero_id, name] = getattr(line.line, name)

    def _agrees(self, ours: Face, *, had: Invoice) -> None:
        """After a send without a stop Xero says what we say, but for codes that were chosen there."""
        record = self.xero.record
        assert record.status == ours.status
        assert (record.date, record.due_date) == (ours.date, ours.due_date)
        lines = [line for line in record.line_items if line.line_item_id not in self.strange]
        touched = lines if self._lines_went(had) else []
        if touched:
            assert sorted(map(_said, touched)) == sorted(_said_here(line) for line in ours.lines)
        for line in touched:
            for name in CODES:
                kept = self.recoded.get((line.line_item_id, name))
                assert getattr(line, name) in {kept, *(getattr(mine, name) for mine in ours.lines)}

    def _lines_went(self, had: Invoice) -> bool:
        return self.xero.record.line_items != had.line_items

    @invariant()
    def no_line_is_there_twice(self) -> None:
        """Xero never holds more lines than both people made."""
        if not hasattr(self, "xero"):
            return
        ids = [line.line_item_id for line in self.xero.record.line_items]
        assert len(ids) == len(set(ids))
        ours_there = [line for line in self.xero.record.line_items if line.line_item_id not in self.strange]
        known = {*self.line_ids.values()}
        unknown = [line for line in ours_there if line.line_item_id not in known]
        assert len(unknown) <= len([line for line in self.lines if line.our_id not in self.line_ids]) + 1

    @invariant()
    def a_reading_never_raises_and_shows_what_is_unseen(self) -> None:
        if not hasattr(self, "xero"):
            return
        made = plan(
            kind="expense",
            our_status="approved",
            ours=self.ours(),
            changed_here=True,
            last=Last(sent=self.sent, held=self.held, theirs=self.known, money=UNPAID, updated_at=None),
            theirs=self.theirs(),
            money=UNPAID,
            updated_at=None,
        )
        new = [line for line in self.theirs().lines if line.xero_id in self.strange - self.let_stand]
        if new:
            assert made.state is CopyState.CHANGED_IN_XERO


def _said(line: LineItem) -> tuple[str, Decimal]:
    return line.description, line.line_amount or Decimal(0)


def _said_here(line: LineFace) -> tuple[str, Decimal]:
    return line.description, line.line_amount


TwoSides.TestCase.settings = settings(
    max_examples=150, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestTwoSides = TwoSides.TestCase
