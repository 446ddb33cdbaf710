"""What a webhook delivery says: which records changed, never what they now hold.

One delivery may mix organisations and kinds, comes at least once and in any order.
Source: xero-webhooks.yaml in XeroAPI/Xero-OpenAPI; "Webhooks" (developer.xero.com/documentation/guides/webhooks/overview).
"""

from enum import StrEnum

import msgspec

from . import errors, wire


class Category(StrEnum):
    """The kinds of event known so far; an event's category may be another word."""

    CONTACT = "CONTACT"
    INVOICE = "INVOICE"
    CREDIT_NOTE = "CREDITNOTE"
    PREPAYMENT = "PREPAYMENT"
    OVERPAYMENT = "OVERPAYMENT"
    SUBSCRIPTION = "SUBSCRIPTION"


class EventData(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """What credit note and prepayment events add."""

    type: str = ""
    status: str = ""


class Event(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One change. Archiving, voiding and deleting come as UPDATE; `tenant_type` is APPLICATION for subscriptions."""

    resource_url: str = ""
    resource_id: str
    event_date_utc: wire.Instant
    event_type: str
    event_category: str
    tenant_id: str
    tenant_type: str = ""
    data: EventData | None = None


class Delivery(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One POST from Xero. Sequence numbers run per app; a gap is worth an alarm, nothing more."""

    events: tuple[Event, ...] = ()
    first_event_sequence: int = 0
    last_event_sequence: int = 0
    entropy: str = ""

    @property
    def is_intent_to_receive(self) -> bool:
        """Whether Xero only tests that signatures are checked."""
        return not self.events


def read(body: bytes) -> Delivery:
    """Read a delivery whose signature has been checked. Raises errors.Unexpected."""
    try:
        return wire.decode(body, Delivery)
    except wire.Unreadable as problem:
        raise errors.Unexpected(f"unreadable webhook: {problem}") from None
