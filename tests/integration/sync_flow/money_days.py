"""What stories about money between here and Xero have in common: an invoice that awaits payment there, and payments."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bluestamp.books import documents, invoices, payments
from bluestamp.books.companies import Company
from bluestamp.books.invoices import Invoice
from bluestamp.books.ledgers import Ledger
from bluestamp.books.payments import Payment, PaymentDraft
from bluestamp.sync import paying, push
from tests.integration.sync_flow.conftest import Story, sold

#: A bank account of the sandbox's British organisation.
BANK = "090"
PAYMENTS = "/api.xro/2.0/Payments"


def payments_are_recorded_here(story: Story) -> None:
    """The owner lets payments be recorded here, though the books are kept in Xero."""
    Ledger.objects.filter(id=story.connection.ledger_id).update(records_payments_here=True)


def issued(story: Story, amount: str = "500", *, client: str = "Kestrel Air", **more: Any) -> Invoice:
    """An invoice that was sent to the client, not in Xero yet; `amount` is without tax."""
    known = Company.objects.filter(name=client).first() or story.company(client)
    invoice = story.invoice(known, sold("Retainer", "1", amount), **more)
    return invoices.mark_as_sent(invoice_id=invoice.id, version=invoice.version, by=story.ben, now=story.now)


def in_xero(story: Story, amount: str = "500", **more: Any) -> Invoice:
    """An invoice that awaits payment in Xero; at 20 % it is over 600.00 for an amount of 500."""
    invoice = issued(story, amount, **more)
    push.request(invoice, by=story.ben, now=story.now)
    story.drain()
    story.later(seconds=5)
    return fresh(invoice)


def fresh(invoice: Invoice) -> Invoice:
    """The invoice as it is now."""
    found = documents.load("invoice", invoice.id)
    assert isinstance(found, Invoice)
    return found


def pay(story: Story, invoice: Invoice, amount: str, **more: Any) -> Payment:
    """Cleo records a payment here."""
    draft = PaymentDraft(
        paid_on=more.pop("paid_on", story.today), amount=Decimal(amount), account_code=BANK, **more
    )
    return paying.record(kind="invoice", document_id=invoice.id, draft=draft, by=story.cleo, now=story.now)


def paid_in_xero(story: Story) -> list[dict[str, Any]]:
    """The payments that stand in Xero."""
    rows = story.sandbox.state(story.organisation)["payments"]
    return [row for row in rows if row["Status"] == "AUTHORISED"]


def again(payment: Payment) -> Payment:
    """The payment as it is now."""
    return Payment.objects.get(id=payment.id)


def settle_down(story: Story, *, rounds: int = 8, **pause: float) -> None:
    """Let the worker come back until nothing is open any more."""
    for _ in range(rounds):
        story.drain()
        story.later(**(pause or {"seconds": 5.0}))


def states(invoice: Invoice) -> list[str]:
    """The states of an invoice's payments, in the order recorded."""
    return [row.state for row in payments.of("invoice", invoice.id)]
