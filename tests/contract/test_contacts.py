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


def test_a_contact_cant_be_made_archived(xero: Caller) -> None:
    # section 9.1
    sent = {"Name": "Gone", "ContactStatus": "ARCHIVED"}
    assert messages(xero.put("/Contacts", sent)) == ["The status 'ARCHIVED' is not valid for contacts"]


@pytest.mark.parametrize(("allowed", "status"), [(True, 200), (False, 400)])
def test_an_archived_contact_comes_back_through_the_api_as_a_switch_says(
    xero: Caller, allowed: bool, status: int
) -> None:
    # section 9.1: the pages say it may, a probe of the live API was refused
    xero.control("switches", {"contact_restored_by_app": allowed})
    made = make(xero)
    xero.post("/Contacts", {"ContactID": made["ContactID"], "ContactStatus": "ARCHIVED"})
    answer = xero.post("/Contacts", {"ContactID": made["ContactID"], "ContactStatus": "ACTIVE"})
    assert answer.status_code == status
    if not allowed:
        assert messages(answer) == ["archived contacts cannot currently be edited via the API"]


def test_names_may_be_shared_where_a_switch_says_so(xero: Caller) -> None:
    # section 9.1: uniqueness may be dropped
    xero.control("switches", {"contact_names_unique": False})
    first, second = make(xero), make(xero)
    assert first["ContactID"] != second["ContactID"]
    again = xero.post("/Contacts", {"Name": "Alder & Co", "FirstName": "Al"}).json()["Contacts"][0]
    assert again["ContactID"] in {first["ContactID"], second["ContactID"]}


@pytest.mark.parametrize("name", ["<b>", "X" * 256])
def test_a_name_that_xero_doesnt_take_is_refused(xero: Caller, name: str) -> None:
    assert len(messages(xero.put("/Contacts", {"Name": name}))) == 1


def test_a_merged_contact_is_archived_and_points_at_the_other(xero: Caller) -> None:
    # section 9.1
    loser, winner = make(xero), make(xero, Name="Alder Ltd")
    bill = xero.create(contact=loser["ContactID"], Status="AUTHORISED")
    xero.control(f"contacts/{loser['ContactID']}/merge", {"into": winner["ContactID"]})
    said = xero.get(f"/Contacts/{loser['ContactID']}").json()["Contacts"][0]
    assert (said["ContactStatus"], said["MergedToContactID"]) == ("ARCHIVED", winner["ContactID"])
    paged = xero.get("/Contacts", page=1, includeArchived="true", IDs=loser["ContactID"]).json()["Contacts"]
    assert paged[0]["MergedToContactID"] == winner["ContactID"]
    unpaged = xero.get("/Contacts", includeArchived="true", IDs=loser["ContactID"]).json()["Contacts"]
    assert "MergedToContactID" not in unpaged[0]
    assert xero.fresh(bill)["Contact"]["ContactID"] == winner["ContactID"]
    owed = xero.get(f"/Contacts/{winner['ContactID']}").json()["Contacts"][0]
    assert owed["Balances"]["AccountsPayable"]["Outstanding"] == bill["AmountDue"]
    assert owed["IsSupplier"] is True


def groups(xero: Caller, **query: str) -> list[Json]:
    found: list[Json] = xero.get("/ContactGroups", **query).json()["ContactGroups"]
    return found


def group(xero: Caller, name: str = "Printers") -> Json:
    answer = xero.put("/ContactGroups", {"Name": name})
    assert answer.status_code == 200, answer.text
    made: Json = answer.json()["ContactGroups"][0]
    return made


def test_contacts_stand_in_groups_and_say_so(xero: Caller) -> None:
    made, first, second = group(xero), make(xero), make(xero, Name="Birch")
    path = f"/ContactGroups/{made['ContactGroupID']}"
    sent = {"Contacts": [{"ContactID": first["ContactID"]}, {"ContactID": second["ContactID"]}]}
    added = xero.put(f"{path}/Contacts", sent)
    assert [item["ContactID"] for item in added.json()["Contacts"]] == [
        first["ContactID"],
        second["ContactID"],
    ]
    held = xero.get(path).json()["ContactGroups"][0]["Contacts"]
    assert [item["Name"] for item in held] == ["Alder & Co", "Birch"]
    one = xero.get(f"/Contacts/{first['ContactID']}").json()["Contacts"][0]
    assert [item["Name"] for item in one["ContactGroups"]] == ["Printers"]
    assert groups(xero)[0]["Contacts"] == []
    headers = xero.headers()
    gone = xero.http.delete(f"/api.xro/2.0{path}/Contacts/{first['ContactID']}", headers=headers)
    assert (gone.status_code, gone.content) == (204, b"")
    twice = xero.http.delete(f"/api.xro/2.0{path}/Contacts/{first['ContactID']}", headers=headers)
    assert twice.status_code == 404
    assert xero.http.delete(f"/api.xro/2.0{path}/Contacts", headers=headers).status_code == 204
    assert xero.get(path).json()["ContactGroups"][0]["Contacts"] == []


def test_a_group_is_renamed_and_deleted_by_its_status(xero: Caller) -> None:
    made = group(xero)
    path = f"/ContactGroups/{made['ContactGroupID']}"
    assert xero.post(path, {"Name": "Presses"}).json()["ContactGroups"][0]["Name"] == "Presses"
    assert messages(xero.put("/ContactGroups", {"Name": "presses"})) == ["Please enter a unique Name."]
    assert xero.post(path, {"Status": "DELETED"}).json()["ContactGroups"][0]["Status"] == "DELETED"
    assert groups(xero) == []
    assert xero.get(path).status_code == 404


def test_a_hundred_groups_are_the_most(xero: Caller) -> None:
    sent = {"ContactGroups": [{"Name": f"G{number:03d}"} for number in range(101)]}
    found = xero.put("/ContactGroups", sent, summarizeErrors="false").json()["ContactGroups"]
    assert [item["StatusAttributeString"] for item in found].count("OK") == 100
    assert found[100]["ValidationErrors"] == [{"Message": "You’ve reached the limit of 100 contact groups."}]
    assert len(groups(xero, where='Name=="G007"')) == 1
    assert groups(xero, order="Name DESC")[0]["Name"] == "G099"


def test_an_attachment_marks_its_contact(xero: Caller) -> None:
    made = make(xero)
    path = f"/api.xro/2.0/Contacts/{made['ContactID']}/Attachments/card.png"
    assert (
        xero.http.put(path, content=b"png", headers=xero.headers(**{"Content-Type": "image/png"})).status_code
        == 200
    )
    assert xero.get(f"/Contacts/{made['ContactID']}").json()["Contacts"][0]["HasAttachments"] is True


def test_is_customer_and_balances_move_without_if_modified_since_seeing_it(xero: Caller) -> None:
    # section 4.4: the blind spots on contacts
    made = make(xero)
    before = xero.get(f"/Contacts/{made['ContactID']}").json()["Contacts"][0]
    bill = xero.create(contact=made["ContactID"], Status="AUTHORISED")
    after = xero.get(f"/Contacts/{made['ContactID']}").json()["Contacts"][0]
    assert (before["IsSupplier"], after["IsSupplier"]) == (False, True)
    assert after["Balances"]["AccountsPayable"]["Outstanding"] == bill["AmountDue"]
    assert after["UpdatedDateUTC"] == before["UpdatedDateUTC"]


@pytest.mark.parametrize(
    ("kind", "day", "dated", "due"),
    [
        ("DAYSAFTERBILLDATE", 14, "2026-11-20", "2026-12-04"),
        ("DAYSAFTERBILLMONTH", 14, "2026-11-20", "2026-12-14"),
        ("OFCURRENTMONTH", 31, "2026-11-20", "2026-11-30"),
        ("OFFOLLOWINGMONTH", 20, "2026-12-31", "2027-01-20"),
        ("OFFOLLOWINGMONTH", 31, "2027-01-15", "2027-02-28"),
    ],
)
def test_a_document_without_a_due_date_takes_the_contacts_terms(
    xero: Caller, kind: str, day: int, dated: str, due: str
) -> None:
    # section 9.1
    made = make(xero, PaymentTerms={"Bills": {"Day": day, "Type": kind}})
    assert made["PaymentTerms"] == {"Bills": {"Day": day, "Type": kind}}
    bill = xero.create(contact=made["ContactID"], Date=dated, DueDate=None)
    assert bill["DueDateString"] == f"{due}T00:00:00"
