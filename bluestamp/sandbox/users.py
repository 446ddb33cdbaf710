"""The people who have a login at the sandbox's Xero, and who play the bookkeeper on its pages."""

from dataclasses import dataclass


@dataclass(frozen=True)
class User:
    """A Xero login."""

    id: str
    given_name: str
    family_name: str
    email: str

    @property
    def name(self) -> str:
        """The whole name, as history shows it."""
        return f"{self.given_name} {self.family_name}"


BOOKKEEPER = User("6f5a2f0e-3c53-4a2e-8c0e-3f4f0d1f9a01", "Cleo", "Marsh", "cleo@northlight.example")
OWNER = User("b7d1a6c2-94a7-4c1b-a0d5-5b1f6c7e8d02", "Ada", "North", "ada@northlight.example")
USERS = {user.id: user for user in (BOOKKEEPER, OWNER)}
