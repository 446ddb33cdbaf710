"""How Xero writes values in JSON, exactly and both ways: its dates, its decimals, its nulls."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from types import GenericAlias
from typing import Any, TypeVar, cast

import msgspec

Value = TypeVar("Value")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")


class Unreadable(Exception):
    """The bytes are no JSON, or not of the shape asked for."""


class Day(date):
    """A calendar day in the organisation's zone: never shifted by any zone.

    Xero writes it as midnight UTC, `/Date(1563753600000+0000)/` or `2019-07-22T00:00:00` ("Requests and responses").
    """

    @classmethod
    def read(cls, text: str) -> "Day":
        moment = _instant_of_ms(text)
        if moment is not None:
            return cls(moment.year, moment.month, moment.day)
        return cls.fromisoformat(text[:10])


class Instant(datetime):
    """A moment, aware and in UTC, whether Xero wrote `/Date(…)/` or ISO with or without a zone."""

    @classmethod
    def read(cls, text: str) -> "Instant":
        moment = _instant_of_ms(text) or datetime.fromisoformat(text)
        utc = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        return cls.fromtimestamp(0, UTC) + (utc - _EPOCH)


def decode(body: bytes | msgspec.Raw, type_: type[Value]) -> Value:
    """Read JSON into the type; numbers become exact decimals, unknown keys are skipped, a null counts as absent.

    Raises Unreadable.
    """
    try:
        return cast(Value, _decoder(cast(Any, type_)).decode(body))
    except msgspec.ValidationError:
        return _decode_without_nulls(body, type_)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise Unreadable(str(problem)) from None


def decode_list(body: bytes | msgspec.Raw, element: type[Value]) -> list[Value]:
    """Read a JSON array of the type; null is an empty one. Raises Unreadable."""
    return decode(body, cast("type[list[Value] | None]", GenericAlias(list, (element,)) | None)) or []


def encode(value: object) -> bytes:
    """Write JSON: decimals as plain digits in the scale they have, days as `2019-07-22`, unset fields left out.

    Raises ValueError for a decimal that is no number.
    """
    return _ENCODER.encode(value)


@cache
def _decoder(type_: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(type_, dec_hook=_read_own)


def _decode_without_nulls(body: bytes | msgspec.Raw, type_: type[Value]) -> Value:
    # Xero writes null for some absent values ("Address" lines, problem types); a second, slower reading drops them
    # so that one null does not cost a page of documents.
    try:
        plain = _without_nulls(msgspec.json.Decoder(float_hook=Decimal).decode(body))
        return msgspec.convert(plain, type_, dec_hook=_read_own)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as problem:
        raise Unreadable(str(problem)) from None


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(held) for key, held in value.items() if held is not None}
    if isinstance(value, list):
        return [_without_nulls(held) for held in value if held is not None]
    return value


def _read_own(type_: type, value: Any) -> Any:
    if type_ in (Day, Instant) and isinstance(value, str):
        return type_.read(value)
    raise ValueError(f"not a {type_.__name__}")


def _instant_of_ms(text: str) -> datetime | None:
    match = _MS_DATE.fullmatch(text)
    if match is None:
        return None
    try:
        return _EPOCH + timedelta(milliseconds=int(match[1]))
    except OverflowError as problem:
        raise ValueError(f"no date: {text}") from problem


def _digits(number: Decimal) -> msgspec.Raw:
    # "f" because str() may write 1E+2, which Xero need not read; the scale is the caller's.
    if not number.is_finite():
        raise ValueError(f"not a number: {number}")
    return msgspec.Raw(format(number, "f").encode())


def _write_own(value: Any) -> Any:
    if isinstance(value, Day | Instant):
        return value.isoformat()
    raise NotImplementedError(f"cannot write {type(value).__name__}")


_ENCODER = msgspec.json.Encoder(decimal_format=_digits, enc_hook=_write_own)
