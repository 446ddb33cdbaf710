"""Items, and the lines that name them (reference section 9.4)."""

import pytest

from tests.contract.caller import Caller, Json, line, messages
from tests.contract.sdk_keys import strangers

POSTER: Json = {
    "Code": "POSTER",
    "Name": "Poster",
    "Description": "A2 poster, signed",
    "PurchaseDescription": "Poster run",
    "SalesDetails": {"UnitPrice": 45.5, "AccountCode": "204", "TaxType": "OUTPUT2"},
    "PurchaseDetails": {"UnitPrice": 12.3456, "AccountCode": "461", "TaxType": "RRINPUT"},
}


def make(xero: Caller, **fields: object) -> Json:
    answer = xero.put("/Items", POSTER | fields)
    assert answer.status_code == 200, answer.text
    made: Json = answer.json()["Items"][0]
    return made


def test_an_item_is_found_by_its_id_and_its_code(xero: Caller) -> None:
    made = make(xero)
    assert xero.get("/Items/poster").json()["Items"] == [made]
    assert xero.get(f"/Items/{made['ItemID']}").json()["Items"] == [made]
    assert xero.get("/Items/NOSUCH").status_code == 404
    assert (made["IsSold"], made["IsPurchased"], made["IsTrackedAsInventory"]) == (True, True, False)
    assert strangers(made, "Item") == []


def test_a_code_is_unique_and_posting_it_changes_the_item(xero: Caller) -> None:
    made = make(xero)
    assert messages(xero.put("/Items", POSTER)) == ["Price List Item with Code 'POSTER' already exists"]
    again = xero.post("/Items", {"Code": "poster", "Name": "Big poster"}).json()["Items"][0]
    assert (again["ItemID"], again["Name"]) == (made["ItemID"], "Big poster")
    assert again["SalesDetails"] == made["SalesDetails"]


def test_prices_have_four_decimals_only_when_asked_for(xero: Caller) -> None:
    # section 4.4: unitdp
    sent = xero.put("/Items", POSTER, unitdp="4").json()["Items"][0]
    assert sent["PurchaseDetails"]["UnitPrice"] == 12.3456
    assert xero.get("/Items/POSTER").json()["Items"][0]["PurchaseDetails"]["UnitPrice"] == 12.35
    assert make(xero, Code="OTHER")["PurchaseDetails"]["UnitPrice"] == 12.35
    assert xero.get("/Items/OTHER", unitdp=4).json()["Items"][0]["PurchaseDetails"]["UnitPrice"] == 12.35


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"Code": ""}, "Item Code must be specified"),
        ({"Code": "X" * 31}, "The value for Code must be 30 characters or fewer."),
        ({"Name": "X" * 51}, "The value for Name must be 50 characters or fewer."),
        ({"SalesDetails": {"AccountCode": "9999"}}, "Account must be valid."),
        ({"SalesDetails": {"TaxType": "NOSUCH"}}, "Tax rate must be valid."),
    ],
)
def test_a_wrong_item_is_refused(xero: Caller, fields: Json, sentence: str) -> None:
    assert messages(xero.put("/Items", POSTER | fields)) == [sentence]


def test_five_hundred_items_go_in_one_call_and_no_more(xero: Caller) -> None:
    # section 2.2
    sent = [{"Code": f"I-{number}"} for number in range(501)]
    assert "No more than 500" in messages(xero.put("/Items", {"Items": sent}))[0]
    made = xero.put("/Items", {"Items": sent[:500]}).json()["Items"]
    assert [item["Code"] for item in made] == [item["Code"] for item in sent[:500]]


def test_a_batch_says_of_each_item_what_became_of_it(xero: Caller) -> None:
    # section 4.3
    sent = {"Items": [{"Code": "A"}, {"Code": "A"}, {"Name": "none"}]}
    found = xero.put("/Items", sent, summarizeErrors="false").json()["Items"]
    assert [item["StatusAttributeString"] for item in found] == ["OK", "ERROR", "ERROR"]
    assert found[1]["ItemID"] == "00000000-0000-0000-0000-000000000000"
    assert strangers(found, "Item") == []


def test_an_item_is_deleted_with_204_and_its_history_is_kept(xero: Caller) -> None:
    made = make(xero)
    noted = xero.put(f"/Items/{made['ItemID']}/History", {"HistoryRecords": [{"Details": "A note"}]})
    assert noted.status_code == 200
    gone = xero.http.delete(f"/api.xro/2.0/Items/{made['ItemID']}", headers=xero.headers())
    assert (gone.status_code, gone.content) == (204, b"")
    assert xero.get("/Items/POSTER").status_code == 404


def test_a_tracked_item_has_a_stock_and_a_cost_account(xero: Caller) -> None:
    made = make(
        xero,
        InventoryAssetAccountCode="630",
        PurchaseDetails={"UnitPrice": 10, "COGSAccountCode": "310", "TaxType": "INPUT2"},
    )
    assert (made["IsTrackedAsInventory"], made["QuantityOnHand"]) == (True, 0)
    assert strangers(made, "Item") == []


def test_a_line_takes_what_it_leaves_out_from_its_item(xero: Caller) -> None:
    make(xero)
    sale = xero.create(Type="ACCREC", InvoiceNumber=None, LineItems=[{"ItemCode": "poster", "Quantity": 2}])
    said = sale["LineItems"][0]
    assert (said["ItemCode"], said["Description"], said["UnitAmount"]) == (
        "POSTER",
        "A2 poster, signed",
        45.5,
    )
    assert (said["AccountCode"], said["TaxType"], said["LineAmount"]) == ("204", "OUTPUT2", 91.0)
    bill = xero.create(LineItems=[{"ItemCode": "POSTER", "Quantity": 3}])["LineItems"][0]
    assert (bill["Description"], bill["AccountCode"], bill["TaxType"]) == ("Poster run", "461", "RRINPUT")
    assert bill["LineAmount"] == 37.05


def test_what_a_line_says_itself_stands(xero: Caller) -> None:
    make(xero)
    said = xero.create(LineItems=[line(ItemCode="POSTER", AccountCode="425", TaxType="NONE")])["LineItems"][0]
    assert (said["Description"], said["UnitAmount"]) == ("Letterpress cards", 100)
    assert (said["AccountCode"], said["TaxType"]) == ("425", "NONE")


def test_a_line_keeps_what_it_has_when_its_item_is_sent_again(xero: Caller) -> None:
    make(xero)
    made = xero.create(LineItems=[line(ItemCode="POSTER")])
    held = made["LineItems"][0]
    changed = xero.change(
        made, LineItems=[{"LineItemID": held["LineItemID"], "ItemCode": "POSTER", "Quantity": 2}]
    )
    assert changed.json()["Invoices"][0]["LineItems"][0]["UnitAmount"] == 100


def test_an_item_that_isnt_there_refuses_the_line(xero: Caller) -> None:
    assert messages(xero.put("/Invoices", xero.draft(LineItems=[line(ItemCode="NOSUCH")]))) == [
        "Item code 'NOSUCH' is not valid"
    ]


def test_the_demo_companys_items_are_those_on_its_invoices(demo: Caller) -> None:
    codes = {item["Code"] for item in demo.get("/Items").json()["Items"]}
    found = demo.get("/Invoices", page=1).json()["Invoices"]
    assert codes >= {item["ItemCode"] for each in found for item in each["LineItems"] if "ItemCode" in item}
    assert [item["Code"] for item in demo.get("/Items", where='Code=="BOOK"').json()["Items"]] == ["BOOK"]
    assert demo.get("/Items", {"If-Modified-Since": "2030-01-01T00:00:00"}).json()["Items"] == []
