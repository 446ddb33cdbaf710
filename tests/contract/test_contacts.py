"""Contacts (api/accounting/contacts): names, numbers, archive, lists."""

import pytest

from tests.contract.caller import Caller, Json, messages


def make(xero: Caller, **fields: object) -> Json:
    answer = xero.put("/Contacts", {"Name": "Alder & Co", **fields})
    assert answer.status_code == 200, answer.text
    made: Json = answer.json()["Contacts"][0]
    return made


def test_a_name_is_unique_among_active_contacts_only(xero: Caller) -> None:
    first = make(xero)
    assert messages(xero.put("/Contacts", {"Name": "alder & co"})) == [
        "The contact name alder & co is already assigned to another contact. "
        "The contact name must be unique across all active contacts."
    ]
    xero.post("/Contacts", {"ContactID": first["ContactID"], "ContactStatus": "ARCHIVED"})
    second = make(xero)
    back = xero.post("/Contacts", {"ContactID": first["ContactID"], "ContactStatus": "ACTIVE"})
    assert "already assigned" in messages(back)[0]
    assert second["ContactID"] != first["ContactID"]


def test_posting_an_existing_name_overwrites_that_contact(xero: Caller) -> None:
    first = make(xero)
    again = xero.post("/Contacts", {"Name": "Alder & Co", "EmailAddress": "new@alder.example"}).json()[
        "Contacts"
    ][0]
    assert (again["ContactID"], again["EmailAddress"]) == (first["ContactID"], "new@alder.example")


def test_a_contact_number_is_unique_over_all_and_finds_the_contact(xero: Caller) -> None:
    first = make(xero, ContactNumber="C-1")
    assert messages(xero.put("/Contacts", {"Name": "Other", "ContactNumber": "C-1"})) == [
        "The contact number C-1 must be unique across all contacts."
    ]
    assert xero.get("/Contacts/C-1").json()["Contacts"][0]["ContactID"] == first["ContactID"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"EmailAddress": "a@b.example"},
            "The Contact must contain at least 1 of the following elements to identify the contact: Name, ContactID, ContactNumber",
        ),
        ({"Name": "X", "EmailAddress": "no address"}, "Email address must be valid."),
        ({"Name": "X", "Website": "no address"}, "Website must be valid"),
    ],
)
def test_a_wrong_contact_is_refused_in_xeros_words(xero: Caller, fields: Json, sentence: str) -> None:
    answer = xero.put("/Contacts", fields)
    assert messages(answer) == [sentence]
    assert answer.json()["Elements"][0]["HasValidationErrors"] is True


def test_an_archived_contact_is_hidden_and_refuses_edits(xero: Caller) -> None:
    made = make(xero)
    xero.post("/Contacts", {"ContactID": made["ContactID"], "ContactStatus": "ARCHIVED"})
    assert xero.get("/Contacts", searchTerm="alder").json()["Contacts"] == []
    assert len(xero.get("/Contacts", searchTerm="alder", includeArchived="true").json()["Contacts"]) == 1
    assert messages(xero.post(f"/Contacts/{made['ContactID']}", {"EmailAddress": "x@y.example"})) == [
        "archived contacts cannot currently be edited via the API"
    ]


def test_spaces_in_a_name_are_tidied(xero: Caller) -> None:
    assert make(xero, Name="  Two   Spaces ")["Name"] == "Two Spaces"


def test_people_that_arent_sent_again_are_gone(xero: Caller) -> None:
    made = make(
        xero,
        ContactPersons=[{"FirstName": "Mo", "EmailAddress": "mo@alder.example", "IncludeInEmails": True}],
    )
    assert made["ContactPersons"][0]["IncludeInEmails"] is True
    kept = xero.post(f"/Contacts/{made['ContactID']}", {"FirstName": "Jo"}).json()["Contacts"][0]
    assert len(kept["ContactPersons"]) == 1
    gone = xero.post(f"/Contacts/{made['ContactID']}", {"ContactPersons": []}).json()["Contacts"][0]
    assert gone["ContactPersons"] == []


def test_fifty_contacts_go_in_one_call_and_come_back_by_pages_and_ids(xero: Caller) -> None:
    sent = {"Contacts": [{"Name": f"Supplier {number:02d}"} for number in range(50)]}
    made = xero.put("/Contacts", sent, summarizeErrors="false").json()["Contacts"]
    assert [item["Name"] for item in made] == [item["Name"] for item in sent["Contacts"]]
    page = xero.get("/Contacts", page=2, pageSize=20, searchTerm="Supplier", order="Name").json()
    assert page["Contacts"][0]["Name"] == "Supplier 20"
    assert page["pagination"] == {"page": 2, "pageSize": 20, "pageCount": 3, "itemCount": 50}
    ids = ",".join(item["ContactID"] for item in made[:3])
    assert len(xero.get("/Contacts", IDs=ids).json()["Contacts"]) == 3
    summary = xero.get("/Contacts", summaryOnly="true", searchTerm="Supplier 07").json()["Contacts"][0]
    assert "Addresses" not in summary
    exact = xero.get("/Contacts", where='Name=="supplier 07"').json()["Contacts"]
    assert [item["Name"] for item in exact] == ["Supplier 07"]
