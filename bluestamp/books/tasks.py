"""The tasks of this room; importing it registers them."""

from bluestamp.books.letters import send_letter

__all__ = ["send_letter"]
