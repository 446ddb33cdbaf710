"""Purchase orders (api/accounting/purchaseorders): numbers, moves, lists; nothing is posted, nothing can be paid."""

from typing import Any

from tests.contract.caller import Caller, Json, line, messages


def order(xero: Caller, **fields: Any) -> Json:
    sent = {
        "Contact": {"ContactID": xero.contact()},
        "Date": "2026-11-02",
        "LineItems": [line(UnitAmount="33.3350", Quantity=2)],
        **fields,
    }
    answer = xero.put("/PurchaseOrders", sent)
    assert answer.status_code == 200, answer.text
    made: Json = answer.json()["PurchaseOrders"][0]
    return made


def in_status(xero: Caller, status: str) -> Json:
    first = {"BILLED": "AUTHORISED", "DELETED": "DRAFT"}.get(status, status)
    made = order(xero, Status=first)
    if status != first:
        assert xero.post(f"/PurchaseOrders/{made['PurchaseOrderID']}", {"Status": status}).status_code == 200
    return made


def test_an_approved_order_may_still_be_edited(xero: Caller) -> None:
    made = order(xero, Status="AUTHORISED")
    answer = xero.post(f"/PurchaseOrders/{made['PurchaseOrderID']}", {"LineItems": [line(UnitAmount=5)]})
    assert answer.json()["PurchaseOrders"][0]["SubTotal"] == 5


def test_unit_amounts_always_have_four_decimals(xero: Caller) -> None:
    made = order(xero)
    assert (made["LineItems"][0]["UnitAmount"], made["SubTotal"]) == (33.335, 66.67)


def test_order_numbers_are_unique_and_given_when_left_out(xero: Caller) -> None:
    assert [order(xero)["PurchaseOrderNumber"] for _ in range(2)] == ["PO-0001", "PO-0002"]
    twice = {
        "Contact": {"ContactID": xero.contact()},
        "PurchaseOrderNumber": "PO-0002",
        "LineItems": [line()],
    }
    assert messages(xero.put("/PurchaseOrders", twice)) == ["Order number must be unique"]
    changed = xero.post("/PurchaseOrders", twice | {"Reference": "again"}).json()["PurchaseOrders"][0]
    assert (changed["PurchaseOrderNumber"], changed["Reference"]) == ("PO-0002", "again")


def test_an_order_is_found_by_id_and_by_number(xero: Caller) -> None:
    made = order(xero, PurchaseOrderNumber="LDN-P7")
    for name in (made["PurchaseOrderID"], "LDN-P7"):
        assert (
            xero.get(f"/PurchaseOrders/{name}").json()["PurchaseOrders"][0]["PurchaseOrderID"]
            == made["PurchaseOrderID"]
        )


def test_an_orders_contact_must_exist(xero: Caller) -> None:
    sent = {"Contact": {"Name": "Never Heard Of"}, "LineItems": [line()]}
    assert "must already exist" in messages(xero.put("/PurchaseOrders", sent))[0]


def test_an_order_needs_no_account_to_be_approved_and_no_lock_date_binds_it(xero: Caller) -> None:
    xero.control(f"organisations/{xero.organisation}", {"period_lock_on": "2026-12-31"})
    bare = {"Description": "Props", "UnitAmount": 10, "Quantity": 1}
    assert order(xero, Status="AUTHORISED", LineItems=[bare])["Status"] == "AUTHORISED"


def test_delivery_travels_and_sent_to_contact_waits_for_approval(xero: Caller) -> None:
    made = order(
        xero,
        DeliveryDate="2026-12-01",
        DeliveryAddress="14 Lamp Yard\nLondon",
        AttentionTo="Ben",
        SentToContact=True,
    )
    assert (made["DeliveryDateString"], made["AttentionTo"]) == ("2026-12-01T00:00:00", "Ben")
    assert made["SentToContact"] is False
    assert made["Warnings"] == [
        {"Message": "Only AUTHORISED and BILLED purchase orders may have SentToContact updated."}
    ]


def test_lists_are_always_paged_and_filter_by_status_and_date(xero: Caller) -> None:
    order(xero, Date="2026-10-01")
    order(xero, Status="AUTHORISED")
    everything = xero.get("/PurchaseOrders").json()
    assert everything["pagination"]["itemCount"] == 2
    assert all(item["LineItems"] for item in everything["PurchaseOrders"])
    assert len(xero.get("/PurchaseOrders", Status="AUTHORISED").json()["PurchaseOrders"]) == 1
    assert len(xero.get("/PurchaseOrders", DateFrom="2026-11-01").json()["PurchaseOrders"]) == 1
    assert len(xero.get("/PurchaseOrders", DateTo="2026-10-31").json()["PurchaseOrders"]) == 1


def test_a_person_marks_an_order_billed_and_takes_it_back(xero: Caller) -> None:
    made = order(xero, Status="AUTHORISED")
    assert xero.control(f"documents/{made['PurchaseOrderID']}/bill")["Status"] == "BILLED"
    page = f"/Accounts/Payable/PurchaseOrders/View/{made['PurchaseOrderID']}/"
    assert "Take back billed" in xero.http.get(page).text
    assert xero.control(f"documents/{made['PurchaseOrderID']}/unbill")["Status"] == "AUTHORISED"


def test_an_orders_history_says_what_was_done_through_which_app(xero: Caller) -> None:
    """5.8: as Xero-Net issue 185 shows it."""
    path = f"/PurchaseOrders/{order(xero)['PurchaseOrderID']}"
    xero.post(path, {"Status": "SUBMITTED"})
    xero.post(path, {"Reference": "R"})
    xero.control(f"documents/{path.rpartition('/')[2]}/approve")
    said = [
        (item["Changes"], item["Details"]) for item in xero.get(f"{path}/History").json()["HistoryRecords"]
    ]
    assert said[1:] == [
        ("Edited", "This purchase order has been 'Edited' through the Xero API by Bluestamp."),
        ("Submitted", "This purchase order has been 'Submitted' through the Xero API by Bluestamp."),
        ("Created", "Received through the Xero API from Bluestamp"),
    ]
    assert said[0][0] == "Approved" and "Bluestamp" not in said[0][1]
