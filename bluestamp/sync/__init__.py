"""The room card of sync, written by its owner."""
