"""How an endpoint's result, or a refusal, goes out: Xero's envelope, as JSON if that was asked for, else as XML.

From developer.xero.com, api/accounting/requests-and-responses: without `Accept: application/json` the answer is XML.
"""

from dataclasses import dataclass, field

from bluestamp.sandbox import wire, xml_wire
from bluestamp.sandbox.acts import new_id
from bluestamp.sandbox.endpoints.calls import Result
from bluestamp.sandbox.errors import Answer, KeyReused, Limited, NotFound, Problem
from bluestamp.sandbox.idempotency import Answered
from bluestamp.sandbox.switches import Switches

UNCACHED = {"Cache-Control": "max-age=0, no-cache, no-store", "Pragma": "no-cache"}
JSON_HEADERS = {"Content-Type": "application/json; charset=utf-8", **UNCACHED}
XML_HEADERS = {"Content-Type": "text/xml; charset=utf-8", **UNCACHED}
NOT_FOUND_PAGE = "<!DOCTYPE html><html><head><title>404</title></head><body><h1>{}</h1></body></html>"


@dataclass(frozen=True)
class Voice:
    """How to answer one caller: the Accept header, and the switches in force."""

    accept: str = "application/json"
    switches: Switches = field(default_factory=Switches)

    @property
    def speaks_json(self) -> bool:
        """Was JSON asked for?"""
        return "json" in self.accept.lower()

    @property
    def wants_pdf(self) -> bool:
        """Was the paper asked for?"""
        return "application/pdf" in self.accept.lower()


def wrap(result: Result, voice: Voice, *, app_name: str, now_ms: int) -> Answered:
    """Put a result into Xero's envelope; raw content, bare objects and empty answers have none."""
    if result.content is not None:
        return Answered(result.status, {"Content-Type": result.media_type}, result.content)
    if result.is_empty:
        return Answered(result.status, {}, b"")
    correlation = new_id()
    body: wire.Json = {
        "Id": correlation,
        "Status": "OK",
        "ProviderName": app_name,
        "DateTimeUTC": f"/Date({now_ms})/",
    }
    if result.pagination is not None:
        body["pagination"] = result.pagination
    body[result.collection] = result.items
    said = result.bare if result.bare is not None else body
    answered = _write(result.status, said, voice)
    named = {} if result.bare is not None else {"Xero-Correlation-Id": correlation}
    return Answered(answered.status, answered.headers | named, answered.body)


def refuse(refusal: Answer, voice: Voice) -> Answered:
    """Write a refusal: an error number as JSON or XML, a problem of the gate as JSON always, text as text."""
    body, headers = _said(refusal, voice.switches), refusal.headers()
    if isinstance(body, str):
        kind = "text/html" if body.startswith("<!") else "text/plain"
        plain = {"Content-Type": f"{kind}; charset=utf-8"} if body else {}
        return Answered(refusal.status, plain | headers, body.encode())
    numbered = isinstance(body, dict) and "ErrorNumber" in body
    answered = _write(refusal.status, body, voice if numbered else Voice())
    return Answered(answered.status, answered.headers | headers, answered.body)


def _said(refusal: Answer, switches: Switches) -> object:
    """The body of a refusal, with the switches on what Xero's pages leave open."""
    body = refusal.body()
    if isinstance(refusal, NotFound) and switches.not_found_body == "html":
        return NOT_FOUND_PAGE.format(body)
    if isinstance(refusal, Limited) and switches.limit_body == "text":
        return f"You have exceeded the {refusal.problem} rate limit."
    if isinstance(refusal, Problem) and switches.problem_keys == "lower" and isinstance(body, dict):
        return {name.lower(): value for name, value in body.items()}
    if isinstance(refusal, KeyReused) and isinstance(body, dict):
        return body | {"ErrorNumber": switches.key_mismatch_number}
    return body


def _write(status: int, body: object, voice: Voice) -> Answered:
    if voice.speaks_json:
        return Answered(status, JSON_HEADERS, wire.encode(body))
    return Answered(status, XML_HEADERS, xml_wire.encode(body))
