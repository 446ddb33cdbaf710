"""The room card of money, written by its owner."""
