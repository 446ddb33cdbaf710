"""Re-exports the room's models for Django; nothing is defined here."""

from bluestamp.sync.batches import Batch
from bluestamp.sync.budget import CallBudget
from bluestamp.sync.connections import Connection
from bluestamp.sync.consents import ConsentState
from bluestamp.sync.contacts import ContactLink
from bluestamp.sync.copies import Copy
from bluestamp.sync.deliveries import Delivery
from bluestamp.sync.directory import TenantEntry
from bluestamp.sync.distinctions import Distinction
from bluestamp.sync.exchanges import Exchange
from bluestamp.sync.grants import Grant
from bluestamp.sync.mirror import MirroredContact
from bluestamp.sync.number_checks import NumberLook
from bluestamp.sync.order_bills import QuotingBill
from bluestamp.sync.standing import Standing
from bluestamp.sync.webhooks import ReceivedEvent

__all__ = [
    "Batch",
    "CallBudget",
    "Connection",
    "ConsentState",
    "ContactLink",
    "Copy",
    "Delivery",
    "Distinction",
    "Exchange",
    "Grant",
    "MirroredContact",
    "NumberLook",
    "QuotingBill",
    "ReceivedEvent",
    "Standing",
    "TenantEntry",
]
