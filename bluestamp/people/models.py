"""Re-exports the room's models for Django; nothing is defined here."""

from bluestamp.people.activity import Activity
from bluestamp.people.branches import Branch
from bluestamp.people.holds import Hold
from bluestamp.people.invitations import Invitation
from bluestamp.people.memberships import Membership
from bluestamp.people.rows import Studio
from bluestamp.people.sign_in_links import SignInLink
from bluestamp.people.tokens import ApiToken
from bluestamp.people.users import User

__all__ = [
    "Activity",
    "ApiToken",
    "Branch",
    "Hold",
    "Invitation",
    "Membership",
    "SignInLink",
    "Studio",
    "User",
]
