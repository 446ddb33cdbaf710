"""Accounts, tax rates, currencies, themes and users (reference sections 9.2, 9.3 and 9.4)."""

import pytest

from tests.contract.caller import AU, NZ, UK, US, Caller, Json, line, messages
from tests.contract.sdk_keys import strangers


def make(xero: Caller, **fields: object) -> Json:
    answer = xero.put("/Accounts", {"Code": "4999", "Name": "Set Building", "Type": "EXPENSE", **fields})
    assert answer.status_code == 200, answer.text
    made: Json = answer.json()["Accounts"][0]
    return made


def test_an_account_is_made_with_the_class_and_tax_of_its_type(xero: Caller) -> None:
    made = make(xero)
    assert (made["Class"], made["TaxType"], made["Status"]) == ("EXPENSE", "INPUT2", "ACTIVE")
    assert xero.get(f"/Accounts/{made['AccountID']}").json()["Accounts"][0] == made
    assert xero.create(LineItems=[line(AccountCode="4999")])["LineItems"][0]["AccountCode"] == "4999"
    assert strangers(made, "Account") == []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"Name": "sales"}, "Please enter a unique Name."),
        ({"Code": "200"}, "Please enter a unique Code."),
        ({"TaxType": "NOSUCH"}, "Tax rate must be valid."),
        ({"Code": "12345678901"}, "The value for Code must be 10 characters or fewer."),
        ({"Type": None}, "Account Type must be specified"),
        ({"Type": "BANK"}, "Bank Account Number must be specified"),
    ],
)
def test_a_wrong_account_is_refused(xero: Caller, fields: Json, sentence: str) -> None:
    sent = {"Code": "4999", "Name": "Set Building", "Type": "EXPENSE"} | fields
    assert messages(xero.put("/Accounts", sent)) == [sentence]


def test_an_unknown_type_of_account_cant_be_read(xero: Caller) -> None:
    answer = xero.put("/Accounts", {"Code": "1", "Name": "X", "Type": "WISH"})
    assert (answer.status_code, answer.json()["ErrorNumber"]) == (400, 14)


def test_accounts_and_tax_rates_are_written_one_a_call(xero: Caller) -> None:
    # section 2.2
    two = [{"Code": str(code), "Name": f"A{code}", "Type": "EXPENSE"} for code in (4998, 4999)]
    assert "Only one" in messages(xero.put("/Accounts", {"Accounts": two}))[0]
    assert "Only one" in messages(xero.put("/TaxRates", {"TaxRates": [{"Name": "A"}, {"Name": "B"}]}))[0]


def test_an_account_is_archived_alone_and_brought_back(xero: Caller) -> None:
    made = make(xero)
    path = f"/Accounts/{made['AccountID']}"
    assert (
        "together with other changes" in messages(xero.post(path, {"Status": "ARCHIVED", "Name": "Old"}))[0]
    )
    assert xero.post(path, {"Status": "ARCHIVED"}).json()["Accounts"][0]["Status"] == "ARCHIVED"
    refused = xero.put("/Invoices", xero.draft(LineItems=[line(AccountCode="4999")]))
    assert messages(refused) == [
        "Account code '4999' has been archived, or has been deleted. Each line item must reference a valid account."
    ]
    assert xero.post(path, {"Status": "ACTIVE"}).json()["Accounts"][0]["Status"] == "ACTIVE"
    renamed = xero.post(path, {"Name": "Sets", "EnablePaymentsToAccount": True}).json()["Accounts"][0]
    assert (renamed["Name"], renamed["EnablePaymentsToAccount"]) == ("Sets", True)


def test_posting_a_code_that_exists_changes_that_account(xero: Caller) -> None:
    # section 4.1
    made = make(xero)
    again = xero.post("/Accounts", {"Code": "4999", "Description": "Wood and paint"}).json()["Accounts"][0]
    assert (again["AccountID"], again["Description"]) == (made["AccountID"], "Wood and paint")


def test_system_accounts_stay_and_only_unused_ones_can_be_deleted(xero: Caller) -> None:
    accounts = {item["Code"]: item["AccountID"] for item in xero.get("/Accounts").json()["Accounts"]}
    archived = xero.post(f"/Accounts/{accounts['610']}", {"Status": "ARCHIVED"})
    assert messages(archived) == ["System accounts cannot be archived."]
    xero.create()
    headers = xero.headers()
    used = xero.http.delete(f"/api.xro/2.0/Accounts/{accounts['461']}", headers=headers)
    assert "cannot be deleted" in messages(used)[0]
    gone = xero.http.delete(f"/api.xro/2.0/Accounts/{make(xero)['AccountID']}", headers=headers)
    assert gone.json()["Accounts"][0]["Status"] == "DELETED"
    assert "4999" not in {item["Code"] for item in xero.get("/Accounts").json()["Accounts"]}


@pytest.mark.parametrize("name", ["Accounts", "TaxRates"])
def test_the_lists_take_where_and_order(xero: Caller, name: str) -> None:
    # section 4.4
    found = xero.get(f"/{name}", where='Name.StartsWith("S")', order="Name DESC").json()[name]
    names = [item["Name"] for item in found]
    assert names == sorted(names, reverse=True)
    assert all(each.lower().startswith("s") for each in names)


RATES = {
    UK: {
        "OUTPUT2": (20, "AELR"),
        "INPUT2": (20, "AEXL"),
        "RROUTPUT": (5, "AELR"),
        "RRINPUT": (5, "AEXL"),
        "ZERORATEDOUTPUT": (0, "AELR"),
        "DRCHARGESUPPLY20": (0, "AEXL"),
        "DRCHARGE20": (0, "AELR"),
        "CAPEXINPUT2": (20, "A"),
        "NONE": (0, "AELRX"),
        "GSTONIMPORTS": (0, "L"),
    },
    NZ: {
        "OUTPUT2": (15, "AELR"),
        "INPUT2": (15, "AEXL"),
        "OUTPUT": (12.5, "AELR"),
        "INPUT": (12.5, "AELRX"),
        "ZERORATED": (0, "LR"),
        "NONE": (0, "AELRX"),
    },
    AU: {
        "OUTPUT": (10, "AELR"),
        "INPUT": (10, "AEXL"),
        "EXEMPTEXPORT": (0, "AELR"),
        "CAPEXINPUT": (10, "AEXL"),
        "BASEXCLUDED": (0, "AELRX"),
        "INPUTTAXED": (0, "AELRX"),
        "GSTONIMPORTS": (0, "L"),
        "GSTONCAPIMPORTS": (0, "L"),
    },
    US: {
        "OUTPUT": (8.875, "AELRX"),
        "INPUT": (0, "AELRX"),
        "NONE": (0, "AELRX"),
        "GSTONIMPORTS": (0, "L"),
    },
}
LETTERS = {"Assets": "A", "Equity": "E", "Expenses": "X", "Liabilities": "L", "Revenue": "R"}


@pytest.mark.parametrize("country", RATES)
def test_each_country_has_its_own_rates_on_its_own_classes(origin: str, country: str) -> None:
    xero = Caller(origin, country).connect()
    said = {item["TaxType"]: item for item in xero.get("/TaxRates").json()["TaxRates"]}
    found = {
        tax_type: (
            said[tax_type]["EffectiveRate"],
            "".join(
                sorted(letter for name, letter in LETTERS.items() if said[tax_type][f"CanApplyTo{name}"])
            ),
        )
        for tax_type in RATES[country]
    }
    assert found == {key: (rate, "".join(sorted(classes))) for key, (rate, classes) in RATES[country].items()}


@pytest.mark.parametrize(
    ("country", "code", "tax"), [(AU, "461", 10.0), (NZ, "461", 15.0), (UK, "461", 20.0), (US, "600", 0)]
)
def test_a_bill_is_taxed_as_its_country_taxes(origin: str, country: str, code: str, tax: float) -> None:
    xero = Caller(origin, country).connect()
    assert xero.create(LineItems=[line(AccountCode=code)])["TotalTax"] == tax


def rate(xero: Caller, **fields: object) -> Json:
    sent = {
        "Name": "City tax",
        "ReportTaxType": "INPUT",
        "TaxComponents": [{"Name": "City", "Rate": 2.25}],
        **fields,
    }
    answer = xero.put("/TaxRates", sent)
    assert answer.status_code == 200, answer.text
    made: Json = answer.json()["TaxRates"][0]
    return made


def test_a_rate_of_ones_own_is_numbered_and_can_be_used(xero: Caller) -> None:
    made = rate(xero)
    assert (made["TaxType"], made["EffectiveRate"], made["CanApplyToRevenue"]) == ("TAX001", 2.25, False)
    assert rate(xero, Name="Second")["TaxType"] == "TAX002"
    assert strangers(made, "TaxRate") == []
    assert xero.create(LineItems=[line(TaxType="TAX001")])["TotalTax"] == 2.25


def test_compound_components_are_worked_out_on_top(xero: Caller) -> None:
    # section 5.6: the effective rate includes them
    parts = [{"Name": "A", "Rate": 10}, {"Name": "B", "Rate": 10, "IsCompound": True}]
    made = rate(xero, TaxComponents=parts)
    assert made["EffectiveRate"] == 21
    assert xero.create(LineItems=[line(TaxType=made["TaxType"])])["TotalTax"] == 21


def test_components_are_added_never_renamed_or_removed(xero: Caller) -> None:
    rate(xero)
    more = {
        "Name": "City tax",
        "TaxComponents": [{"Name": "City", "Rate": 2.25}, {"Name": "State", "Rate": 1}],
    }
    assert xero.post("/TaxRates", more).json()["TaxRates"][0]["EffectiveRate"] == 3.25
    less = {"Name": "City tax", "TaxComponents": [{"Name": "Town", "Rate": 2.25}]}
    assert messages(xero.post("/TaxRates", less)) == ["Tax components cannot be renamed or removed."]


def test_a_rate_is_deleted_by_its_status_and_xeros_own_stay_as_they_are(xero: Caller) -> None:
    rate(xero)
    gone = xero.post("/TaxRates", {"Name": "City tax", "TaxType": "TAX001", "Status": "DELETED"})
    assert gone.json()["TaxRates"][0]["Status"] == "DELETED"
    assert "TAX001" not in {item["TaxType"] for item in xero.get("/TaxRates").json()["TaxRates"]}
    refused = xero.put("/Invoices", xero.draft(LineItems=[line(TaxType="TAX001")]))
    assert messages(refused) == [
        "The TaxType code TAX001 does not exist or cannot be used for this type of transaction."
    ]
    own = xero.post("/TaxRates", {"Name": "20% (VAT on Expenses)", "Status": "DELETED"})
    assert messages(own) == ["System defined tax rates cannot be edited."]


@pytest.mark.parametrize(("country", "refused"), [(UK, True), (NZ, True), (AU, True), (US, False)])
def test_a_rate_needs_its_report_type_where_tax_is_filed(origin: str, country: str, refused: bool) -> None:
    xero = Caller(origin, country).connect()
    answer = xero.put("/TaxRates", {"Name": "Own", "TaxComponents": [{"Name": "City", "Rate": 1}]})
    assert (answer.status_code == 400) is refused


def test_a_currency_is_subscribed_and_then_taken(xero: Caller) -> None:
    refused = xero.put("/Invoices", xero.draft(CurrencyCode="SEK"))
    assert messages(refused) == ["Organisation is not subscribed to currency SEK"]
    assert xero.put("/Currencies", {"Code": "SEK", "Description": "Swedish Krona"}).status_code == 200
    assert xero.create(CurrencyCode="SEK")["CurrencyCode"] == "SEK"
    assert xero.put("/Currencies", {"Code": "KRONA"}).json()["ErrorNumber"] == 14


def test_themes_and_users_are_read_whole_and_one_by_one(origin: str) -> None:
    xero = Caller(origin, US).connect()
    themes = xero.get("/BrandingThemes").json()["BrandingThemes"]
    assert [theme["SortOrder"] for theme in themes] == [0, 1]
    one = xero.get(f"/BrandingThemes/{themes[1]['BrandingThemeID']}").json()["BrandingThemes"]
    assert one == themes[1:]
    assert xero.get("/BrandingThemes/none").status_code == 404
    users = xero.get("/Users").json()["Users"]
    assert {user["FirstName"] for user in users} == {"Ada", "Cleo"}
    assert xero.get(f"/Users/{users[0]['UserID']}").json()["Users"] == users[:1]
    assert strangers(themes, "BrandingTheme") == []
    assert strangers(users, "User") == []
    assert {
        user["OrganisationRole"] for user in Caller(origin, UK).connect().get("/Users").json()["Users"]
    } == {
        "STANDARD",
        "FINANCIALADVISER",
    }
