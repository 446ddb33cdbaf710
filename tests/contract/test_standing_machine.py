"""A state machine over documents, payments, credit, voids, deletions and edits (reference 5.2, 7, 8, 10).

A model of a few lines says what each act must do; after every act the sandbox's books have to agree with it:
AmountDue = Total - AmountPaid - AmountCredited, PAID exactly when nothing is due, credit that remains, nothing
negative, one line of history and one event for every change of every document, none for what was refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from bluestamp.sandbox.app import App
from bluestamp.sandbox.config import Config
from bluestamp.sandbox.server import create_app
from tests.contract.caller import API, SCOPES, Caller, Json

EXAMPLES, STEPS = 30, 30
CODES = {"sale": "200", "purchase": "461"}
amounts = st.decimals("0.01", "300", places=2)
parts = st.sampled_from([Decimal("0.25"), Decimal(1), Decimal("1.01")])
sides = st.sampled_from(["sale", "sale", "sale", "purchase"])
"""Mostly one side, so that credit finds invoices it fits."""
mostly = st.sampled_from([True, True, True, False])


@dataclass(eq=False)
class Paper:
    """What the model knows of a document."""

    collection: str
    id: str
    side: str
    gives: bool
    status: str
    total: Decimal
    source: str = ""
    """The bank transaction that made it."""
    paid: dict[str, Decimal] = field(default_factory=dict)
    credited: dict[str, Decimal] = field(default_factory=dict)
    acts: int = 1

    @property
    def due(self) -> Decimal:
        if self.status in {"VOIDED", "DELETED"}:
            return Decimal(0)
        return self.total - sum(self.paid.values()) - sum(self.credited.values())

    @property
    def is_settled(self) -> bool:
        return bool(self.paid or self.credited)

    def settle(self) -> None:
        self.acts += 1
        self.status = "AUTHORISED" if self.due else "PAID"


@dataclass(eq=False)
class Money:
    """A payment or an allocation that stands."""

    id: str
    papers: tuple[Paper, ...]
    amount: Decimal


class Standing(RuleBasedStateMachine):
    """Acts on one contact's documents of one currency."""

    app: App
    caller: Caller
    bank: str
    invoices = Bundle("invoices")
    credits = Bundle("credits")
    payments = Bundle("payments")
    allocations = Bundle("allocations")
    batches = Bundle("batches")

    def __init__(self) -> None:
        super().__init__()
        self.held: list[Paper] = []
        self.touched: set[Paper] = set()
        number = self.app.world.store.scalar("SELECT COUNT(*) FROM contacts")
        made = self.caller.put("/Contacts", {"Name": f"Somebody {number}"}).json()
        self.contact = {"ContactID": made["Contacts"][0]["ContactID"]}

    @initialize(target=invoices, amount=amounts)
    def begin_with_an_invoice(self, amount: Decimal) -> Paper:
        """So that there is something to pay from the start."""
        return self._write("sale", amount, gives=False, approved=True)

    @initialize(target=credits, amount=amounts)
    def begin_with_a_credit_note(self, amount: Decimal) -> Paper:
        """And something to pay it with."""
        return self._write("sale", amount, gives=True, approved=True)

    @rule(target=invoices, side=sides, amount=amounts, approved=mostly)
    def invoice(self, side: str, amount: Decimal, approved: bool) -> Paper:
        """An invoice or a bill."""
        return self._write(side, amount, gives=False, approved=approved)

    @rule(target=credits, side=sides, amount=amounts, approved=mostly)
    def note(self, side: str, amount: Decimal, approved: bool) -> Paper:
        """A credit note of either side."""
        return self._write(side, amount, gives=True, approved=approved)

    @rule(target=credits, side=sides, amount=amounts, over=st.booleans())
    def advance(self, side: str, amount: Decimal, over: bool) -> Paper:
        """A prepayment or an overpayment."""
        word = "Overpayment" if over else "Prepayment"
        way = "RECEIVE" if side == "sale" else "SPEND"
        sent = {"Type": f"{way}-{word.upper()}", "BankAccount": {"Code": "090"}, **self._lines(side, amount)}
        made = self._made("BankTransactions", sent)
        source = made["BankTransactionID"]
        return self._hold(
            Paper(f"{word}s", made[f"{word}ID"], side, True, "AUTHORISED", money(made["Total"]), source)
        )

    @rule(paper=invoices | credits, to=st.sampled_from(["AUTHORISED", "AUTHORISED", "VOIDED", "DELETED"]))
    def move(self, paper: Paper, to: str) -> None:
        """Approve, void or delete, as the table lets it."""
        if paper.source:
            self._void_advance(paper)
            return
        answer = self.caller.post(f"/{paper.collection}/{paper.id}", {"Status": to})
        open_ = {"DRAFT": {"AUTHORISED", "DELETED"}, "AUTHORISED": {"AUTHORISED", "VOIDED"}}
        allowed = open_.get(paper.status, set()) - ({"VOIDED"} if paper.is_settled else set())
        if self._heard(answer, to in allowed, paper):
            paper.status, paper.acts = to, paper.acts + 1

    @rule(paper=invoices | credits, amount=amounts)
    def reprice(self, paper: Paper, amount: Decimal) -> None:
        """Lines of another amount: only on what stands open and unsettled."""
        if paper.source:
            return
        answer = self.caller.post(f"/{paper.collection}/{paper.id}", self._lines(paper.side, amount))
        allowed = paper.status in {"DRAFT", "AUTHORISED"} and not paper.is_settled
        if self._heard(answer, allowed, paper):
            paper.total, paper.acts = money(answer.json()[paper.collection][0]["Total"]), paper.acts + 1

    @rule(paper=invoices)
    def rename(self, paper: Paper) -> None:
        """Other words on a line, which an invoice allows even when it is paid."""
        line_id = self._fresh(paper)["LineItems"][0]["LineItemID"]
        entry = {"LineItemID": line_id, "Description": f"Words {paper.acts}"}
        answer = self.caller.post(f"/Invoices/{paper.id}", {"LineItems": [entry]})
        if self._heard(answer, paper.status not in {"VOIDED", "DELETED"}, paper):
            paper.acts += 1

    @rule(target=payments, paper=invoices | credits, part=parts)
    def pay(self, paper: Paper, part: Decimal) -> Any:
        """Pay some of it, all of it, or more than is due; of credit, a refund."""
        amount = max(cents(paper.due * part), Decimal("0.01"))
        kind = paper.collection[:-1]
        sent = {kind: {f"{kind}ID": paper.id}, "Account": {"Code": "090"}, "Amount": str(amount)}
        answer = self.caller.put("/Payments", sent)
        if not self._heard(answer, paper.status == "AUTHORISED" and amount <= paper.due, paper):
            return multiple()
        made = Money(answer.json()["Payments"][0]["PaymentID"], (paper,), amount)
        paper.paid[made.id] = amount
        paper.settle()
        return made

    @rule(payment=consumes(payments))
    def unpay(self, payment: Money) -> None:
        """Take a payment back."""
        answer = self.caller.post(f"/Payments/{payment.id}", {"Status": "DELETED"})
        self._heard(answer, True, *payment.papers)
        for paper in payment.papers:
            del paper.paid[payment.id]
            paper.settle()

    @rule(target=batches, first=invoices, second=invoices)
    def pay_both(self, first: Paper, second: Paper) -> Any:
        """Two documents of one side in one movement of money: both or neither."""
        if first is second:
            return multiple()
        both = (first, second)
        paid = [{"Invoice": {"InvoiceID": paper.id}, "Amount": str(paper.due)} for paper in both]
        sent = {"Account": {"AccountID": self.bank}, "Payments": paid}
        answer = self.caller.put("/BatchPayments", sent)
        are_open = {paper.status for paper in both} == {"AUTHORISED"} and first.side == second.side
        if not self._heard(answer, are_open, *both):
            return multiple()
        batch = answer.json()["BatchPayments"][0]
        for paper, item in zip(both, batch["Payments"], strict=True):
            paper.paid[item["PaymentID"]] = money(item["Amount"])
            paper.settle()
        return Money(batch["BatchPaymentID"], both, money(batch["TotalAmount"]))

    @rule(batch=consumes(batches))
    def unpay_both(self, batch: Money) -> None:
        """Take a batch back; what is in it can't go alone."""
        held = self.caller.get(f"/BatchPayments/{batch.id}").json()["BatchPayments"][0]["Payments"]
        ids = {item["PaymentID"] for item in held}
        for payment_id in ids:
            self._heard(self.caller.post(f"/Payments/{payment_id}", {"Status": "DELETED"}), False)
        self._heard(
            self.caller.post(f"/BatchPayments/{batch.id}", {"Status": "DELETED"}), True, *batch.papers
        )
        for paper in batch.papers:
            paper.paid = {name: amount for name, amount in paper.paid.items() if name not in ids}
            paper.settle()

    @rule(target=allocations, credit=credits, invoice=invoices, part=parts)
    def allocate(self, credit: Paper, invoice: Paper, part: Decimal) -> Any:
        """Use credit on an invoice."""
        most = min(credit.due, invoice.due)
        amount = max(cents(most * part), Decimal("0.01"))
        sent = {"Invoice": {"InvoiceID": invoice.id}, "Amount": str(amount)}
        answer = self.caller.put(f"/{credit.collection}/{credit.id}/Allocations", sent)
        are_open = credit.status == invoice.status == "AUTHORISED" and credit.side == invoice.side
        if not self._heard(answer, are_open and amount <= most, credit, invoice):
            return multiple()
        made = Money(answer.json()["Allocations"][0]["AllocationID"], (credit, invoice), amount)
        for paper in made.papers:
            paper.credited[made.id] = amount
            paper.settle()
        return made

    @rule(allocation=consumes(allocations))
    def unallocate(self, allocation: Money) -> None:
        """Take credit off again."""
        credit = allocation.papers[0]
        path = f"{API}/{credit.collection}/{credit.id}/Allocations/{allocation.id}"
        answer = self.caller.http.delete(path, headers=self.caller.headers())
        self._heard(answer, True, *allocation.papers)
        for paper in allocation.papers:
            del paper.credited[allocation.id]
            paper.settle()

    @invariant()
    def the_books_agree(self) -> None:
        """Every document that the last act touched stands as the model says."""
        for paper in self.touched:
            self._check(paper)
        self.touched.clear()

    def teardown(self) -> None:
        """At the end, all of them."""
        for paper in self.held:
            self._check(paper)

    def _check(self, paper: Paper) -> None:
        said = self._fresh(paper)
        due = money(said["RemainingCredit" if paper.gives else "AmountDue"])
        assert (said["Status"], due, money(said["Total"])) == (paper.status, paper.due, paper.total)
        assert due >= 0 and (said["Status"] == "PAID") == (not due and paper.status in {"AUTHORISED", "PAID"})
        if not paper.gives:
            paid, credited = money(said["AmountPaid"]), money(said["AmountCredited"])
            assert (paid, credited) == (sum(paper.paid.values()), sum(paper.credited.values()))
            assert paper.status in {"VOIDED", "DELETED"} or due == money(said["Total"]) - paid - credited
        assert {item["PaymentID"] for item in said["Payments"]} == set(paper.paid)
        assert (
            self._count("history", "subject", paper) == self._count("events", "resource", paper) == paper.acts
        )

    def _count(self, table: str, column: str, paper: Paper) -> int:
        return int(self.app.world.store.scalar(f"SELECT COUNT(*) FROM {table} WHERE {column} = ?", paper.id))

    def _write(self, side: str, amount: Decimal, *, gives: bool, approved: bool) -> Paper:
        collection = "CreditNotes" if gives else "Invoices"
        status = "AUTHORISED" if approved else "DRAFT"
        type_ = ("ACCREC" if side == "sale" else "ACCPAY") + ("CREDIT" if gives else "")
        made = self._made(
            collection,
            {"Type": type_, "Status": status, "DueDate": "2026-12-02", **self._lines(side, amount)},
        )
        return self._hold(
            Paper(collection, made[f"{collection[:-1]}ID"], side, gives, status, money(made["Total"]))
        )

    def _void_advance(self, paper: Paper) -> None:
        answer = self.caller.post(f"/BankTransactions/{paper.source}", {"Status": "DELETED"})
        if self._heard(answer, paper.status == "AUTHORISED" and not paper.is_settled, paper):
            paper.status, paper.acts = "VOIDED", paper.acts + 1

    def _heard(self, answer: Any, is_allowed: bool, *papers: Paper) -> bool:
        self.touched |= set(papers)
        assert (answer.status_code == 200) is is_allowed, answer.text
        return is_allowed

    def _hold(self, paper: Paper) -> Paper:
        self.held.append(paper)
        self.touched.add(paper)
        return paper

    def _made(self, collection: str, sent: Json) -> Json:
        answer = self.caller.put(f"/{collection}", {"Contact": self.contact, "Date": "2026-11-02", **sent})
        assert answer.status_code == 200, answer.text
        made: Json = answer.json()[collection][0]
        return made

    def _fresh(self, paper: Paper) -> Json:
        found: Json = self.caller.get(f"/{paper.collection}/{paper.id}").json()[paper.collection][0]
        return found

    @staticmethod
    def _lines(side: str, amount: Decimal) -> Json:
        entry = {"Description": "Cards", "UnitAmount": str(amount), "AccountCode": CODES[side]}
        return {"LineItems": [entry]}


def money(said: float) -> Decimal:
    return cents(Decimal(str(said)))


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"))


@pytest.fixture(scope="module")
def machine() -> Iterator[type[Standing]]:
    """The machine on a sandbox without a socket or a limit in between."""
    app = create_app(Config())
    caller = Caller("http://localhost")
    caller.http = httpx2.Client(base_url="http://localhost", transport=httpx2.WSGITransport(app=app))
    caller.control("limits", {"minute": None, "day": None, "app_minute": None})
    caller.connect(scope=f"{SCOPES} accounting.banktransactions")
    accounts = caller.get("/Accounts", where='Type=="BANK"').json()["Accounts"]
    own = {"app": app, "caller": caller, "bank": accounts[0]["AccountID"]}
    yield type("StandingHere", (Standing,), own)
    app.close()


def test_whatever_is_done_the_books_stay_in_balance(machine: type[Standing]) -> None:
    quick = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=quick)
