"""Filling a sandbox with documents: they obey the rules that written ones obey."""

import pytest

from tests.contract.caller import UK, Caller

FILLED = 300


@pytest.fixture
def full(xero: Caller) -> Caller:
    """An app connected to an organisation with some hundred documents of all kinds."""
    xero.control("fill", {"organisation": UK, "documents": FILLED})
    return xero


def test_all_kinds_are_filled_in_and_add_up(full: Caller) -> None:
    state = full.control(f"state?organisation={UK}", method="GET")["organisations"][UK]
    assert sum(len(state[kind]) for kind in ("documents", "credit_notes", "purchase_orders")) == FILLED
    for invoice in state["documents"]:
        assert float(invoice["Total"]) == pytest.approx(
            sum(float(item["LineAmount"]) + float(item["TaxAmount"]) for item in invoice["LineItems"])
        )
        owed = float(invoice["Total"]) - float(invoice["AmountPaid"])
        assert float(invoice["AmountDue"]) == pytest.approx(0 if invoice["Status"] == "VOIDED" else owed)
        assert (invoice["Status"] == "PAID") == ("FullyPaidOnDate" in invoice)


def test_what_was_filled_in_can_be_worked_with(full: Caller) -> None:
    paid = full.get("/Invoices", where='Status=="PAID"', page=1).json()["Invoices"][0]
    payment = paid["Payments"][0]["PaymentID"]
    assert full.post(f"/Payments/{payment}", {"Status": "DELETED"}).status_code == 200
    assert full.fresh(paid)["Status"] == "AUTHORISED"
    assert full.create(Type="ACCREC", InvoiceNumber=None, LineItems=[])["InvoiceNumber"] == "INV-0001"


def test_filling_twice_adds_and_raises_no_event(full: Caller) -> None:
    full.control("fill", {"organisation": UK, "documents": 10})
    state = full.control(f"state?organisation={UK}", method="GET")
    held = state["organisations"][UK]
    assert sum(len(held[kind]) for kind in ("documents", "credit_notes", "purchase_orders")) == FILLED + 10
    assert state["webhook"]["events_waiting"] == 0


@pytest.mark.parametrize("wish", [{"documents": 0}, {"documents": 10_000_000}, {"documents": "many"}])
def test_a_senseless_wish_is_refused(xero: Caller, wish: dict[str, object]) -> None:
    assert xero.http.post("/_sandbox/fill", json=wish).status_code == 400
