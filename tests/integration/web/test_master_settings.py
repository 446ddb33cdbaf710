"""Master Settings at the browser: the list of items, their codes in every ledger, codes that vanished, and numbers."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.http import HttpResponse
from django.test import Client

from bluestamp.books import invoices, items, ledgers, numbers
from bluestamp.books.items import CodesDraft, Item, ItemDraft
from bluestamp.books.ledgers import LedgerDefaults
from bluestamp.engine import tenancy
from tests.cast import Cast
from tests.desk import Desk
from tests.integration.web.conftest import Browser

pytestmark = pytest.mark.django_db

ITEMS = "/northlight/settings/items"


def text(answer: HttpResponse) -> str:
    """What an answer says."""
    return answer.content.decode().replace("&amp;", "&").replace("&#x27;", "'")


@pytest.fixture
def item(cast: Cast, desk: Desk, now: dt.datetime) -> Item:
    """Illustration at 650.00 a day, booked to 204 when sold."""
    with tenancy.acting_in(cast.northlight.pk):
        ada = cast.acting(cast.ada)
        draft = ItemDraft(name="Illustration", description="By hand", unit="day", rate=Decimal(650))
        made = items.create(draft, by=ada, now=now)
        codes = CodesDraft(sales_account_code="204")
        items.set_codes(item_id=made.pk, ledger_id=desk.ledger.pk, codes=codes, by=ada, now=now)
    return made


def test_an_item_is_added_with_the_rate_that_follows_from_cost_and_mark_up(
    desk: Desk, ada_browser: Client
) -> None:
    typed = {"name": "Printing", "unit": "piece", "is_cost": "yes", "cost": "80", "markup_percent": "25"}
    answer = ada_browser.post(f"{ITEMS}/new", typed, follow=True)
    assert 'value="100.00"' in text(answer)
    assert "Printing" in text(ada_browser.get(f"{ITEMS}?tab=expenses"))
    assert "Printing" not in text(ada_browser.get(f"{ITEMS}?tab=items"))


def test_a_second_item_of_the_same_name_is_refused_and_what_was_typed_stays(
    item: Item, ada_browser: Client
) -> None:
    answer = ada_browser.post(f"{ITEMS}/new", {"name": "illustration", "rate": "7"})
    assert answer.status_code == 422
    assert "There is an item illustration already." in text(answer)
    assert 'value="7"' in text(answer)


def test_codes_are_chosen_for_each_ledger_and_an_unknown_one_is_refused(
    cast: Cast, desk: Desk, item: Item, ada_browser: Client
) -> None:
    path, key = f"{ITEMS}/{item.pk}/codes/{desk.ledger.pk}", desk.ledger.pk
    answer = ada_browser.post(path, {f"{key}-sales_account_code": "999"})
    assert answer.status_code == 422
    assert "Northlight Ltd has no active account 999 for lines." in text(answer)
    ada_browser.post(path, {f"{key}-sales_account_code": "200", f"{key}-purchase_account_code": "425"})
    with tenancy.acting_in(cast.northlight.pk):
        assert items.codes_of(item)[key] == CodesDraft(sales_account_code="200", purchase_account_code="425")


def test_beside_refused_codes_the_item_still_saves_itself_and_not_empty_codes(
    item: Item, desk: Desk, ada_browser: Client
) -> None:
    at = f"{ITEMS}/{item.pk}"
    fields = {f"{desk.ledger.pk}-sales_account_code": "999"}
    answer = ada_browser.post(f"{at}/codes/{desk.ledger.pk}", fields)
    assert answer.status_code == 422
    assert f'<form method="post" class="sheet pad stack" action="{at}"' in text(answer)


def test_beside_a_refused_person_the_company_still_saves_itself(desk: Desk, ada_browser: Client) -> None:
    at = f"/northlight/companies/{desk.client.pk}"
    answer = ada_browser.post(f"{at}/people", {"name": "", "email": "lin@kestrel.example"})
    assert answer.status_code == 422
    assert f'id="company-form" method="post" action="{at}"' in text(answer)


def test_an_item_that_is_archived_is_offered_no_more(item: Item, desk: Desk, ada_browser: Client) -> None:
    ask = f"/northlight/items/choices?kind=invoice&q=illu&ledger={desk.ledger.pk}"
    assert [each["label"] for each in ada_browser.get(ask).json()["choices"]] == ["Illustration"]
    ada_browser.post(f"{ITEMS}/{item.pk}/archive")
    assert ada_browser.get(ask).json() == {"choices": []}
    ada_browser.post(f"{ITEMS}/{item.pk}/restoration")
    assert ada_browser.get(ask).json()["choices"] != []


@pytest.mark.parametrize(
    ("kind", "account", "amount"), [("invoice", "204", "650.00"), ("expense", "310", "")]
)
def test_an_item_brings_its_words_its_rate_and_the_codes_of_the_kind(
    kind: str, account: str, amount: str, item: Item, desk: Desk, ada_browser: Client
) -> None:
    ask = f"/northlight/items/choices?kind={kind}&q=illu&ledger={desk.ledger.pk}"
    (found,) = ada_browser.get(ask).json()["choices"]
    assert found["value"] == item.pk
    words = found["words"]
    assert (words["item"], words["description"]) == ("Illustration", "By hand")
    assert (words["account_code"], words["unit_amount"]) == (account, amount)


def test_an_invoice_line_made_of_an_item_keeps_it_and_its_codes(
    cast: Cast, desk: Desk, item: Item, ada_browser: Client
) -> None:
    form = {
        "branch_id": desk.sent_invoice.branch_id, "company_id": desk.client.pk, "issued_on": "2026-11-02",
        "currency": "GBP", "tax_mode": "exclusive", "line": ["a"], "a-master_id": item.pk,
        "a-item": "Illustration", "a-quantity": "2", "a-unit_amount": "650",
    }  # fmt: skip
    answer = ada_browser.post("/northlight/invoices/new", form, headers={"HX-Request": "true"})
    with tenancy.acting_in(cast.northlight.pk):
        made = invoices.Invoice.objects.get(pk=answer["HX-Push-Url"].rsplit("/", 1)[1])
        (line,) = made.items
        assert (line.master_id, line.account_code, line.tax_type) == (item.pk, "204", "OUTPUT2")
    assert f'value="{item.pk}"' in text(answer)


def test_codes_that_vanished_are_shown_and_replaced_everywhere_with_one_dialog(
    cast: Cast, desk: Desk, item: Item, ada_browser: Client, now: dt.datetime
) -> None:
    with tenancy.acting_in(cast.northlight.pk):
        ledgers.edit_defaults(desk.ledger, LedgerDefaults(revenue_account_code="200"))
        desk.ledger.accounts.filter(code="204").update(is_active=False)
        desk.ledger.accounts.filter(code="200").update(is_active=False)
    page = text(ada_browser.get(ITEMS))
    assert "no longer has these codes" in page
    assert "<b>204</b> Illustration: 1 item" in page
    assert re.search(r"<b>200</b> Sales: 1 default, \d drafts", page)
    path = f"/northlight/settings/ledgers/{desk.ledger.pk}/replacement"
    assert "Replace account 200" in text(ada_browser.get(f"{path}?of=account&old=200"))
    refused = ada_browser.post(path, {"of": "account", "old": "200", "new": "204"})
    assert refused.status_code == 422
    answer = ada_browser.post(path, {"of": "account", "old": "200", "new": "310"}, follow=True)
    assert "Replaced in 0 items, 1 default and" in text(answer)
    assert "<b>200</b>" not in text(answer)


def test_the_next_number_is_seen_and_changed_in_settings_and_in_its_branch(
    cast: Cast, desk: Desk, ada_browser: Client
) -> None:
    branch = desk.sent_invoice.branch_id
    with tenancy.acting_in(cast.northlight.pk):
        sequence = numbers.for_branch(branch_id=branch, kind="invoice")
    assert "next is LON-0003" in text(ada_browser.get("/northlight/settings/numbering"))
    assert "<b>LON-0003</b>" in text(ada_browser.get(f"/northlight/settings/branches/{branch}"))
    path = f"/northlight/settings/numbering/{sequence.pk}"
    refused = ada_browser.post(path, {"prefix": "LON-", "next_number": "1"})
    assert refused.status_code == 422
    assert "LON-0001 was used. Choose a number that was never used." in text(refused)
    form = {"prefix": "NL/", "next_number": "70", "width": "5", "branch": branch}
    answer = ada_browser.post(path, form, follow=True)
    assert answer.redirect_chain[-1][0].endswith(f"/settings/branches/{branch}")
    assert "<b>NL/00070</b>" in text(answer)


def test_every_gap_is_told_with_its_reason(
    cast: Cast, desk: Desk, ada_browser: Client, now: dt.datetime
) -> None:
    with tenancy.acting_in(cast.northlight.pk):
        ada = cast.acting(cast.ada)
        sequence = numbers.for_branch(branch_id=desk.sent_invoice.branch_id, kind="invoice")
        numbers.set_next(sequence_id=sequence.pk, next_number=5, by=ada, now=now)
        invoices.mark_as_sent(
            invoice_id=desk.draft_invoice.pk, version=desk.draft_invoice.version, by=ada, now=now
        )
    page = text(ada_browser.get("/northlight/settings/numbering"))
    assert "<b>LON-0003</b> to <b>LON-0004</b>" in page
    assert "set the next number to LON-0005" in page
    assert "not explained" not in page


def test_credit_notes_share_the_invoices_numbers_when_asked_to(
    cast: Cast, desk: Desk, ada_browser: Client
) -> None:
    branch = desk.sent_invoice.branch_id
    path = f"/northlight/settings/branches/{branch}/credit-numbers"
    ada_browser.post(path, {"shared": "yes"})
    with tenancy.acting_in(cast.northlight.pk):
        assert numbers.peek(numbers.for_branch(branch_id=branch, kind="credit_note")) == "LON-0003"
    ada_browser.post(path, {"shared": ""})
    with tenancy.acting_in(cast.northlight.pk):
        assert numbers.peek(numbers.for_branch(branch_id=branch, kind="credit_note")) == "CN-0002"


def test_a_producer_sees_items_and_changes_none(cast: Cast, desk: Desk, item: Item, browser: Browser) -> None:
    ben = browser(cast.ben)
    assert "Illustration" in text(ben.get(ITEMS))
    assert "New item" not in text(ben.get(ITEMS))
    assert ben.post(f"{ITEMS}/{item.pk}", {"name": "Mine", "version": "1"}).status_code == 403
    assert ben.post(f"{ITEMS}/{item.pk}/archive").status_code == 403
