"""Dates, decimals, nulls and odd keys, both ways."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import msgspec
import pytest

from bluestamp.xero import records, wire, writes
from tests.unit.xero.scripted import recorded


def invoices() -> dict[str, records.Invoice]:
    envelope = wire.decode(recorded("invoices.json"), dict[str, msgspec.Raw])
    return {held.invoice_number: held for held in wire.decode_list(envelope["Invoices"], records.Invoice)}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("/Date(1563753600000+0000)/", date(2019, 7, 22)),
        ("/Date(1563753600000)/", date(2019, 7, 22)),
        ("/Date(1563753600000+1300)/", date(2019, 7, 22)),
        ("2019-07-22T00:00:00", date(2019, 7, 22)),
        ("2019-07-22", date(2019, 7, 22)),
        ("/Date(-62135596800000+0000)/", date(1, 1, 1)),
        ("/Date(-86400000)/", date(1969, 12, 31)),
    ],
)
def test_a_document_date_is_a_calendar_day_and_never_shifted(text: str, day: date) -> None:
    held = wire.decode(msgspec.json.encode({"Date": text}), records.Invoice)
    assert held.date == day
    assert not isinstance(held.date, datetime)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("/Date(1289566516347+0000)/", datetime(2010, 11, 12, 12, 55, 16, 347000, UTC)),
        ("/Date(1289566516347)/", datetime(2010, 11, 12, 12, 55, 16, 347000, UTC)),
        ("2019-03-05T18:59:06Z", datetime(2019, 3, 5, 18, 59, 6, tzinfo=UTC)),
        ("2019-03-05T18:59:06", datetime(2019, 3, 5, 18, 59, 6, tzinfo=UTC)),
        ("2019-03-06T07:59:06+13:00", datetime(2019, 3, 5, 18, 59, 6, tzinfo=UTC)),
        ("2020-03-18T21:20:07.7179250", datetime(2020, 3, 18, 21, 20, 7, 717925, UTC)),
    ],
)
def test_a_moment_is_aware_and_in_utc(text: str, moment: datetime) -> None:
    held = wire.decode(msgspec.json.encode({"UpdatedDateUTC": text}), records.Invoice).updated_date_utc
    assert held == moment
    assert held.utcoffset() == timedelta(0)


@pytest.mark.parametrize("text", ["yesterday", "/Date(99999999999999999999)/", "/Date()/", ""])
def test_a_date_that_is_none_is_unreadable(text: str) -> None:
    with pytest.raises(wire.Unreadable):
        wire.decode(msgspec.json.encode({"Date": text}), records.Invoice)


def test_a_recorded_part_paid_invoice_comes_out_to_the_cent() -> None:
    held = invoices()["INV-0027"]
    assert (held.type, held.status) == (records.InvoiceType.SALES, records.InvoiceStatus.AUTHORISED)
    assert (held.total, held.amount_paid, held.amount_due) == (
        Decimal("850.00"),
        Decimal("579.37"),
        Decimal("270.63"),
    )
    assert held.sub_total + held.total_tax == held.total
    assert sum(line.tax_amount or 0 for line in held.line_items) == held.total_tax
    assert str(held.line_items[1].quantity) == "5.0000"
    assert held.line_items[0].item_code == "PR-BR"
    assert held.line_items[0].tracking[0].option == "West Coast"
    (payment,) = held.payments
    assert (payment.amount, payment.reference, payment.date) == (
        Decimal("579.37"),
        "0027-Part",
        date(2020, 3, 10),
    )


def test_a_recorded_credit_shows_what_was_applied_and_from_where() -> None:
    held = invoices()["INV-0016"]
    (credit,) = held.credit_notes
    assert (credit.applied_amount, credit.credit_note_number) == (Decimal("541.25"), "CN-0025")
    assert credit.credit_id == "5df42757-0fa7-47e8-bea4-fa3bf6085517"
    assert held.amount_credited == Decimal("541.25") and held.fully_paid_on_date == date(2020, 2, 1)


def test_a_recorded_bill_has_its_suppliers_number_and_no_reference() -> None:
    held = invoices()["945-Ocon"]
    assert (held.type, held.reference, held.currency_code) == ("ACCPAY", "", "NZD")
    assert held.contact.contact_id and held.contact.name


def test_a_recorded_organisation_has_its_lock_date_zone_and_short_code() -> None:
    envelope = wire.decode(recorded("organisation.json"), dict[str, msgspec.Raw])
    (held,) = wire.decode_list(envelope["Organisations"], records.Organisation)
    assert held.period_lock_date == date(2009, 9, 30)
    assert held.end_of_year_lock_date is None
    assert (held.timezone, held.short_code, held.class_) == ("NEWZEALANDSTANDARDTIME", "!1lqVQ", "DEMO")
    assert (held.base_currency, held.country_code) == ("NZD", "NZ")


def test_terms_of_payment_are_read_and_may_be_empty() -> None:
    body = b'{"OrganisationID":"o","PaymentTerms":{"Bills":{"Day":20,"Type":"OFFOLLOWINGMONTH"}}}'
    terms = wire.decode(body, records.Organisation).payment_terms
    assert terms is not None and terms.bills is not None and terms.sales is None
    assert (terms.bills.day, terms.bills.type) == (20, "OFFOLLOWINGMONTH")
    bare = wire.decode(b'{"OrganisationID":"o","PaymentTerms":{}}', records.Organisation)
    assert bare.payment_terms == records.PaymentTerms()


def test_a_null_counts_as_absent_and_costs_no_exactness() -> None:
    body = b'{"InvoiceNumber":null,"Total":0.10,"LineItems":[{"UnitAmount":0.3333,"AccountCode":null}],"Payments":null}'
    held = wire.decode(body, records.Invoice)
    assert (held.invoice_number, str(held.total), held.payments) == ("", "0.10", ())
    assert str(held.line_items[0].unit_amount) == "0.3333"


def test_a_null_collection_is_an_empty_one() -> None:
    assert wire.decode_list(b"null", records.Invoice) == []


def test_words_that_xero_may_add_later_do_not_break_reading() -> None:
    held = wire.decode(
        b'{"Type":"ACCNEW","Status":"PARKED","LineAmountTypes":"Sideways","Brand":{"New":[1]}}',
        records.Invoice,
    )
    assert (held.type, held.status, held.line_amount_types) == ("ACCNEW", "PARKED", "Sideways")
    assert held.status != records.InvoiceStatus.PAID


@pytest.mark.parametrize("digits", ["0.1", "2.0000", "1063.56", "12345678901234567890.12", "0.00", "-12.50"])
def test_decimals_are_exact_to_and_fro(digits: str) -> None:
    line = writes.LineItemWrite(unit_amount=Decimal(digits))
    written = wire.encode(line)
    assert written == b'{"UnitAmount":' + digits.encode() + b"}"
    assert str(wire.decode(written, records.LineItem).unit_amount) == digits


@pytest.mark.parametrize(
    ("number", "digits"),
    [(Decimal("1E+2"), b"100"), (Decimal("1E-7"), b"0.0000001"), (Decimal("0E-4"), b"0.0000")],
)
def test_no_decimal_is_written_with_an_exponent(number: Decimal, digits: bytes) -> None:
    assert wire.encode({"Amount": number}) == b'{"Amount":' + digits + b"}"


@pytest.mark.parametrize("number", [Decimal("NaN"), Decimal("Infinity"), Decimal("sNaN")])
def test_what_is_no_number_is_never_sent(number: Decimal) -> None:
    with pytest.raises(ValueError, match="not a number"):
        wire.encode({"Amount": number})


def test_only_what_was_set_is_sent() -> None:
    body = writes.encode_invoices(
        [writes.InvoiceWrite(invoice_id="i-1", due_date=date(2026, 3, 1), reference="")]
    )
    assert msgspec.json.decode(body) == {
        "Invoices": [{"InvoiceID": "i-1", "DueDate": "2026-03-01", "Reference": ""}]
    }


def test_a_whole_bill_is_written_with_xeros_keys() -> None:
    bill = writes.InvoiceWrite(
        type=records.InvoiceType.BILL,
        status=records.InvoiceStatus.SUBMITTED,
        contact=writes.ContactLink(contact_id="c-1"),
        date=wire.Day(2026, 2, 1),
        due_date=date(2026, 3, 1),
        line_amount_types=records.LineAmountTypes.EXCLUSIVE,
        invoice_number="S-9",
        url="https://us.example/e/9",
        currency_code="GBP",
        line_items=(
            writes.LineItemWrite(
                line_item_id="l-1",
                description="Printing",
                quantity=Decimal("3"),
                unit_amount=Decimal("0.3333"),
                line_amount=Decimal("1.00"),
                account_code="310",
                tax_type="INPUT2",
            ),
        ),
    )
    assert msgspec.json.Decoder(float_hook=Decimal).decode(writes.encode_invoices([bill])) == {
        "Invoices": [
            {
                "Type": "ACCPAY",
                "Status": "SUBMITTED",
                "Contact": {"ContactID": "c-1"},
                "Date": "2026-02-01",
                "DueDate": "2026-03-01",
                "LineAmountTypes": "Exclusive",
                "InvoiceNumber": "S-9",
                "Url": "https://us.example/e/9",
                "CurrencyCode": "GBP",
                "LineItems": [
                    {
                        "LineItemID": "l-1",
                        "Description": "Printing",
                        "Quantity": 3,
                        "UnitAmount": Decimal("0.3333"),
                        "LineAmount": Decimal("1.00"),
                        "AccountCode": "310",
                        "TaxType": "INPUT2",
                    }
                ],
            }
        ]
    }


def test_the_same_document_is_always_written_as_the_same_bytes() -> None:
    def written() -> bytes:
        return writes.encode_payments(
            [
                writes.PaymentWrite(
                    invoice=writes.InvoiceLink(invoice_id="i"),
                    account=writes.AccountLink(code="090"),
                    date=date(2026, 3, 12),
                    amount=Decimal("32.06"),
                )
            ]
        )

    assert written() == written()
    assert msgspec.json.decode(written()) == {
        "Payments": [
            {
                "Invoice": {"InvoiceID": "i"},
                "Account": {"Code": "090"},
                "Date": "2026-03-12",
                "Amount": 32.06,
            }
        ]
    }


def test_a_day_that_was_read_can_be_sent_and_compared() -> None:
    day = wire.Day.read("/Date(1563753600000+0000)/")
    assert wire.encode({"Date": day}) == b'{"Date":"2019-07-22"}'
    assert day == date(2019, 7, 22) and hash(day) == hash(date(2019, 7, 22))


def test_a_moment_keeps_its_instant_when_compared_across_zones() -> None:
    moment = wire.Instant.read("2019-03-05T18:59:06Z")
    assert moment == datetime(2019, 3, 6, 7, 59, 6, tzinfo=timezone(timedelta(hours=13)))


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        (records.Organisation, {"OrganisationID", "CreatedDateUTC", "EndOfYearLockDate", "Class"}),
        (records.Account, {"AccountID", "EnablePaymentsToAccount", "UpdatedDateUTC"}),
        (records.TaxRate, {"EffectiveRate", "CanApplyToLiabilities", "TaxComponents"}),
        (records.TaxComponent, {"IsNonRecoverable"}),
        (records.Contact, {"ContactID", "MergedToContactID", "AccountsPayableTaxType"}),
        (records.Invoice, {"InvoiceID", "BrandingThemeID", "UpdatedDateUTC", "FullyPaidOnDate", "Url"}),
        (records.LineItem, {"LineItemID", "AccountID"}),
        (records.LineItemTracking, {"TrackingCategoryID", "TrackingOptionID"}),
        (records.Payment, {"PaymentID", "BatchPaymentID"}),
        (records.CreditNote, {"CreditNoteID", "RemainingCredit"}),
        (records.PurchaseOrder, {"PurchaseOrderID", "ExpectedArrivalDate"}),
        (records.Allocation, {"AllocationID", "IsDeleted"}),
        (records.HistoryRecord, {"DateUTC"}),
        (records.Attachment, {"AttachmentID", "MimeType"}),
        (records.Pagination, {"page", "pageSize", "pageCount", "itemCount"}),
        (writes.TrackingWrite, {"TrackingCategoryID", "TrackingOptionID"}),
        (writes.PurchaseOrderWrite, {"PurchaseOrderID", "BrandingThemeID"}),
    ],
)
def test_keys_that_a_rule_would_get_wrong_are_as_xero_writes_them(
    record: type[msgspec.Struct], fields: set[str]
) -> None:
    assert fields <= set(record.__struct_encode_fields__)
    assert not [key for key in record.__struct_encode_fields__ if key.endswith(("Id", "Utc"))]
