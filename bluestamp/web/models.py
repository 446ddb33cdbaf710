"""Re-exports the room's models for Django; nothing is defined here."""
