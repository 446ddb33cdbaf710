"""What somebody who sees the sandbox for the first time reads and presses: the first page, the docs' example, the buttons."""

import contextlib
import io
import re
from pathlib import Path

import pytest

from tests.contract.caller import UK, Caller

DOCS = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text()


def script(language: str) -> str:
    """The first example of a language on the docs page."""
    found = re.search(rf"```{language}\n(.*?)```", DOCS, re.DOTALL)
    assert found is not None
    return found[1]


def page(xero: Caller, path: str) -> str:
    answer = xero.http.get(path)
    assert answer.status_code == 200
    return answer.text


def test_the_pages_example_in_python_runs_as_it_is_written(origin: str) -> None:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(script("python").replace("http://localhost:8600", origin), "docs", "exec"), {})
    assert said.getvalue().splitlines() == ["Northlight Ltd", "INV-0001 120.00"]


def test_the_first_page_says_where_an_app_points_to_and_by_which_name(origin: str) -> None:
    shown = page(Caller(origin), "/")
    for word in (origin, "bluestamp-demo", "bluestamp-demo-secret", "bluestamp-native", "sandbox-secret"):
        assert word in shown


def test_an_organisation_says_who_connected_which_app(xero: Caller) -> None:
    shown = page(xero, f"/organisations/{UK}/settings")
    assert "Cleo Marsh" in shown
    assert "1 app connected" in page(xero, "/")
    xero.connect(user="b7d1a6c2-94a7-4c1b-a0d5-5b1f6c7e8d02")
    assert "Ada North" in page(xero, f"/organisations/{UK}/settings")
    assert "1 app connected" in page(xero, "/")


def test_a_plan_is_capped_on_the_settings_page(xero: Caller) -> None:
    # section 5.7: plan caps
    settings = f"/organisations/{UK}/settings"
    answer = xero.http.post(settings, data={"invoice_cap": "20", "bill_cap": "0", "emails_a_day": ""})
    assert answer.status_code == 302
    refused = xero.put("/Invoices", xero.draft(Status="AUTHORISED"))
    assert "You have reached the limit of invoices you can approve" in refused.text
    assert 'name="invoice_cap" inputmode="numeric" placeholder="none" value="20"' in page(xero, settings)
    xero.http.post(settings, data={"invoice_cap": "", "bill_cap": "", "emails_a_day": ""})
    xero.create(Status="AUTHORISED")


@pytest.mark.parametrize(
    ("name", "kind", "disposition"),
    [
        ("receipt.pdf", "application/pdf", "inline"),
        ("photo.png", "image/png", "inline"),
        ("page.html", "text/html", "attachment"),
        ("drawing.svg", "image/svg+xml", "attachment"),
    ],
)
def test_a_file_opens_from_its_document_and_one_that_could_press_buttons_is_only_saved(
    xero: Caller, name: str, kind: str, disposition: str
) -> None:
    bill = xero.create()["InvoiceID"]
    headers = xero.headers(**{"Content-Type": kind})
    xero.http.put(f"/api.xro/2.0/Invoices/{bill}/Attachments/{name}", content=b"%PDF hello", headers=headers)
    shown = page(xero, f"/AccountsPayable/Edit.aspx?InvoiceID={bill}")
    link = re.search(rf'href="(/documents/{bill}/files/[^"]+)"', shown)
    assert link is not None
    file = xero.http.get(link[1])
    assert (file.status_code, file.content) == (200, b"%PDF hello")
    assert file.headers["content-disposition"].startswith(f'{disposition}; filename="{name}"')
    assert file.headers["x-content-type-options"] == "nosniff"
    assert xero.http.get(f"/documents/{bill}/files/nothing").status_code == 404


def test_a_switch_that_was_moved_is_marked_and_the_page_comes_back_to_it(xero: Caller) -> None:
    assert "moved from" not in page(xero, "/workbench")
    answer = xero.http.post("/workbench/switch", data={"name": "numbers_shared", "value": "true"})
    assert answer.headers["location"] == "/workbench#numbers_shared"
    assert "moved from false" in page(xero, "/workbench")
    assert page(xero, "/workbench").count("moved from") == 1
