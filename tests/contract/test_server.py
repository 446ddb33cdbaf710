"""Starting and stopping the real process, its state file, its pages."""

import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from bluestamp.sandbox.server import main
from tests.contract.caller import AU, NZ, UK, US, Caller, line


def test_a_taken_port_is_a_sentence_and_exit_code_two(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["--port", str(taken.getsockname()[1])]) == 2
    said = capsys.readouterr().err
    assert "can't listen on" in said and "--port" in said


@pytest.mark.parametrize("options", [["--app", "nocolon"], ["--webhook", "http://localhost:1/x"]])
def test_wrong_options_are_a_sentence_and_exit_code_two(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--port", "0", *options]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_state_file_survives_sigterm_and_a_new_start(tmp_path: Path) -> None:
    state = tmp_path / "xero.sqlite3"
    tokens, made = {}, {}
    for start in (1, 2):
        process = subprocess.Popen(
            [sys.executable, "-m", "bluestamp.sandbox", "--port", "0", "--state", str(state)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        caller = Caller(process.stdout.readline().split()[-1])
        try:
            if start == 1:
                tokens, made = caller.connect().tokens, caller.create()
            caller.tokens = tokens
            assert caller.fresh(made)["InvoiceID"] == made["InvoiceID"]
        finally:
            process.terminate()
            _, complaints = process.communicate(timeout=10)
        assert process.returncode == 0
        assert complaints == ""


def test_a_deep_link_switches_the_organisation_and_shows_the_document(xero: Caller) -> None:
    bill, sale = (
        xero.create(),
        xero.create(Type="ACCREC", InvoiceNumber="LDN-1", LineItems=[line(AccountCode="200")]),
    )
    for made, page in ((bill, "AccountsPayable/Edit.aspx"), (sale, "AccountsReceivable/View.aspx")):
        path = f"/{page}?InvoiceID={made['InvoiceID']}"
        link = xero.http.get(
            "/organisationlogin/default.aspx", params={"shortcode": "!NLglS", "redirecturl": path}
        )
        assert (link.status_code, link.headers["location"]) == (302, path)
        shown = xero.http.get(path)
        assert made["InvoiceNumber"] in shown.text and "Sandbox" in shown.text


@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_a_deep_link_leads_nowhere_else(xero: Caller, path: str) -> None:
    link = xero.http.get(
        "/organisationlogin/default.aspx", params={"shortcode": "!NLglS", "redirecturl": path}
    )
    assert link.status_code == 404


def press(xero: Caller, document: str, verb: str, **form: str) -> httpx2.Response:
    return xero.http.post(f"/documents/{document}/{verb}", data=form)


def test_a_person_approves_pays_takes_back_and_voids_on_the_page(xero: Caller) -> None:
    made = xero.create()
    document = made["InvoiceID"]
    steps = [
        ("approve", {}, ("AUTHORISED", 120)),
        ("pay", {"amount": "20", "account": "090", "date": "2026-11-20"}, ("AUTHORISED", 100)),
        ("pay", {"amount": "100", "account": "090", "date": "2026-11-21"}, ("PAID", 0)),
        ("unpay", {}, ("AUTHORISED", 120)),
        ("void", {}, ("VOIDED", 0)),
    ]
    for verb, form, standing in steps:
        answer = press(xero, document, verb, **form)
        assert (answer.status_code, answer.headers["location"]) == (
            302,
            f"/AccountsPayable/Edit.aspx?InvoiceID={document}",
        )
        found = xero.fresh(made)
        assert (found["Status"], found["AmountDue"]) == standing


def test_a_person_recodes_and_splits_a_line(xero: Caller) -> None:
    made = xero.create()
    press(xero, made["InvoiceID"], "edit_line", line="1", AccountCode="453")
    press(xero, made["InvoiceID"], "split_line", line="1", amount="30", account="425")
    lines = xero.fresh(made)["LineItems"]
    assert [(item["AccountCode"], item["LineAmount"]) for item in lines] == [("453", 70), ("425", 30)]
    assert lines[0]["LineItemID"] == made["LineItems"][0]["LineItemID"]


def test_a_refusal_is_shown_on_the_page_it_happened_on(xero: Caller) -> None:
    made = xero.create(Status="AUTHORISED")
    answer = press(xero, made["InvoiceID"], "pay", amount="999", account="090")
    assert answer.status_code == 400
    assert "Payment amount exceeds the amount outstanding on this document" in answer.text


def test_settings_on_the_page_lock_archive_and_withdraw(xero: Caller) -> None:
    page = f"/organisations/{UK}/settings"
    for form in ({"period_lock_on": "2026-10-31"}, {"archive_account": "461"}, {"approved_as": "DRAFT"}):
        assert xero.http.post(page, data=form).status_code == 302
    assert "PeriodLockDate" in xero.get("/Organisation").json()["Organisations"][0]
    assert xero.get("/Accounts", where='Code=="461"').json()["Accounts"][0]["Status"] == "ARCHIVED"
    xero.http.post(page, data={"withdraw_access": "bluestamp-demo"})
    assert xero.get("/Organisation").status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/",
        f"/organisations/{UK}",
        f"/organisations/{UK}?status=unpaid&type=ACCPAY&q=a",
        f"/organisations/{UK}/settings",
        "/calls",
        "/webhooks",
        "/static/sandbox.css",
    ],
)
def test_every_page_is_there(xero: Caller, path: str) -> None:
    assert xero.http.get(path).status_code == 200


def test_another_sites_page_cant_press_the_buttons(xero: Caller) -> None:
    made = xero.create()
    answer = xero.http.post(
        f"/documents/{made['InvoiceID']}/approve", headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 400
    assert xero.fresh(made)["Status"] == "DRAFT"


def test_the_organisations_are_listed_with_their_tenant_ids(origin: str) -> None:
    held = Caller(origin).control("organisations", method="GET")["organisations"]
    assert {row["TenantId"]: row["CountryCode"] for row in held} == {UK: "GB", NZ: "NZ", US: "US", AU: "AU"}
