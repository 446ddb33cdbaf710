"""Every message of the reference's catalogue (12.2, and 5, 7, 8 where it points), each provoked once, by its section."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.caller import SCOPES, Caller, Json, line, messages

Provoke = Callable[[Caller], Any]
ROWS: list[tuple[str, str, str, Provoke]] = []


def says(section: str, sentence: str) -> Callable[[Provoke], Provoke]:
    """A row of the table: the section, the sentence, and what provokes it."""

    def add(provoke: Provoke) -> Provoke:
        ROWS.append((section, provoke.__name__, sentence, provoke))
        return provoke

    return add


def put(xero: Caller, **fields: Any) -> Any:
    return xero.put("/Invoices", xero.draft(**fields))


def approved(xero: Caller, **fields: Any) -> Json:
    return xero.create(Status="AUTHORISED", **fields)


def sale(xero: Caller, **fields: Any) -> Json:
    sent = {"Type": "ACCREC", "LineItems": [line(AccountCode="200")], "InvoiceNumber": None, **fields}
    return approved(xero, **sent)


def note(xero: Caller, amount: float = 100, **fields: Any) -> str:
    sent = xero.draft(Type="ACCPAYCREDIT", Status="AUTHORISED", LineItems=[line(UnitAmount=amount)], **fields)
    made = xero.put("/CreditNotes", sent).json()["CreditNotes"][0]
    return f"/CreditNotes/{made['CreditNoteID']}"


def use(xero: Caller, path: str, invoice: Json, amount: float) -> Any:
    return xero.put(f"{path}/Allocations", {"Invoice": {"InvoiceID": invoice["InvoiceID"]}, "Amount": amount})


def bank(xero: Caller, **fields: Any) -> Any:
    caller = Caller(xero.origin).connect(scope=f"{SCOPES} accounting.banktransactions")
    sent = {
        "Type": "SPEND",
        "Contact": {"ContactID": caller.contact()},
        "BankAccount": {"Code": "090"},
        "LineItems": [line(**fields)],
    }
    return caller.put("/BankTransactions", sent)


@says("12.2", "Account code '610' is not a valid code for this document.")
def account_of_the_wrong_kind(xero: Caller) -> Any:
    return put(xero, LineItems=[line(AccountCode="610")])


@says("12.2", "Account code '999' is not a valid code for this document.")
def account_that_is_not_there(xero: Caller) -> Any:
    return put(xero, Status="AUTHORISED", LineItems=[line(AccountCode="999")])


@says(
    "12.2",
    "Account code '461' has been archived, or has been deleted. Each line item must reference a valid account.",
)
def archived_account(xero: Caller) -> Any:
    xero.control(f"organisations/{xero.organisation}", {"archive_account": "461"})
    return put(xero)


@says("12.2", "Account code must be specified")
def approving_without_an_account(xero: Caller) -> Any:
    return put(xero, Status="AUTHORISED", LineItems=[{"Description": "x", "UnitAmount": 1}])


@says("12.2", "Account must be valid.")
def account_by_an_unknown_id(xero: Caller) -> Any:
    return put(xero, LineItems=[line(AccountCode=None, AccountID="11111111-1111-4111-8111-111111111111")])


@says("12.2", "Account must be valid.")
def account_of_a_bank_transaction(xero: Caller) -> Any:
    return bank(xero, AccountCode="999")


@says("12.2", "Tax rate must be valid.")
def tax_of_a_bank_transaction(xero: Caller) -> Any:
    return bank(xero, TaxType="MAGIC")


@says("12.2", "The TaxType code MAGIC does not exist or cannot be used for this type of transaction.")
def tax_that_is_not_there(xero: Caller) -> Any:
    return put(xero, LineItems=[line(TaxType="MAGIC")])


@says("9.3", "The TaxType code INPUT2 does not exist or cannot be used for this type of transaction.")
def input_tax_on_a_sale_by_switch(xero: Caller) -> Any:
    xero.control("switches", {"tax_side_checked": True})
    return put(xero, Type="ACCREC", LineItems=[line(AccountCode="620", TaxType="INPUT2")])


@says("12.2", "The TaxType code 'OUTPUT2' cannot be used with account code '461'.")
def tax_against_the_accounts_class(xero: Caller) -> Any:
    return put(xero, LineItems=[line(TaxType="OUTPUT2")])


@says("12.2", "The TaxType field is mandatory")
def approving_with_tax_emptied(xero: Caller) -> Any:
    return put(xero, Status="AUTHORISED", LineItems=[line(TaxType="")])


@says(
    "9.1",
    "The contact with the specified contact details has been archived. "
    "The contact must be un-archived before creating new invoices or credit notes.",
)
def archived_contact(xero: Caller) -> Any:
    contact = xero.contact()
    xero.post("/Contacts", {"ContactID": contact, "ContactStatus": "ARCHIVED"})
    return put(xero, contact=contact)


@says("9.1", "A Contact must be specified for this type of transaction")
def no_contact(xero: Caller) -> Any:
    return put(xero, Contact={})


@says("12.2", "Invoice # must be unique.")
def used_sales_number(xero: Caller) -> Any:
    sale(xero, InvoiceNumber="S-1")
    return put(xero, Type="ACCREC", InvoiceNumber="S-1", LineItems=[line(AccountCode="200")])


@says("5.5", "Invoice # must be unique.")
def number_of_a_credit_note_by_switch(xero: Caller) -> Any:
    xero.control("switches", {"numbers_shared": True})
    noted = xero.draft(Type="ACCRECCREDIT", CreditNoteNumber="S-1", LineItems=[line(AccountCode="200")])
    assert xero.put("/CreditNotes", noted).status_code == 200
    return put(xero, Type="ACCREC", InvoiceNumber="S-1", LineItems=[line(AccountCode="200")])


@says("12.2", "Order number must be unique")
def used_order_number(xero: Caller) -> Any:
    sent = {"Contact": {"ContactID": xero.contact()}, "PurchaseOrderNumber": "PO-9", "LineItems": [line()]}
    assert xero.put("/PurchaseOrders", sent).status_code == 200
    return xero.put("/PurchaseOrders", sent)


@says("12.2", "Invoice not of valid status for modification")
def changing_what_is_voided(xero: Caller) -> Any:
    made = approved(xero)
    assert xero.change(made, Status="VOIDED").status_code == 200
    return xero.change(made, DueDate="2026-12-24")


@says("12.2", "Invoice not of valid status for creation")
def creating_what_is_paid(xero: Caller) -> Any:
    return put(xero, Status="PAID")


@says("12.2", "One or more line items must be specified")
def approving_without_lines(xero: Caller) -> Any:
    return put(xero, Status="AUTHORISED", LineItems=[])


@says("12.2", "Invoice Type must be specified")
def no_type(xero: Caller) -> Any:
    return put(xero, Type=None)


@says("12.2", "Invoice not of valid type for creation")
def a_credit_notes_type(xero: Caller) -> Any:
    return put(xero, Type="ACCPAYCREDIT")


@says("12.2", "This document cannot be edited as it has a payment or credit note allocated to it.")
def changing_money_on_a_paid_bill(xero: Caller) -> Any:
    made = approved(xero)
    xero.pay(made)
    return xero.change(made, Date="2026-11-05")


@says("5.3", "To update fields on a paid invoice line item, you must supply a LineItemID")
def changing_a_line_of_a_paid_bill_without_its_id(xero: Caller) -> Any:
    made = approved(xero)
    xero.pay(made)
    return xero.change(made, LineItems=[line()])


@says(
    "12.2",
    "The status VOIDED cannot be applied to the invoice because it has payments or credit notes allocated to it.",
)
def voiding_with_a_payment(xero: Caller) -> Any:
    made = approved(xero)
    xero.pay(made, 1)
    return xero.change(made, Status="VOIDED")


@says(
    "12.2",
    "The document date cannot be before the end of year lock date, currently set at 30 November 2026",
)
def before_the_end_of_year_lock_date(xero: Caller) -> Any:
    xero.control(f"organisations/{xero.organisation}", {"end_of_year_lock_on": "2026-11-30"})
    return put(xero, Status="AUTHORISED")


@says("12.2", "The document date cannot be before the period lock date, currently set at 30 November 2026")
def before_the_period_lock_date(xero: Caller) -> Any:
    xero.control(f"organisations/{xero.organisation}", {"period_lock_on": "2026-11-30"})
    return put(xero, Status="AUTHORISED")


@says("12.2", "Payment amount exceeds the amount outstanding on this document")
def paying_too_much(xero: Caller) -> Any:
    return xero.pay(approved(xero), 120.01)


@says("12.2", "Payments can only be made against Authorised documents")
def paying_a_draft(xero: Caller) -> Any:
    return xero.pay(xero.create())


@says("8", "Account could not be found")
def paying_from_nowhere(xero: Caller) -> Any:
    return xero.pay(approved(xero), Account={"Code": "nowhere"})


@says("8", "The Account 461 is not a valid payment account")
def paying_from_an_expense_account(xero: Caller) -> Any:
    return xero.pay(approved(xero), Account={"Code": "461"})


@says("13.29", "The Account 092 is not a valid payment account")
def paying_dollars_from_euros(xero: Caller) -> Any:
    return xero.pay(approved(xero, CurrencyCode="USD"), Account={"Code": "092"})


@says("8", "This payment has been reconciled and cannot be deleted")
def deleting_what_is_reconciled(xero: Caller) -> Any:
    made = xero.pay(approved(xero), IsReconciled=True).json()["Payments"][0]
    return xero.post(f"/Payments/{made['PaymentID']}", {"Status": "DELETED"})


@says("8", "Payment not of valid status for modification")
def deleting_a_payment_twice(xero: Caller) -> Any:
    path = f"/Payments/{xero.pay(approved(xero)).json()['Payments'][0]['PaymentID']}"
    xero.post(path, {"Status": "DELETED"})
    return xero.post(path, {"Status": "DELETED"})


@says("7", "Credit Note cannot be allocated as amount is greater than amount outstanding")
def allocating_too_much(xero: Caller) -> Any:
    return use(xero, note(xero, 10), approved(xero), 12.01)


@says("7", "The invoice you are trying to allocate to has already been paid off")
def allocating_to_what_is_paid(xero: Caller) -> Any:
    made = approved(xero)
    xero.pay(made)
    return use(xero, note(xero), made, 1)


@says("7", "Credit Note cannot be allocated to an incorrect invoice type")
def allocating_to_the_other_side(xero: Caller) -> Any:
    return use(xero, note(xero), sale(xero), 1)


@says("7", "An existing Credit Note with the specified CreditNoteID could not be found")
def changing_a_note_that_is_not_there(xero: Caller) -> Any:
    return xero.post(
        "/CreditNotes", {"CreditNoteID": "11111111-1111-4111-8111-111111111111", "Type": "ACCPAYCREDIT"}
    )


@says("12.2", "Organisation is not subscribed to currency SEK")
def unsubscribed_currency(xero: Caller) -> Any:
    return put(xero, CurrencyCode="SEK")


@says("12.2", "Website must be valid")
def website_of_a_contact(xero: Caller) -> Any:
    return xero.put("/Contacts", {"Name": "Alder", "Website": "alder"})


@says("12.2", "Url must be a valid absolute Url and cannot contain 'xero'.")
def url_of_xero(xero: Caller) -> Any:
    return put(xero, Url="https://go.xero.com/x")


@says("12.2", "You have reached the limit of invoices you can approve")
def beyond_the_plan(xero: Caller) -> Any:
    xero.control(f"organisations/{xero.organisation}", {"forbidden_actions": ["CreateApprovedBill"]})
    return put(xero, Status="AUTHORISED")


@says("5.6", "The document total does not equal the sum of the lines.")
def wrong_total(xero: Caller) -> Any:
    return put(xero, Total=1)


@says("5.6", "The line total 99.00 does not match the expected line total 100.00")
def wrong_line_total(xero: Caller) -> Any:
    return put(xero, LineItems=[line(LineAmount=99)])


@says("5.6", "The RoundingAmount must be between -0.10 and 0.10")
def too_much_rounding(xero: Caller) -> Any:
    return put(xero, RoundingAmount=0.11)


@says("5.6, 16.10", "The tax amount 19.98 does not match the expected tax amount 20.00")
def overridden_tax_by_switch(xero: Caller) -> Any:
    xero.control("switches", {"tax_override": "cent"})
    return put(xero, LineItems=[line(TaxAmount="19.98")])


@says("6", "UnitAmount must be specified when Quantity is specified")
def quantity_alone_on_an_order(xero: Caller) -> Any:
    sent = {"Contact": {"ContactID": xero.contact()}, "LineItems": [{"Description": "x", "Quantity": 2}]}
    return xero.put("/PurchaseOrders", sent)


@says("6", "The Contact must already exist. Please specify a ContactID or ContactNumber.")
def an_order_for_somebody_new(xero: Caller) -> Any:
    return xero.put("/PurchaseOrders", {"Contact": {"Name": "Brand new"}, "LineItems": [line()]})


@pytest.mark.parametrize(
    ("section", "sentence", "provoke"),
    [(section, sentence, provoke) for section, _, sentence, provoke in ROWS],
    ids=[f"{section}-{name}" for section, name, _, _ in ROWS],
)
def test_what_goes_wrong_is_said_in_xeros_words(
    xero: Caller, section: str, sentence: str, provoke: Provoke
) -> None:
    assert sentence in messages(provoke(xero))


def test_a_line_amount_type_that_cant_be_read_is_error_14(xero: Caller) -> None:
    """12.2."""
    said = put(xero, LineAmountTypes="Sideways").json()
    assert (said["ErrorNumber"], said["Type"]) == (14, "PostDataInvalidException")


WARNINGS: list[tuple[str, str, Json, str]] = [
    (
        "12.2",
        "Invoices",
        {"LineItems": [line(AccountCode="600X")]},
        "Account code '600X' has been removed as it does not match a recognised account.",
    ),
    (
        "5.7",
        "Invoices",
        {"Type": "ACCREC", "LineItems": [line(AccountCode="200")], "SentToContact": True},
        "Only AUTHORISED invoices may have SentToContact updated.",
    ),
    (
        "6",
        "PurchaseOrders",
        {"SentToContact": True},
        "Only AUTHORISED and BILLED purchase orders may have SentToContact updated.",
    ),
]


@pytest.mark.parametrize(
    ("section", "collection", "fields", "sentence"), WARNINGS, ids=[f"{row[0]}-{row[1]}" for row in WARNINGS]
)
def test_a_warning_rides_on_a_success(
    xero: Caller, section: str, collection: str, fields: Json, sentence: str
) -> None:
    answer = xero.put(f"/{collection}", xero.draft(**fields))
    assert answer.status_code == 200
    assert answer.json()[collection][0]["Warnings"] == [{"Message": sentence}]


def test_history_of_what_is_not_there_is_said_in_its_own_words(xero: Caller) -> None:
    """5.8."""
    answer = xero.get("/Invoices/11111111-1111-4111-8111-111111111111/History")
    assert (answer.status_code, answer.text) == (
        404,
        "The document with the supplied id was not found for this endpoint.",
    )


@pytest.mark.parametrize(("keeps", "kept"), [(True, 1), (False, 0)])
def test_a_refused_batch_keeps_its_valid_elements_by_switch(xero: Caller, keeps: bool, kept: int) -> None:
    """4.3 and 16.3."""
    xero.control("switches", {"batch_keeps_valid": keeps})
    answer = xero.put("/Invoices", {"Invoices": [xero.draft(), xero.draft(Contact={})]})
    assert (answer.status_code, len(answer.json()["Elements"])) == (400, 1)
    assert xero.get("/Invoices", page=1).json()["pagination"]["itemCount"] == kept
