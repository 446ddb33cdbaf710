"""The people who have a login at the sandbox's Xero, and who play the bookkeeper on its pages."""

from dataclasses import dataclass

ADVISER = "FINANCIALADVISER"


@dataclass(frozen=True)
class User:
    """A Xero login. `organisations` are the tenant ids it belongs to; empty means every one."""

    id: str
    given_name: str
    family_name: str
    email: str
    role: str = "STANDARD"
    """OrganisationRole, as GET /Users says it."""
    organisations: tuple[str, ...] = ()
    is_subscriber: bool = False

    @property
    def name(self) -> str:
        """The whole name, as history shows it."""
        return f"{self.given_name} {self.family_name}"

    def belongs_to(self, organisation_id: str) -> bool:
        """May this person let an app into that organisation?"""
        return not self.organisations or organisation_id in self.organisations


BOOKKEEPER = User("6f5a2f0e-3c53-4a2e-8c0e-3f4f0d1f9a01", "Cleo", "Marsh", "cleo@northlight.example")
OWNER = User(
    "b7d1a6c2-94a7-4c1b-a0d5-5b1f6c7e8d02", "Ada", "North", "ada@northlight.example", is_subscriber=True
)
ACCOUNTANT = User(
    "2d84e7f1-6b1c-4f0a-9d3e-7a5c1b9e4f03",
    "Abe",
    "Stone",
    "abe@stone-accounting.example",
    role=ADVISER,
    organisations=("3f1c7b52-9a0e-4d55-8f0a-6f3b7d1e2a10", "a46fcb6f-2773-40c4-a119-8aa08bca1e8e"),
)
USERS = {user.id: user for user in (BOOKKEEPER, OWNER, ACCOUNTANT)}
