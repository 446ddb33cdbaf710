"""Credit notes and money at the browser: made from an invoice, applied, undone, and refused with words."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bluestamp.books import applications, documents, payments
from bluestamp.books.credit_notes import CreditNote
from bluestamp.books.invoices import Invoice
from bluestamp.books.ledgers import Ledger
from bluestamp.engine import tenancy
from bluestamp.sync import mirror
from bluestamp.sync.connections import Connection
from bluestamp.sync.deliveries import Delivery
from tests.cast import Cast
from tests.desk import Desk
from tests.integration.web.conftest import Browser
from tests.integration.web.test_documents import HTMX
from tests.integration.web.test_documents import text as said

pytestmark = pytest.mark.django_db


def text(answer: Any) -> str:
    """What an answer says; the client's answers have a type of their own."""
    return said(answer)


def _fresh(cast: Cast, document: Any) -> Any:
    with tenancy.acting_in(cast.northlight.pk):
        return documents.load(document.kind, document.pk)


def _made_from(cast: Cast, desk: Desk, browser: Client) -> CreditNote:
    answer = browser.post(f"/northlight/invoices/{desk.sent_invoice.pk}/credit-note")
    note_id = answer["Location"].rsplit("/", 1)[1]
    with tenancy.acting_in(cast.northlight.pk):
        found: CreditNote = CreditNote.objects.prefetch_related("lines").get(pk=note_id)
    return found


def _typed(desk: Desk, **changes: str) -> dict[str, Any]:
    return {
        "branch_id": desk.sent_invoice.branch_id,
        "company_id": desk.client.pk,
        "issued_on": "2026-11-02",
        "currency": "GBP",
        "tax_mode": "exclusive",
        "line": ["a"],
        "a-item": "Late delivery",
        "a-quantity": "1",
        "a-unit_amount": "50",
        "a-account_code": "200",
        "a-tax_type": "OUTPUT2",
        **changes,
    }


# The note


def test_an_invoice_is_credited_from_its_menu_with_all_its_lines(
    cast: Cast, desk: Desk, ada_browser: Client
) -> None:
    page = text(ada_browser.get(f"/northlight/invoices/{desk.sent_invoice.pk}"))
    assert "Credit this invoice" in page
    made = _made_from(cast, desk, ada_browser)
    assert (made.status, made.total, made.invoice_id) == (
        "draft",
        desk.sent_invoice.total,
        desk.sent_invoice.pk,
    )
    shown = text(ada_browser.get(f"/northlight/credit-notes/{made.pk}"))
    assert "Invoice LON-0001" in shown
    assert "−£1,200.00" in shown
    assert "Draft credit note" in text(ada_browser.get(f"/northlight/invoices/{desk.sent_invoice.pk}"))


def test_the_browser_is_led_to_the_new_note(desk: Desk, ada_browser: Client) -> None:
    answer = ada_browser.post(f"/northlight/invoices/{desk.sent_invoice.pk}/credit-note", headers=HTMX)
    assert answer["HX-Redirect"].startswith("/northlight/credit-notes/")


def test_a_draft_invoice_is_not_credited(desk: Desk, ada_browser: Client) -> None:
    path = f"/northlight/invoices/{desk.draft_invoice.pk}"
    assert "Credit this invoice" not in text(ada_browser.get(path))
    answer = ada_browser.post(f"{path}/credit-note", headers=HTMX)
    assert (answer.status_code, "Only an invoice that was sent" in text(answer)) == (409, True)


def test_a_note_is_written_changed_and_issued(cast: Cast, desk: Desk, ada_browser: Client) -> None:
    answer = ada_browser.post("/northlight/credit-notes/new", _typed(desk), headers=HTMX)
    path = answer["HX-Push-Url"]
    assert "−£60.00" in text(answer)
    with tenancy.acting_in(cast.northlight.pk):
        made = CreditNote.objects.prefetch_related("lines").get(pk=path.rsplit("/", 1)[1])
    (line,) = made.items
    changed = {"version": "1", "line": [line.pk], f"{line.pk}-id": line.pk, f"{line.pk}-item": "Late"}
    changed |= {f"{line.pk}-quantity": "1", f"{line.pk}-unit_amount": "25"}
    changed |= {f"{line.pk}-account_code": "200", f"{line.pk}-tax_type": "OUTPUT2"}
    assert ada_browser.post(path, _typed(desk) | changed, headers=HTMX).status_code == 200
    assert _fresh(cast, made).total == 30
    ada_browser.post(f"{path}/hand-over", headers=HTMX)
    assert _fresh(cast, made).status == "issued"


def test_what_is_wrong_with_a_note_is_said_beside_its_line(desk: Desk, ada_browser: Client) -> None:
    answer = ada_browser.post(
        "/northlight/credit-notes/new", _typed(desk, **{"a-account_code": "9999"}), headers=HTMX
    )
    assert answer.status_code == 422
    assert "has no active account 9999" in text(answer)
    assert "Late delivery" in text(answer)


def test_the_list_shows_notes_below_zero_and_has_no_late_ones(desk: Desk, ada_browser: Client) -> None:
    page = text(ada_browser.get("/northlight/credit-notes"))
    assert "−£60.00" in page
    assert "−£48.00" in page
    assert "Overdue" not in page
    assert "Part used" in page
    assert ada_browser.get("/northlight/credit-notes.csv").content.decode().count("-60.00") == 1


def test_a_note_that_is_applied_is_not_voided(cast: Cast, desk: Desk, ada_browser: Client) -> None:
    answer = ada_browser.post(
        f"/northlight/credit-notes/{desk.credit_note.pk}/void", {"reason": "x"}, headers=HTMX
    )
    assert (answer.status_code, "applied to an invoice" in text(answer)) == (409, True)
    assert _fresh(cast, desk.credit_note).status == "issued"


def test_voiding_an_issued_invoice_offers_a_credit_note_first(desk: Desk, ada_browser: Client) -> None:
    """Bookkeeping rule 22."""
    page = text(ada_browser.get(f"/northlight/invoices/{desk.sent_invoice.pk}"))
    assert page.index("credit it instead") < page.index("Void invoice</button>")
    assert "credit it instead" not in text(ada_browser.get(f"/northlight/invoices/{desk.draft_invoice.pk}"))


def test_a_note_is_set_as_pdf(desk: Desk, ada_browser: Client) -> None:
    answer = ada_browser.get(f"/northlight/credit-notes/{desk.credit_note.pk}/pdf")
    assert answer.content.startswith(b"%PDF")


def test_what_is_open_is_written_off_from_the_menu(cast: Cast, desk: Desk, ada_browser: Client) -> None:
    """Bookkeeping rule 10."""
    path = f"/northlight/invoices/{desk.sent_invoice.pk}"
    page = text(ada_browser.get(path))
    dialog = page.split('id="write-off-dialog"')[1].split("</dialog>")[0]
    assert "425 · Postage and couriers" in dialog
    assert "200 · Sales" not in dialog
    refused = ada_browser.post(f"{path}/write-off", {"account_code": "9999"}, headers=HTMX)
    assert (refused.status_code, "has no active account 9999" in text(refused)) == (422, True)
    answer = ada_browser.post(f"{path}/write-off", {"account_code": "425"})
    shown = text(ada_browser.get(answer["Location"]))
    assert "Write-off of LON-0001" in shown
    assert "−£1,200.00" in shown


def test_a_deposit_begins_on_an_account_of_liabilities(desk: Desk, ada_browser: Client) -> None:
    """Bookkeeping rule 10."""
    assert "Is it a deposit?" in text(ada_browser.get("/northlight/invoices/new"))
    page = text(ada_browser.get(f"/northlight/invoices/new?deposit=810&job={desk.job.pk}"))
    assert "Deposit for JOB-0001 Livery" in page
    assert 'name="new0-account_code" value="810"' in page


# Payments


def _pay(browser: Client, desk: Desk, **changes: str) -> Any:
    words = {"paid_on": "2026-11-09", "amount": "200", "account_code": "090", "payment_reference": "BACS 7"}
    return browser.post(
        f"/northlight/invoices/{desk.sent_invoice.pk}/payments", words | changes, headers=HTMX
    )


def test_a_payment_is_recorded_on_the_page_and_removed(cast: Cast, desk: Desk, ada_browser: Client) -> None:
    answer = _pay(ada_browser, desk)
    assert (answer.status_code, "BACS 7" in text(answer), "Part paid" in text(answer)) == (200, True, True)
    assert _fresh(cast, desk.sent_invoice).amount_due == 1000
    with tenancy.acting_in(cast.northlight.pk):
        (row,) = payments.of("invoice", desk.sent_invoice.pk)
    gone = ada_browser.post(f"/northlight/payments/{row.pk}/removal", headers=HTMX)
    assert (gone.status_code, "BACS 7" in text(gone)) == (200, False)
    assert _fresh(cast, desk.sent_invoice).amount_due == 1200


def test_an_overpayment_is_refused_beside_its_amount_and_what_was_typed_stays(
    cast: Cast, desk: Desk, ada_browser: Client
) -> None:
    answer = _pay(ada_browser, desk, amount="1200.01")
    assert answer.status_code == 422
    page = text(answer)
    assert "Only £1,200.00 is open." in page
    assert 'value="1200.01"' in page
    assert 'value="BACS 7"' in page
    assert _fresh(cast, desk.sent_invoice).amount_paid == 0


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"amount": "ten"}, "“ten” is not"),
        ({"paid_on": ""}, "Choose a date."),
        ({"account_code": "200"}, "Payments can't go into account 200."),
    ],
)
def test_every_field_says_what_is_wrong_with_it(
    changes: dict[str, str], sentence: str, desk: Desk, ada_browser: Client
) -> None:
    answer = _pay(ada_browser, desk, **changes)
    assert (answer.status_code, sentence in text(answer)) == (422, True), text(answer)


def test_on_a_connected_branch_the_form_is_there_only_where_payments_are_recorded_here(
    cast: Cast, desk: Desk, ada_browser: Client
) -> None:
    """Bookkeeping rule 12: and then it says what it makes."""
    with tenancy.acting_in(cast.northlight.pk):
        Ledger.objects.filter(pk=desk.ledger.pk).update(source="xero")
    path = f"/northlight/invoices/{desk.sent_invoice.pk}"
    assert "Record a payment" not in text(ada_browser.get(path))
    assert _pay(ada_browser, desk).status_code == 409
    with tenancy.acting_in(cast.northlight.pk):
        Ledger.objects.update(records_payments_here=True, payments_account_code="090")
    page = text(ada_browser.get(path))
    assert "It creates an unreconciled entry in 090 of Northlight Ltd." in page


def test_earlier_payments_ask_for_their_account(cast: Cast, desk: Desk, ada_browser: Client) -> None:
    """S50."""
    _pay(ada_browser, desk, account_code="")
    path = f"/northlight/invoices/{desk.sent_invoice.pk}"
    assert "Say which account it went into" in text(ada_browser.get(path))
    answer = ada_browser.post(f"{path}/payment-account", {"account_code": "090"}, headers=HTMX)
    assert "Say which account it went into" not in text(answer)
    with tenancy.acting_in(cast.northlight.pk):
        assert [row.account_code for row in payments.of("invoice", desk.sent_invoice.pk)] == ["090"]


def test_a_look_alike_asks_and_is_answered(cast: Cast, desk: Desk, ada_browser: Client) -> None:
    with tenancy.acting_in(cast.northlight.pk):
        payments.Payment.objects.filter(pk=desk.payment.pk).update(
            state="asked", code="LOOKS_ALIKE", sentence="Is it the one of 3 Nov?", twin_external_id="p-1"
        )
    page = text(ada_browser.get(f"/northlight/invoices/{desk.payment.document_id}"))
    assert "Is it the one of 3 Nov?" in page
    assert "It is the same" in page
    ada_browser.post(f"/northlight/payments/{desk.payment.pk}/same", headers=HTMX)
    with tenancy.acting_in(cast.northlight.pk):
        assert payments.Payment.objects.get(pk=desk.payment.pk).external_id == "p-1"
    again = ada_browser.post(f"/northlight/payments/{desk.payment.pk}/another", headers=HTMX)
    assert again.status_code == 409


# Credit


def test_a_note_offers_the_clients_open_invoices_with_what_fits(desk: Desk, ada_browser: Client) -> None:
    page = text(ada_browser.get(f"/northlight/credit-notes/{desk.credit_note.pk}"))
    assert "LON-0001" in page
    assert 'aria-label="Amount of LON-0001" value="48.00"' in page
    assert "LON-0002" in page  # where 12 of it went


def test_credit_is_applied_on_either_page_and_taken_back(cast: Cast, desk: Desk, ada_browser: Client) -> None:
    note, invoice = f"credit-notes/{desk.credit_note.pk}", f"invoices/{desk.sent_invoice.pk}"
    words = {"other": desk.sent_invoice.pk, "amount": "40"}
    assert ada_browser.post(f"/northlight/{note}/applications", words, headers=HTMX).status_code == 200
    words = {"other": desk.credit_note.pk, "amount": "8"}
    page = ada_browser.post(f"/northlight/{invoice}/applications", words, headers=HTMX)
    assert "Credit note CN-0001" in text(page)
    assert _fresh(cast, desk.credit_note).status == "used"
    with tenancy.acting_in(cast.northlight.pk):
        rows = applications.of_invoice(desk.sent_invoice.pk)
    for row, on in zip(rows, ("invoice", "credit_note"), strict=True):
        path = f"/northlight/applications/{row.pk}/removal?on={on}"
        answer = ada_browser.post(path, headers=HTMX)
        assert answer["HX-Push-Url"] == f"/northlight/{invoice if on == 'invoice' else note}"
    assert _fresh(cast, desk.credit_note).amount_credited == 12
    assert _fresh(cast, desk.sent_invoice).amount_due == 1200


def test_more_credit_than_is_left_is_refused_beside_its_amount(desk: Desk, ada_browser: Client) -> None:
    answer = ada_browser.post(
        f"/northlight/credit-notes/{desk.credit_note.pk}/applications",
        {"other": desk.sent_invoice.pk, "amount": "48.01"},
        headers=HTMX,
    )
    assert answer.status_code == 422
    assert "Only £48.00 is open." in text(answer)
    assert 'value="48.01"' in text(answer)


def test_credit_is_applied_on_the_day_that_was_chosen_and_today_unless_one_was(
    cast: Cast, desk: Desk, ada_browser: Client
) -> None:
    path = f"/northlight/credit-notes/{desk.credit_note.pk}"
    offered = text(ada_browser.get(path)).split('aria-label="Day for LON-0001" value="')[1][:10]
    today = timezone.now().astimezone(zoneinfo.ZoneInfo("Europe/London")).date()
    assert offered == max(today, desk.credit_note.issued_on, desk.sent_invoice.issued_on).isoformat()
    chosen = dt.date.fromisoformat(offered) + dt.timedelta(days=1)
    words = {"other": desk.sent_invoice.pk, "amount": "10", "applied_on": chosen.isoformat()}
    assert ada_browser.post(f"{path}/applications", words, headers=HTMX).status_code == 200
    with tenancy.acting_in(cast.northlight.pk):
        (row,) = applications.of_invoice(desk.sent_invoice.pk)
        assert row.applied_on == chosen


@pytest.mark.parametrize("day", ["2019-02-03", "31 Nonember", ""])
def test_a_day_on_which_no_credit_is_applied_is_refused_beside_it(
    day: str, desk: Desk, ada_browser: Client
) -> None:
    answer = ada_browser.post(
        f"/northlight/credit-notes/{desk.credit_note.pk}/applications",
        {"other": desk.sent_invoice.pk, "amount": "40", "applied_on": day},
        headers=HTMX,
    )
    assert answer.status_code == 422
    assert f'id="fault-of-day-{desk.sent_invoice.pk}"' in text(answer)


def test_on_a_connected_branch_what_is_missing_in_xero_goes_with_the_credit(
    cast: Cast, desk: Desk, ada_browser: Client
) -> None:
    """S48, S49: the page advises to send the note first; applied before, both go, and the contact is asked for."""
    with tenancy.acting_in(cast.northlight.pk):
        Ledger.objects.filter(pk=desk.ledger.pk).update(source="xero")
        Connection.objects.update(cursors={mirror.CURSOR: "2026-11-01"})
    path = f"/northlight/credit-notes/{desk.credit_note.pk}"
    assert "Send it to Northlight Ltd before you use it" in text(ada_browser.get(path))
    words = {"other": desk.sent_invoice.pk, "amount": "40"}
    asked = ada_browser.post(f"{path}/applications", words, headers=HTMX)
    assert (asked.status_code, "Create the contact and apply" in text(asked)) == (409, True)
    words["create_contact"] = "yes"
    page = text(ada_browser.post(f"{path}/applications", words, headers=HTMX))
    assert "On its way" in page
    assert 'value="8.00"' in page  # the rest is offered, for 40 is reserved
    with tenancy.acting_in(cast.northlight.pk):
        (row,) = applications.of_invoice(desk.sent_invoice.pk)
        going = Delivery.objects.filter(state="waiting").values_list("document_id", flat=True)
        assert row.state == "asked"
        assert set(going) == {desk.credit_note.pk, desk.sent_invoice.pk}
    assert "It was not sent yet: nothing changes in Xero." in page


def test_what_was_refused_says_why_and_is_put_aside(cast: Cast, desk: Desk, ada_browser: Client) -> None:
    with tenancy.acting_in(cast.northlight.pk):
        applications.CreditApplication.objects.update(state="refused", sentence="LON-0002 can't go to Xero.")
    path = f"/northlight/credit-notes/{desk.credit_note.pk}"
    page = text(ada_browser.get(path))
    assert "LON-0002 can't go to Xero." in page
    assert "it is only put aside" in page


def test_the_open_page_is_told_when_its_money_moved(cast: Cast, desk: Desk, ada_browser: Client) -> None:
    page = text(ada_browser.get(f"/northlight/credit-notes/{desk.credit_note.pk}"))
    asks = page.split('id="stamp" hx-get="')[1].split('"')[0]
    assert ada_browser.get(asks, headers=HTMX).status_code == 204
    with tenancy.acting_in(cast.northlight.pk):
        applications.CreditApplication.objects.update(state="removing")
    assert ada_browser.get(asks, headers=HTMX).status_code == 200


# Who may


def test_a_producer_credits_and_moves_no_money(desk: Desk, browser: Browser, cast: Cast) -> None:
    ben = browser(cast.ben)
    page = text(ben.get(f"/northlight/credit-notes/{desk.credit_note.pk}"))
    panel = page.split('id="money"')[1].split("</section>")[0]
    assert "LON-0002" in panel
    assert "<button" not in panel
    refused: tuple[tuple[str, dict[str, str]], ...] = (
        (f"/northlight/invoices/{desk.sent_invoice.pk}/payments", {"amount": "1", "paid_on": "2026-11-02"}),
        (
            f"/northlight/credit-notes/{desk.credit_note.pk}/applications",
            {"other": desk.sent_invoice.pk, "amount": "1"},
        ),
        (f"/northlight/payments/{desk.payment.pk}/removal", {}),
        (f"/northlight/applications/{desk.application.pk}/removal", {}),
        (f"/northlight/credit-notes/{desk.credit_note.pk}/void", {"reason": "x"}),
    )
    for path, words in refused:
        assert ben.post(path, words, headers=HTMX).status_code == 403, path
    assert ben.post(f"/northlight/invoices/{desk.sent_invoice.pk}/credit-note").status_code == 302


def test_an_accountant_sees_the_money_and_changes_nothing(desk: Desk, browser: Browser, cast: Cast) -> None:
    abe = browser(cast.abe)
    invoice = Invoice(pk=desk.payment.document_id)
    page = text(abe.get(f"/northlight/invoices/{invoice.pk}"))
    assert "BACS 1" in page
    assert "Record a payment" not in page
    assert abe.post(f"/northlight/invoices/{desk.sent_invoice.pk}/credit-note").status_code == 403
    assert abe.post("/northlight/credit-notes/new", _typed(desk)).status_code == 403


def test_an_invoice_that_no_credit_fits_shows_no_empty_panel(
    cast: Cast, desk: Desk, ada_browser: Client
) -> None:
    form = _typed(desk, company_id="new:Saltmarsh", due_on="2026-12-02")
    path = ada_browser.post("/northlight/invoices/new", form)["Location"]
    assert ada_browser.post(f"{path}/hand-over").status_code == 302
    with tenancy.acting_in(cast.northlight.pk):
        Ledger.objects.filter(pk=desk.ledger.pk).update(source="xero", records_payments_here=False)
    page = text(ada_browser.get(path))
    assert "Awaiting payment" in page and 'id="money"' not in page
