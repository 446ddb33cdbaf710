"""Every way in which Xero refuses or fails, and what is then known."""

from __future__ import annotations

import traceback
from datetime import timedelta

import httpx2
import pytest

from bluestamp.xero import errors
from tests.unit.xero.scripted import NOW, TOKEN, ScriptedXero

BODY = b'{"Invoices":[]}'


def problem(title: str, status: int, detail: str) -> dict[str, object]:
    return {
        "Type": None,
        "Title": title,
        "Status": status,
        "Detail": detail,
        "Instance": "1",
        "Extensions": {},
    }


def write(xero: ScriptedXero) -> None:
    xero.client.put_invoices(BODY, idempotency_key="k")


def read(xero: ScriptedXero) -> None:
    xero.client.organisation()


def failure(xero: ScriptedXero) -> errors.XeroError:
    with pytest.raises(errors.XeroError) as caught:
        write(xero)
    return caught.value


def test_an_expired_token_is_its_own_error_so_that_it_is_refreshed_once(xero: ScriptedXero) -> None:
    xero.says(problem("Unauthorized", 401, "TokenExpired: token expired at 01/01/2001 00:00:00"), 401)
    told = failure(xero)
    assert type(told) is errors.TokenExpired
    assert told.outcome_known


@pytest.mark.parametrize("keys", [str, str.lower])
def test_a_missing_scope_is_forbidden_and_not_an_expired_token(xero: ScriptedXero, keys: type[str]) -> None:
    body = problem("Unauthorized", 401, "AuthorizationUnsuccessful")
    xero.says({keys(name): value for name, value in body.items()}, 401)
    assert type(failure(xero)) is errors.Forbidden


def test_an_organisation_that_left_is_not_connected(xero: ScriptedXero) -> None:
    xero.says(problem("Forbidden", 403, "AuthenticationUnsuccessful"), 403)
    told = failure(xero)
    assert isinstance(told, errors.NotConnected)
    assert told.lost is errors.Lost.TENANT


def test_a_user_without_permission_is_forbidden(xero: ScriptedXero) -> None:
    xero.says(problem("Forbidden", 403, "UserLacksRole"), 403)
    assert type(failure(xero)) is errors.Forbidden


@pytest.mark.parametrize("status", [401, 403])
def test_a_401_or_403_of_no_known_shape_is_unexpected(xero: ScriptedXero, status: int) -> None:
    xero.says("<html>who are you? TokenExpired</html>", status, Content_Type="text/html")
    told = failure(xero)
    assert type(told) is errors.Unexpected
    assert told.outcome_known


@pytest.mark.parametrize(
    ("oauth_error", "kind"),
    [
        ("invalid_grant", errors.NotConnected),
        ("invalid_client", errors.AppRefused),
        ("invalid_request", errors.AppRefused),
        ("unauthorized_client", errors.AppRefused),
        ("invalid_scope", errors.AppRefused),
        ("something_new", errors.Unexpected),
    ],
)
@pytest.mark.parametrize("status", [400, 401])
def test_each_refusal_of_the_token_endpoint_has_its_error(
    xero: ScriptedXero, oauth_error: str, kind: type[errors.XeroError], status: int
) -> None:
    xero.says({"error": oauth_error}, status)
    with pytest.raises(errors.XeroError) as caught:
        xero.oauth().refresh(refresh_token="r")
    assert type(caught.value) is kind
    assert caught.value.outcome_known


def test_a_dead_grant_says_that_the_grant_is_lost(xero: ScriptedXero) -> None:
    xero.says({"error": "invalid_grant"}, 400)
    with pytest.raises(errors.NotConnected) as caught:
        xero.oauth().exchange_code(code="c", redirect_uri="https://us.example/")
    assert caught.value.lost is errors.Lost.GRANT


def test_a_batch_without_summaries_switched_off_tells_which_element_failed(xero: ScriptedXero) -> None:
    xero.says(
        {
            "ErrorNumber": 10,
            "Type": "ValidationException",
            "Message": "A validation exception occurred",
            "Elements": [
                {
                    "InvoiceID": "00000000-0000-0000-0000-000000000000",
                    "InvoiceNumber": "INV-7",
                    "Url": "https://us.example/i/7",
                    "HasErrors": True,
                    "ValidationErrors": [
                        {"Message": "Account code '300' is not a valid code for this document."},
                        {"Message": "The TaxType field is mandatory"},
                    ],
                    "Warnings": [{"Message": "careful"}],
                }
            ],
        },
        400,
    )
    told = failure(xero)
    assert isinstance(told, errors.Rejected)
    assert (told.error_number, told.type) == (10, "ValidationException")
    assert told.messages == (
        "Account code '300' is not a valid code for this document.",
        "The TaxType field is mandatory",
    )
    (element,) = told.elements
    assert element.identifiers == {"InvoiceNumber": "INV-7", "Url": "https://us.example/i/7"}
    assert element.warnings == ("careful",)


@pytest.mark.parametrize(
    ("number", "type_"), [(14, "PostDataInvalidException"), (16, "QueryParseException"), (17, "")]
)
def test_a_request_refused_as_a_whole_says_why(xero: ScriptedXero, number: int, type_: str) -> None:
    xero.says({"ErrorNumber": number, "Type": type_ or None, "Message": "no"}, 400)
    told = failure(xero)
    assert isinstance(told, errors.Rejected)
    assert (told.error_number, told.type, told.messages, told.elements) == (number, type_, ("no",), ())


def test_a_400_that_is_no_json_is_still_a_rejection(xero: ScriptedXero) -> None:
    xero.says("Bad Request", 400, Content_Type="text/plain")
    told = failure(xero)
    assert isinstance(told, errors.Rejected)
    assert told.messages == ("Bad Request",)


@pytest.mark.parametrize("content_type", ["text/plain", "text/html", "application/json"])
def test_a_404_is_not_found_whatever_its_body(xero: ScriptedXero, content_type: str) -> None:
    xero.says("The resource you're looking for cannot be found", 404, Content_Type=content_type)
    with pytest.raises(errors.NotFound):
        xero.client.invoice("gone")


def test_an_empty_answer_to_a_single_read_is_not_found(xero: ScriptedXero) -> None:
    xero.says({"Invoices": []})
    with pytest.raises(errors.NotFound):
        xero.client.invoice("gone")


def test_a_rate_limit_says_until_when_and_which(xero: ScriptedXero) -> None:
    xero.says(
        "",
        429,
        Retry_After="22",
        X_Rate_Limit_Problem="minute",
        X_MinLimit_Remaining="0",
        X_DayLimit_Remaining="4539",
        X_AppMinLimit_Remaining="9938",
    )
    told = failure(xero)
    assert isinstance(told, errors.RateLimited)
    assert (told.until, told.which) == (NOW + timedelta(seconds=22), "minute")
    assert told.outcome_known
    assert told.exchange is not None
    assert (told.exchange.limits.minute_left, told.exchange.limits.day_left) == (0, 4539)


def test_the_day_limit_may_last_for_hours_and_nobody_sleeps(xero: ScriptedXero) -> None:
    xero.says("", 429, Retry_After="43200", X_Rate_Limit_Problem="day")
    told = failure(xero)
    assert isinstance(told, errors.RateLimited)
    assert told.until == NOW + timedelta(hours=12)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_out_of_order_leaves_a_write_unknown_and_a_read_known(xero: ScriptedXero, status: int) -> None:
    xero.says("The Organisation is offline", status, Content_Type="text/plain")
    told = failure(xero)
    assert isinstance(told, errors.Unavailable)
    assert not told.outcome_known
    assert "The Organisation is offline" in str(told)
    with pytest.raises(errors.Unavailable) as caught:
        read(xero)
    assert caught.value.outcome_known


def test_out_of_order_passes_on_when_to_come_back(xero: ScriptedXero) -> None:
    xero.says("<html>", 503, Content_Type="text/html", Retry_After="300")
    told = failure(xero)
    assert isinstance(told, errors.Unavailable)
    assert told.until == NOW + timedelta(minutes=5)
    assert "html" not in str(told)


def test_what_xero_has_not_implemented_was_not_done(xero: ScriptedXero) -> None:
    xero.says({"ErrorNumber": 20, "Type": "ApiMethodNotImplementedException", "Message": "no"}, 501)
    told = failure(xero)
    assert type(told) is errors.Unexpected
    assert told.outcome_known


@pytest.mark.parametrize(
    "problem_",
    [
        httpx2.ConnectError("refused"),
        httpx2.ConnectTimeout("slow"),
        httpx2.PoolTimeout("busy"),
        httpx2.ProxyError("proxy"),
    ],
)
def test_a_write_that_never_left_is_known_not_to_be_done(xero: ScriptedXero, problem_: Exception) -> None:
    told = failure(xero.fails(problem_))
    assert isinstance(told, errors.Unavailable)
    assert told.outcome_known


@pytest.mark.parametrize(
    "problem_",
    [
        httpx2.ReadTimeout("slow"),
        httpx2.WriteTimeout("slow"),
        httpx2.ReadError("reset"),
        httpx2.WriteError("reset"),
        httpx2.RemoteProtocolError("half an answer"),
    ],
)
def test_a_write_that_left_and_got_no_answer_is_unknown(xero: ScriptedXero, problem_: Exception) -> None:
    told = failure(xero.fails(problem_))
    assert isinstance(told, errors.Unanswered)
    assert not told.outcome_known
    with pytest.raises(errors.Unanswered) as caught:
        read(xero)
    assert caught.value.outcome_known


@pytest.mark.parametrize(
    "body", [b"<html>welcome to the hotel</html>", b"{}", b'{"Invoices": 7}', b"", b"\xff\xfe", b"[]"]
)
def test_a_write_answered_with_something_unreadable_is_unknown(xero: ScriptedXero, body: bytes) -> None:
    told = failure(xero.says(body))
    assert type(told) is errors.Unexpected
    assert not told.outcome_known


def test_a_redirect_is_not_followed(xero: ScriptedXero) -> None:
    xero.says("", 302, Location="https://elsewhere.example/")
    assert type(failure(xero)) is errors.Unexpected
    assert len(xero.requests) == 1


def test_every_error_has_a_code_of_its_own() -> None:
    kinds = errors.XeroError.__subclasses__()
    assert len({kind.code for kind in kinds} | {errors.XeroError.code}) == len(kinds) + 1


@pytest.mark.parametrize("problem_", [httpx2.ReadTimeout("slow"), httpx2.ConnectError("refused")])
def test_no_error_holds_the_token_or_the_request(xero: ScriptedXero, problem_: Exception) -> None:
    told = failure(xero.fails(problem_))
    assert told.__cause__ is None and told.__context__ is None
    shown = "".join(traceback.format_exception(told)) + repr(told) + repr(told.exchange) + repr(vars(told))
    assert TOKEN not in shown


def test_a_refused_call_is_logged_like_an_answered_one(xero: ScriptedXero) -> None:
    failure(xero.says({}, 503))
    failure(xero.fails(httpx2.ReadTimeout("slow")))
    assert [exchange.status for exchange in xero.exchanges] == [503, None]
    assert [exchange.bytes_out for exchange in xero.exchanges] == [len(BODY), len(BODY)]
