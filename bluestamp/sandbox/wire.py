"""Xero's JSON, both ways: pretty-printed with CRLF, `\\/Date()\\/`, fixed decimals; read without a float in between.

Seen in traffic recorded by Xero's own SDK tests (XeroAPI/xero-python, tests/**/cassettes).
"""

import json
import re
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

import msgspec

from bluestamp.sandbox import xml_wire
from bluestamp.sandbox.errors import PostDataInvalid

NIL = "00000000-0000-0000-0000-000000000000"
CENT = Decimal("0.01")
FOUR_PLACES = Decimal("0.0001")
SIX_PLACES = Decimal("0.000001")
TOO_LARGE = Decimal(10) ** 13
"""Beyond what Xero takes anywhere (quantities have at most 13 characters), and exact in every product below it."""
_MS_DATE = re.compile(r"^/Date\((-?\d+)([+-]\d{4})?\)/$")
_encoder = msgspec.json.Encoder(decimal_format="number")

Json = dict[str, object]


def cents(value: Decimal) -> Decimal:
    """Round half up to two places, as Xero rounds every amount (developer.xero.com, rounding in Xero)."""
    return value.quantize(CENT, ROUND_HALF_UP)


def places(value: Decimal, count: int) -> Decimal:
    """Round half up to a number of decimal places."""
    return value.quantize(Decimal(1).scaleb(-count), ROUND_HALF_UP)


def as_cents(value: Decimal) -> int:
    """An amount as whole cents, for indexed columns."""
    return int(cents(value) * 100)


def instant(ms: int) -> str:
    """An instant as Xero writes it: /Date(1584585851967+0000)/."""
    return f"/Date({ms}+0000)/"


def instant_string(ms: int) -> str:
    """The ISO twin of an instant: 2019-03-05T18:59:06Z."""
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(value: date) -> str:
    """A calendar day as Xero writes it: midnight UTC in /Date()/."""
    return instant(int(datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp()) * 1000)


def day_string(value: date) -> str:
    """The ISO twin of a calendar day: 2019-07-22T00:00:00, no zone."""
    return f"{value.isoformat()}T00:00:00"


def say_day(value: date) -> str:
    """A day inside a sentence: 31 March 2026."""
    return f"{value.day} {value:%B %Y}"


def encode(body: object) -> bytes:
    """Write an answer the way api.xro does."""
    pretty = msgspec.json.format(_encoder.encode(body), indent=2)
    escaped = pretty.replace(b'"/Date(', b'"\\/Date(').replace(b')/"', b')\\/"')
    return escaped.replace(b"\n", b"\r\n")


def encode_compact(body: object) -> bytes:
    """Write an answer the way the identity service and /connections do."""
    return _encoder.encode(body)


def decode(raw: bytes) -> object:
    """Read a request body, JSON or XML; numbers become Decimal or int (in XML they stay text).

    Raises PostDataInvalid for anything else.
    """
    if raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return xml_wire.decode(raw.lstrip(b"\xef\xbb\xbf \t\r\n"))
    try:
        return json.loads(raw.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as fault:
        raise PostDataInvalid(f"The JSON data could not be parsed: {fault}") from None


def read_day(value: object, name: str) -> date:
    """Read `2026-01-31`, an ISO date-time or `/Date(...)/` as a calendar day. Raises PostDataInvalid."""
    text = str(value)
    try:
        found = _MS_DATE.match(text)
        if found:
            return datetime.fromtimestamp(int(found[1]) / 1000, UTC).date()
        return date.fromisoformat(text[:10])
    except (ValueError, OverflowError, OSError):
        raise PostDataInvalid(f"Error converting value '{text}' to type DateTime. Path '{name}'.") from None


def read_number(value: object, name: str) -> Decimal:
    """Read a JSON number, or a number in a string as several SDKs send it. Raises PostDataInvalid."""
    try:
        if isinstance(value, bool):
            raise InvalidOperation
        number = Decimal(str(value).strip())
        if not number.is_finite() or abs(number) >= TOO_LARGE:
            raise InvalidOperation
        return number
    except InvalidOperation:
        raise PostDataInvalid(f"Could not convert '{value}' to decimal. Path '{name}'.") from None


def read_instant(text: str) -> int | None:
    """Read an If-Modified-Since header (ISO, UTC unless it says otherwise, or an HTTP date) as milliseconds."""
    for read in (_iso_instant, _http_instant):
        try:
            return int(read(text.strip()).timestamp()) * 1000
        except ValueError:
            continue
    return None


def _iso_instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _http_instant(text: str) -> datetime:
    return datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")
