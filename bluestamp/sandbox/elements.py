"""One element of a request body: what was sent, read by name, with Xero's way of refusing what can't be read."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from bluestamp.sandbox import wire
from bluestamp.sandbox.errors import NoData, PostDataInvalid


class Element:
    """A JSON object as it was sent. A key sent as null counts as not sent."""

    def __init__(self, sent: Mapping[str, object], path: str = "") -> None:
        self.sent = {name: value for name, value in sent.items() if value is not None}
        self.path = path

    def __contains__(self, name: str) -> bool:
        return name in self.sent

    def text(self, name: str) -> str | None:
        """A string, with surrounding space removed; numbers are taken as they are written."""
        value = self.sent.get(name)
        if value is None:
            return None
        if isinstance(value, dict | list):
            raise PostDataInvalid(f"Error converting value to type String. Path '{self._at(name)}'.")
        return str(value).strip()

    def flag(self, name: str) -> bool | None:
        """A boolean; "true" and "false" in a string are taken too."""
        value = self.sent.get(name)
        if value is None or isinstance(value, bool):
            return value
        if str(value).lower() in {"true", "false"}:
            return str(value).lower() == "true"
        raise PostDataInvalid(f"Could not convert string to boolean: {value}. Path '{self._at(name)}'.")

    def number(self, name: str) -> Decimal | None:
        """A number. Raises PostDataInvalid."""
        value = self.sent.get(name)
        return None if value is None or value == "" else wire.read_number(value, self._at(name))

    def day(self, name: str) -> date | None:
        """A calendar day. Raises PostDataInvalid."""
        value = self.sent.get(name)
        return None if value is None or value == "" else wire.read_day(value, self._at(name))

    def choice(self, name: str, allowed: frozenset[str]) -> str | None:
        """One of a closed list. Raises PostDataInvalid, as Xero does for an unknown enum value."""
        value = self.text(name)
        if value is None:
            return None
        found = next((known for known in allowed if known.lower() == value.lower()), None)
        if found is None:
            raise PostDataInvalid(
                f"Error converting value \"{value}\" to type '{name}'. Path '{self._at(name)}'."
            )
        return found

    def child(self, name: str) -> "Element | None":
        """A nested object."""
        value = self.sent.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise PostDataInvalid(f"Cannot deserialize the current JSON value. Path '{self._at(name)}'.")
        return Element(value, self._at(name))

    def children(self, name: str) -> "list[Element] | None":
        """A nested list of objects; None when the key wasn't sent."""
        value = self.sent.get(name)
        if value is None:
            return None
        if not isinstance(value, list):
            raise PostDataInvalid(f"Cannot deserialize the current JSON value. Path '{self._at(name)}'.")
        return [
            Element(_object(item, self._at(name)), f"{self._at(name)}[{place}]")
            for place, item in enumerate(value)
        ]

    def _at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name


def read(raw: bytes, collection: str) -> list[Element]:
    """Read a body that is one object or `{collection: [...]}`.

    Raises PostDataInvalid for what can't be parsed, NoData when there is nothing in it.
    """
    if not raw.strip():
        raise NoData(
            "No data has been processed for this endpoint. This endpoint is expecting data to be specified."
        )
    body = wire.decode(raw)
    found = body.get(collection, body) if isinstance(body, dict) else body
    if isinstance(found, dict):
        found = [found] if found else []
    if not isinstance(found, list):
        raise PostDataInvalid(f"Cannot deserialize the current JSON value into '{collection}'.")
    if not found:
        raise NoData(
            f"No data has been processed for this endpoint. This endpoint is expecting {collection} data to be specified."
        )
    return [Element(_object(item, collection)) for item in found]


def _object(value: object, path: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise PostDataInvalid(f"Cannot deserialize the current JSON value. Path '{path}'.")
    return value
