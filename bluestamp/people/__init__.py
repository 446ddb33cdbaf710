"""The room card of people, written by its owner."""
