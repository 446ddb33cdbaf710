"""Tracking categories and their options (reference section 9.4)."""

import pytest

from tests.contract.caller import Caller, Json, line, messages
from tests.contract.sdk_keys import strangers


def categories(xero: Caller, **query: str) -> list[Json]:
    found: list[Json] = xero.get("/TrackingCategories", **query).json()["TrackingCategories"]
    return found


def make(xero: Caller, name: str = "Region") -> Json:
    answer = xero.put(
        "/TrackingCategories", {"Name": name, "Options": [{"Name": "North"}, {"Name": "South"}]}
    )
    assert answer.status_code == 200, answer.text
    made: Json = answer.json()["TrackingCategories"][0]
    return made


def tracked(xero: Caller, **track: str) -> Json:
    return xero.create(LineItems=[line(Tracking=[track])])


def test_a_category_is_made_with_its_options_and_a_line_uses_them(xero: Caller) -> None:
    made = make(xero)
    assert [option["Name"] for option in made["Options"]] == ["North", "South"]
    by_ids = {
        "TrackingCategoryID": made["TrackingCategoryID"],
        "TrackingOptionID": made["Options"][1]["TrackingOptionID"],
    }
    assert tracked(xero, **by_ids)["LineItems"][0]["Tracking"][0]["Option"] == "South"
    assert tracked(xero, Name="region", Option="north")["LineItems"][0]["Tracking"][0]["Option"] == "North"
    assert strangers(categories(xero), "TrackingCategory") == []


def test_two_categories_are_active_at_most(xero: Caller) -> None:
    make(xero)
    assert "limit" in messages(xero.put("/TrackingCategories", {"Name": "Third"}))[0]


@pytest.mark.parametrize("name", ["", "department", "X" * 101])
def test_a_category_needs_a_name_of_its_own(xero: Caller, name: str) -> None:
    assert messages(xero.put("/TrackingCategories", {"Name": name}))


def test_an_archived_option_and_category_leave_the_list_and_refuse_lines(xero: Caller) -> None:
    made = make(xero)
    path = f"/TrackingCategories/{made['TrackingCategoryID']}"
    north = made["Options"][0]["TrackingOptionID"]
    said = xero.post(f"{path}/Options/{north}", {"Status": "ARCHIVED"}).json()["Options"][0]
    assert (said["IsArchived"], said["IsActive"]) == (True, False)
    assert [option["Name"] for option in categories(xero)[1]["Options"]] == ["South"]
    assert len(categories(xero, includeArchived="true")[1]["Options"]) == 2
    refused = xero.put(
        "/Invoices", xero.draft(LineItems=[line(Tracking=[{"Name": "Region", "Option": "North"}])])
    )
    assert messages(refused) == ["The Tracking option 'North' could not be found in category 'Region'."]
    xero.post(path, {"Status": "ARCHIVED"})
    assert [category["Name"] for category in categories(xero)] == ["Department"]
    refused = xero.put(
        "/Invoices", xero.draft(LineItems=[line(Tracking=[{"Name": "Region", "Option": "South"}])])
    )
    assert messages(refused) == ["The Tracking category 'Region' could not be found."]


def test_options_are_added_renamed_and_deleted_unless_a_document_carries_them(xero: Caller) -> None:
    made = make(xero)
    path = f"/TrackingCategories/{made['TrackingCategoryID']}/Options"
    added = xero.put(path, {"Name": "East"}).json()["Options"][0]
    renamed = xero.post(f"{path}/{added['TrackingOptionID']}", {"Name": "Far East"}).json()["Options"][0]
    assert renamed["Name"] == "Far East"
    tracked(xero, Name="Region", Option="North")
    north = made["Options"][0]["TrackingOptionID"]
    headers = xero.headers()
    used = xero.http.delete(f"/api.xro/2.0{path}/{north}", headers=headers)
    assert "used on transactions" in messages(used)[0]
    gone = xero.http.delete(f"/api.xro/2.0{path}/{added['TrackingOptionID']}", headers=headers)
    assert gone.json()["Options"][0]["IsDeleted"] is True
    assert strangers(gone.json()["Options"], "TrackingOption") == []
    assert [option["Name"] for option in categories(xero)[1]["Options"]] == ["North", "South"]


def test_a_category_is_deleted_only_while_no_document_carries_it(xero: Caller) -> None:
    made = make(xero)
    path = f"/api.xro/2.0/TrackingCategories/{made['TrackingCategoryID']}"
    department = f"/api.xro/2.0/TrackingCategories/{categories(xero)[0]['TrackingCategoryID']}"
    tracked(xero, Name="Department", Option="Film")
    assert "used on transactions" in messages(xero.http.delete(department, headers=xero.headers()))[0]
    gone = xero.http.delete(path, headers=xero.headers()).json()["TrackingCategories"][0]
    assert gone["Status"] == "DELETED"
    assert xero.get(f"/TrackingCategories/{made['TrackingCategoryID']}").status_code == 404
    assert make(xero)["TrackingCategoryID"] != made["TrackingCategoryID"]


def test_the_seeded_categories_have_the_same_ids_in_every_sandbox(demo: Caller) -> None:
    [region] = categories(demo)
    assert region["TrackingCategoryID"] == "351953c4-8127-4009-88c3-f9cd8c9cbe9f"
    first = demo.get(f"/TrackingCategories/{region['TrackingCategoryID']}").json()["TrackingCategories"][0]
    assert first["Options"] == region["Options"]
