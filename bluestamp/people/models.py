"""Re-exports the room's models for Django; nothing is defined here."""

from bluestamp.people.users import User

__all__ = ["User"]
